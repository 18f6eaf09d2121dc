// The key figures of the sessions in view.

function showTiles(model) {
  const sessions = sessionsInView(model);
  byId("tiles").hidden = sessions.length === 0;
  const rows = sessions.flatMap((session) => session.rows);
  const tile = ({ name, figure, note, style = "" }) => element("div", { class: `tile ${style}` },
    element("span", {}, name), element("b", {}, isolated(figure)), element("em", { title: note }, isolated(note)));
  byId("tiles").replaceChildren(...(sessions.length === 0 ? [] : [
    pagesTile(sessions), longestTile(sessions), searchesTile(model, rows), offersTile(sessions), segmentsTile(model, rows), outcomesTile(model, rows),
  ]).map(tile));
}

function pagesTile(sessions) {
  const views = sum(sessions.map((session) => session.views));
  const pages = new Set(sessions.flatMap((session) => session.pages.map(({ key }) => key))).size;
  const note = `${pages.toLocaleString("en")} different`;
  if (sessions.length === 1) return { name: sessions[0].type === "app" ? "Screens" : "Pages", figure: views.toLocaleString("en"), note };
  return { name: "Sessions", figure: sessions.length.toLocaleString("en"), note: `${plural(views, "page")}, ${note}` };
}

function longestTile(sessions) {
  const [page] = pagesOf(sessions);
  if (!page || page.time === 0) return { name: "Viewed longest", figure: "–", note: "no time measured" };
  return { name: "Viewed longest", figure: duration(page.time), note: page.title };
}

/** Words that are searched for twice in a row, by a page view and by a search, count once. */
function searchesTile(model, rows) {
  const { kind, subject } = model.rows;
  const words = rows.filter((row) => kind[row] === SEARCH || (kind[row] === VIEW && model.strings[subject[row]] !== "")).map((row) => subject[row]);
  const searches = words.filter((word, index) => word !== words[index - 1]).map((word) => model.strings[word]);
  return { name: "Searches", figure: searches.length.toLocaleString("en"), note: listed([...new Set(searches)], 5) || "none" };
}

function offersTile(sessions) {
  const offers = sessions.flatMap((session) => session.offers);
  const words = tally(offers.map((offer) => responseTo(offer).word)).filter(([word]) => word !== "accepted");
  const accepted = offers.filter(isAccepted).length;
  const parts = [`${accepted.toLocaleString("en")} accepted`, ...words.map(([word, count]) => `${count.toLocaleString("en")} ${word}`)];
  return { name: "Offers", figure: offers.length.toLocaleString("en"), note: offers.length === 0 ? "none made" : parts.join(" · "), style: offers.length > 0 ? "t4" : "" };
}

function segmentsTile(model, rows) {
  const joined = tallyOf(model, rows, SEGMENT);
  return { name: "Segments", figure: joined.length.toLocaleString("en"), note: listed(joined.map(counted), 5) || "none joined", style: joined.length > 0 ? "t3" : "" };
}

function outcomesTile(model, rows) {
  const reached = tallyOf(model, rows, OUTCOME);
  const total = sum(reached.map(([, count]) => count));
  return total === 0 ? { name: "Outcomes", figure: "None", note: "no goal reached" }
    : { name: "Outcomes", figure: total.toLocaleString("en"), note: listed(reached.map(counted), 5), style: "t5" };
}

/** The names of the rows of a kind, and how often each is there. */
function tallyOf(model, rows, kind) {
  return tally(rows.filter((row) => model.rows.kind[row] === kind).map((row) => friendly(model, nameOf(model, row))));
}

function counted([name, count]) {
  return count > 1 ? `${name} (${count.toLocaleString("en")})` : name;
}
