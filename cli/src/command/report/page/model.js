// What the report holds: a table of events that is opened at once, and their JSON, opened in blocks.

/** Indents at most: JSON may be nested without end. */
const DEEPEST = 40;

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
  model.hidden = new RegExp(model.hidden, "gu");
  model.count = model.rows.kind.length;
  model.numbers = new Map(model.texts.map((text, number) => [text, number]));
  model.sessions.forEach((session, number) => {
    session.number = number;
    session.titles = new Map(session.pages.map(({ key, title }) => [key, title]));
    session.arrivalAt = new Map(session.arrivals.map((arrival) => [arrival.row, arrival]));
    session.zone = isZone(session.zone) ? session.zone : null;
    session.label = model.sessions.length === 1 ? "Session" : `Session ${number + 1}`;
  });
  return model;
}

/** The title of the page that was open at an event; empty if none is known. */
function placeAt(model, row) {
  const { session, open } = model.rows;
  return model.sessions[session[row]].titles.get(open[row]) ?? "";
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
 * members that come twice. What is `hidden` becomes an escape.
 */
function indented(json, hidden) {
  let text = "";
  let depth = 0;
  let isString = false;
  const lineBreak = () => `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
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
  return text.replace(hidden, escaped);
}

/** A character as JSON escapes it. */
function escaped(letter) {
  return letter.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
