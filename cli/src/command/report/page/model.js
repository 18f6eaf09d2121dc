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
  model.titles = shortTitles(model);
  const ids = model.sessions.map(({ id }) => id);
  model.shortNames = shortened([...ids, ...model.customers.flatMap(({ ids }) => ids.values.map(({ id }) => id)), ...model.rows.kind.flatMap((kind, row) => (
    kind === SEGMENT || kind === OUTCOME ? [nameOf(model, row)] : []))]);
  model.customers.forEach((customer, number) => {
    customer.number = number;
    customer.sessions = customer.sessions.map((session) => model.sessions[session]);
    customer.sessions.forEach((session) => { session.customer = customer; });
  });
  model.sessions.forEach((session, number) => {
    session.number = number;
    session.titles = new Map(session.pages.map(({ key, title }) => [key, model.titles.get(title)]));
    session.arrivalAt = new Map(session.arrivals.map((arrival) => [arrival.row, arrival]));
    session.outcomeAt = new Map(session.outcomes.map((outcome) => [outcome.row, outcome]));
    session.offerAt = new Map(session.offers.flatMap((offer) => offer.steps.map((step) => [step.row, { offer, step }])));
    session.zone = isZone(session.zone) ? session.zone : null;
  });
  orderByTime(model);
  model.searches = searchesOf(model);
  return model;
}

/** Sorts each session's events by time; an undated one keeps its place. */
function orderByTime(model) {
  const { session, at, kind } = model.rows;
  const byTime = model.sessions.map(() => ({ rows: [], at: -Infinity }));
  model.time = new Float64Array(model.count);
  session.forEach((number, row) => {
    const order = byTime[number];
    order.at = at[row] ?? order.at;
    model.time[row] = order.at;
    order.rows.push(row);
  });
  /** Each event's place in the story, and the dated one before it in its session. */
  model.place = new Int32Array(model.count);
  model.before = new Int32Array(model.count).fill(-1);
  model.visitOf = new Array(model.count);
  let place = 0;
  model.sessions.forEach((one, number) => {
    one.rows = byTime[number].rows.sort((row, other) => model.time[row] - model.time[other] || row - other);
    one.dated = one.rows.filter((row) => at[row] != null);
    const starts = new Set(one.visits);
    one.visits = [];
    let before = -1;
    one.rows.forEach((row) => {
      if (starts.has(row)) one.visits.push({ session: one, number: one.visits.length, row, rows: 0, views: 0, from: null, to: null, active: 0 });
      const visit = one.visits.at(-1);
      const since = before < 0 || at[row] == null ? 0 : at[row] - at[before];
      if (since < model.idle && before >= 0) model.visitOf[before].active += since;
      visit.rows += 1;
      visit.views += Number(kind[row] === VIEW);
      visit.from ??= at[row];
      visit.to = at[row] ?? visit.to;
      model.visitOf[row] = visit;
      model.before[row] = before;
      if (at[row] != null) before = row;
      model.place[row] = place;
      place += 1;
    });
  });
}

/**
 * Returns the rows that are searches: those of that kind, and views of results that no search for the same words is next to.
 */
function searchesOf(model) {
  const { kind, subject } = model.rows;
  const hasWords = (row) => kind[row] === SEARCH || (kind[row] === VIEW && model.strings[subject[row]] !== "");
  return new Set(model.sessions.flatMap(({ rows }) => {
    const withWords = rows.filter(hasWords);
    const isSearch = (other, row) => kind[other] === SEARCH && subject[other] === subject[row];
    return withWords.filter((row, index) => kind[row] === SEARCH || !(isSearch(withWords[index - 1], row) || isSearch(withWords[index + 1], row)));
  }));
}

/** A site's name at the end of a page's title. */
const SITE_NAME = /^(.*\S)\s+[|–—·:-]\s+(\S.*?)$/u;

/** Returns titles without the site's name, if several have it. */
function shortTitles(model) {
  const titles = new Set([...new Set(model.rows.title)].map((number) => model.strings[number]));
  model.sessions.forEach(({ pages }) => pages.forEach(({ title }) => titles.add(title)));
  const parts = new Map([...titles].map((title) => [title, SITE_NAME.exec(title)]));
  const sites = new Map(tally([...parts.values()].map((found) => found?.[2])));
  return new Map([...parts].map(([title, found]) => [title, found && sites.get(found[2]) > 1 ? found[1] : title]));
}

const nameOf = (model, row) => model.strings[model.rows.name[row]];

/** Returns the short title of the page that an event names; empty if it names none. */
const titleOf = (model, row) => model.titles.get(model.strings[model.rows.title[row]]);

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
