// The key figures of the sessions in view. The filters of the story count the same.

function showTiles(model) {
  const sessions = sessionsInView(model);
  byId("tiles").hidden = sessions.length === 0;
  const rows = sessions.flatMap((session) => session.rows);
  const tile = ({ name, figure, note, style = "" }) => element("div", { class: `tile ${style}` },
    element("span", {}, name), element("b", {}, isolated(figure)), element("em", { title: note }, isolated(note)));
  byId("tiles").replaceChildren(...(sessions.length === 0 ? [] : [
    viewsTile(sessions), longestTile(sessions), searchesTile(model, rows), offersTile(sessions), segmentsTile(model, rows), outcomesTile(model, rows),
  ]).map(tile));
}

/** Most characters of a note, which has room for two lines. */
const NOTE = 44;

/** Lists as many names as a note has room for, and counts the rest. */
function fitting(names, room = NOTE) {
  let most = Math.min(names.length, 4);
  while (most > 1 && listed(names, most).length > room) most -= 1;
  return listed(names, Math.max(most, 1));
}

function viewsTile(sessions) {
  const views = sum(sessions.map((session) => session.views));
  const pages = new Set(sessions.flatMap((session) => session.pages.map(({ key }) => key))).size;
  const noun = sessions.every(({ type }) => type === "app") ? "screen" : "page";
  return { name: KINDS_PLURAL[VIEW], figure: figure(views), note: `of ${plural(pages, `different ${noun}`)}` };
}

/** Lists counted names, after their number if some are there more than once. */
function different(names) {
  const number = names.length > 1 && names.some(([, count]) => count > 1) ? `${figure(names.length)} different: ` : "";
  return number + fitting(names.map(counted), NOTE - number.length);
}

function longestTile(sessions) {
  const [page] = pagesOf(sessions);
  if (!page || page.time === 0) return { name: "Viewed longest", figure: "–", note: "no time measured" };
  return { name: "Viewed longest", figure: duration(page.time), note: page.title };
}

function searchesTile(model, rows) {
  const words = tally(rows.filter((row) => model.searches.has(row)).map((row) => model.strings[model.rows.subject[row]]));
  const total = sum(words.map(([, count]) => count));
  return { name: KINDS_PLURAL[SEARCH], figure: figure(total), note: total === 0 ? "none" : different(words) };
}

function offersTile(sessions) {
  const offers = sessions.flatMap((session) => session.offers);
  const words = tally(offers.map(responseTo));
  if (!words.some(([word]) => word === "accepted")) words.unshift(["accepted", 0]);
  const parts = words.sort(([one], [other]) => (other === "accepted") - (one === "accepted")).map(([word, count]) => `${figure(count)} ${word}`);
  return { name: KINDS_PLURAL[OFFER], figure: figure(offers.length), note: offers.length === 0 ? "none made" : parts.join(", "), style: offers.length > 0 ? "t4" : "" };
}

function segmentsTile(model, rows) {
  const names = tallyOf(model, rows, SEGMENT);
  const total = sum(names.map(([, count]) => count));
  return { name: KINDS_PLURAL[SEGMENT], figure: figure(total), note: total === 0 ? "none assigned" : different(names), style: total > 0 ? "t3" : "" };
}

function outcomesTile(model, rows) {
  const reached = tallyOf(model, rows, OUTCOME);
  const total = sum(reached.map(([, count]) => count));
  return total === 0 ? { name: KINDS_PLURAL[OUTCOME], figure: "None", note: "no goal reached" }
    : { name: KINDS_PLURAL[OUTCOME], figure: figure(total), note: fitting(reached.map(counted)), style: "t5" };
}

/** The names of the rows of a kind, and how often each is there. */
function tallyOf(model, rows, kind) {
  return tally(rows.filter((row) => model.rows.kind[row] === kind).map((row) => friendly(model, nameOf(model, row))));
}

function counted([name, count]) {
  return count > 1 ? `${apart(name)} (${figure(count)})` : name;
}

/** Counts what the filter of a kind lists, as the tiles do: an offer once, whatever its steps. */
function countOf(model, sessions, rows, kind) {
  if (kind === OFFER) return sum(sessions.map(({ offers }) => offers.length));
  return rows.filter((row) => isOfKind(model, row, kind)).length;
}

/** Whether the filter of a kind lists an event. */
const isOfKind = (model, row, kind) => (kind === SEARCH ? model.searches.has(row) : model.rows.kind[row] === kind);
