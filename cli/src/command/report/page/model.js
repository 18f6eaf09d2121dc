// The report's data: a table of events, unpacked at once, and their JSON, unpacked in blocks.

/** Deepest indent, since JSON may be nested thousands of levels deep. */
const MAX_INDENT = 40;

/** The rest of an empty object or array. */
const EMPTY_END = /\s*[}\]]/y;

/** Keep equal to `EVENTS_PER_BLOCK` in `blocks.rs`. */
const EVENTS_PER_BLOCK = 200;

async function unzipped(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function openModel() {
  const model = JSON.parse(await unzipped(byId("model").textContent.trim()));
  model.blocks = byId("events").textContent.trim().split("\n");
  model.hidden = new RegExp(model.hidden, "gu");
  model.count = model.rows.kind.length;
  model.stringNumbers = new Map(model.strings.map((text, number) => [text, number]));
  model.sessions.forEach((session, number) => {
    session.number = number;
    session.titles = new Map(session.pages.map(({ key, title }) => [key, title]));
    session.arrivalAt = new Map(session.arrivals.map((arrival) => [arrival.row, arrival]));
    session.zone = isZone(session.zone) ? session.zone : null;
    session.label = model.sessions.length === 1 ? "Session" : `Session ${number + 1}`;
  });
  return model;
}

/** Returns the title of the page open at an event; empty if unknown. */
function openTitle(model, row) {
  const { session, open } = model.rows;
  return model.sessions[session[row]].titles.get(open[row]) ?? "";
}

const cache = { block: -1, lines: [] };

async function linesOf(model, block) {
  if (cache.block !== block) {
    const lines = (await unzipped(model.blocks[block])).split("\n");
    Object.assign(cache, { block, lines });
  }
  return cache.lines;
}

async function jsonOf(model, row) {
  return (await linesOf(model, Math.floor(row / EVENTS_PER_BLOCK)))[row % EVENTS_PER_BLOCK];
}

/**
 * Adds line breaks and indents to JSON and keeps the rest as sent, such as large numbers and duplicate
 * members. Characters that match `hidden` become escapes.
 */
function indented(json, hidden) {
  let text = "";
  let depth = 0;
  let isString = false;
  const lineBreak = () => `\n${"  ".repeat(Math.min(depth, MAX_INDENT))}`;
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at];
    if (isString) {
      text += letter === "\\" ? letter + json[(at += 1)] : letter;
      if (letter === '"') isString = false;
    } else if (letter === '"') {
      isString = true;
      text += letter;
    } else if (letter === "{" || letter === "[") {
      EMPTY_END.lastIndex = at + 1;
      const end = EMPTY_END.exec(json);
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

/** Returns a character as a JSON escape. */
function escaped(letter) {
  return letter.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
