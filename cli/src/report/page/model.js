// What the report holds: a table of events that is opened at once, and their JSON, opened in blocks.

/**
 * What can't be seen, or turns the direction of text: control characters, and Unicode's default ignorable
 * code points (UAX #44). `shown.rs` has the same for names, without those that words are written with.
 */
const HIDDEN = /[\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** The end of an object or array that has nothing in it. */
const EMPTY = /\s*[}\]]/y;

/** Events of a block, as in `blocks.rs`. */
const BLOCK = 200;

async function unzipped(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const unzipping = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unzipping).text();
}

async function openModel() {
  const model = JSON.parse(await unzipped(byId("model").textContent.trim()));
  model.blocks = byId("events").textContent.trim().split("\n");
  model.count = model.rows.kind.length;
  model.numbers = new Map(model.texts.map((text, number) => [text, number]));
  model.rows.session.forEach((number, row) => { model.sessions[number].start ??= row; });
  model.sessions.forEach((session, number) => {
    session.number = number;
    session.arrivalAt = new Map(session.arrivals.map((arrival) => [arrival.row, arrival]));
    session.zone = isZone(session.zone) ? session.zone : null;
    session.label = model.sessions.length === 1 ? "Session" : `Session ${number + 1}`;
  });
  return model;
}

/** The first of a row and those before it in its session that `isWanted`, or null. */
function lastUpTo(model, row, isWanted) {
  const { session } = model.rows;
  for (let at = row; at >= model.sessions[session[row]].start; at -= 1) {
    if (session[at] === session[row] && isWanted(at)) return at;
  }
  return null;
}

/** The title of the page that was open at an event; empty if none is known. */
function placeAt(model, row) {
  const { texts, rows } = model;
  const at = lastUpTo(model, row, (other) => texts[rows.place[other]] !== "");
  return at === null ? "" : texts[rows.place[at]];
}

/** What the visitor did last before an event, with its details; empty if nothing is known. */
function deedBefore(model, row) {
  const { texts, rows } = model;
  const at = lastUpTo(model, row, (other) => rows.kind[other] < 2);
  if (at === null) return "";
  const [name, detail] = [texts[rows.name[at]], texts[rows.detail[at]]];
  return detail === "" ? name : `${name} (${detail})`;
}

const opened = { block: -1, lines: [] };

async function linesOf(model, block) {
  if (opened.block !== block) {
    const lines = (await unzipped(model.blocks[block])).split("\n");
    Object.assign(opened, { block, lines });
  }
  return opened.lines;
}

async function jsonOf(model, row) {
  return (await linesOf(model, Math.floor(row / BLOCK)))[row % BLOCK];
}

/**
 * JSON with line breaks and indents, everything else as it was sent: numbers too large for JavaScript,
 * members that come twice. What can't be seen, or turns the direction of text, becomes an escape.
 */
function indented(json) {
  let text = "";
  let depth = 0;
  let isString = false;
  const lineBreak = () => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at];
    if (isString) {
      text += letter === "\\" ? letter + json[(at += 1)] : letter;
      if (letter === '"') isString = false;
    } else if (letter === '"') {
      isString = true;
      text += letter;
    } else if (letter === "{" || letter === "[") {
      EMPTY.lastIndex = at + 1;
      const end = EMPTY.exec(json);
      depth += 1;
      text += end ? letter : letter + lineBreak();
      if (end) {
        depth -= 1;
        text += end[0].trim();
        at += end[0].length;
      }
    } else if (letter === "}" || letter === "]") {
      depth -= 1;
      text += lineBreak() + letter;
    } else if (letter === ",") text += letter + lineBreak();
    else if (letter === ":") text += ": ";
    else if (letter.trim() !== "") text += letter;
  }
  return text.replace(HIDDEN, escaped);
}

/** A character as JSON escapes it. */
function escaped(letter) {
  return letter.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
