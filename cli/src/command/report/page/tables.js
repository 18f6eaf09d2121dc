// What happened in a session, in tables.

/** Rows of a table before the button that shows all. */
const FIRST_ROWS = 10;
/** So few more rows are shown at once. */
const FEW = 3;
/** Rows of a table at all: more can be had from the list. */
const MOST_ROWS = 1000;

function showTables(model) {
  const sessions = shownSessions(model);
  byId("sessions").classList.toggle("one", sessions.length === 1);
  const hint = "Choose a session, at the top, to see its pages, offers, outcomes, segments and idle times.";
  byId("sessions").replaceChildren(...(sessions.length > MOST_CARDS
    ? [element("p", {}, hint)] : sessions.map((session) => tables(model, session))));
}

function tables(model, session) {
  const parts = [
    sourceTable, pageTable, arrivalTable, offerTable, outcomeTable, segmentTable, idleTable, nameTable,
  ].map((make) => make(model, session)).filter(Boolean);
  return element("article", { class: "visit" }, heading(`${session.label} in detail`, session), element("div", { class: "parts" }, ...parts));
}

/** Sources and campaigns, those first that most outcomes came of. */
function sourceTable(model, session) {
  const sources = new Map();
  const outcomes = new Map(tally(session.outcomes.map(({ arrival }) => arrival)));
  session.arrivals.forEach((arrival, index) => {
    const key = JSON.stringify([sourceOf(arrival), campaignOf(arrival.campaign)]);
    if (!sources.has(key)) sources.set(key, { arrival, arrivals: 0, outcomes: 0 });
    const source = sources.get(key);
    source.arrivals += 1;
    source.outcomes += outcomes.get(index) ?? 0;
  });
  const most = [...sources.values()].sort((one, other) => other.outcomes - one.outcomes || other.arrivals - one.arrivals);
  return table("Where the visitor came from", "An outcome is counted to the last arrival before it.", ["From", "Campaign", "Arrivals", "Outcomes"],
    most, (source) => [
      isolated(sourceOf(source.arrival)), isolated(campaignOf(source.arrival.campaign)),
      number(source.arrivals.toLocaleString("en")), number(source.outcomes.toLocaleString("en")),
    ]);
}

function arrivalTable(model, session) {
  return table("Arrivals", "A row each time that the referrer or the campaign changed.", ["When", "From", "Campaign"],
    session.arrivals, (arrival) => [
      when(model, arrival.row), isolated(sourceOf(arrival)), below(campaignOf(arrival.campaign), linksOf(arrival.campaign)),
    ]);
}

function pageTable(model, session) {
  const all = Math.max(1, session.pages.reduce((sum, page) => sum + page.time, 0));
  const share = (page) => `${Math.round((page.time / all) * 100)} %`;
  return table("Pages by time spent", "From an event on the page to the next event, idle times left out, and its share of all such time.", ["Page", "Views", "Time", "Share"],
    session.pages, (page) => [
      element("div", {}, filter(page.title, { page: page.key, session: choice(model, session) }),
        element("div", { class: "id" }, isolated(page.address === page.title ? "" : page.address))),
      number(page.views.toLocaleString("en")), number(duration(page.time)),
      element("div", { class: "share" }, element("meter", { min: 0, max: all, value: page.time, "aria-label": "Share" }), share(page)),
    ]);
}

function offerTable(model, session) {
  const offers = [...session.offers.filter(isAccepted), ...session.offers.filter((offer) => !isAccepted(offer))];
  return table("Offers and what became of them", "Accepted offers are listed first.", ["Offered", "What", "What became of it"], offers, (offer) => {
    const offered = offer.steps.find(({ state }) => state.startsWith("offered")) ?? offer.steps[0];
    const { word, step } = answerTo(offer);
    const steps = offer.steps.map(({ state }) => inWords(state)).join(" → ");
    const page = placeAt(model, offered.row);
    return [
      when(model, offered.row),
      below(offer.prompt, inWords(offer.medium), page && `on ${page}`),
      element("div", {}, element("span", { class: `state ${word === "accepted" ? "accepted" : ""}` }, isolated(word)), " ",
        step ? when(model, step.row) : "", element("div", { class: "id" }, isolated(steps))),
    ];
  });
}

function outcomeTable(model, session) {
  return table("Outcomes", "With what was done just before, and where the visitor had come from.", ["When", "Outcome"],
    session.outcomes, ({ row, arrival, deed }) => {
      const origin = session.arrivals[arrival];
      const from = origin && [sourceOf(origin), campaignOf(origin.campaign)].filter(Boolean).join(", ");
      return [when(model, row), below(textOf(model, row), deed !== null && `after ${deedOf(model, deed)}`, from && `came from ${from}`)];
    });
}

/** What was done, with its details. */
function deedOf(model, row) {
  const detail = model.texts[model.rows.detail[row]];
  return detail === "" ? textOf(model, row) : `${textOf(model, row)} (${detail})`;
}

function segmentTable(model, session) {
  return table("Segments", "", ["When", "Segment"], session.segments, (row) => [when(model, row), isolated(textOf(model, row))]);
}

function idleTable(model, session) {
  return table("Idle times, longest first", `Times of ${duration(model.idle)} and more in which nothing was recorded.`, ["From", "To", "For", "Last page before"],
    longestFirst(session.idle), ({ from, to, before, after }) => [
      when(model, before), element("div", {}, when(model, after), returned(session, after)), number(between(from, to)), isolated(placeAt(model, before)),
    ]);
}

/** Where the visitor came back from at an event, if it is an arrival. */
function returned(session, row) {
  const arrival = session.arrivalAt.get(row);
  return arrival ? element("div", { class: "id" }, "came from ", isolated(sourceOf(arrival))) : "";
}

function nameTable(model, session) {
  return table("Events by name and type", "", ["Name", "Type", "Events"],
    session.names, ({ kind, name, count }) => [
      filter(name, { name: model.numbers.get(name), kinds: new Set([kind]), session: choice(model, session) }), KINDS[kind], number(count.toLocaleString("en")),
    ]);
}

const number = (text) => ({ text, isNumber: true });
const textOf = (model, row) => model.texts[model.rows.name[row]];

/** A text, and under it others that are less. */
const below = (text, ...others) => element("div", {}, isolated(text),
  ...others.filter(Boolean).map((other) => element("div", { class: "id" }, isolated(other))));

/** When an event was: a button that shows it. */
function when(model, row) {
  const zone = zoneOf(model.sessions[model.rows.session[row]]);
  return element("button", { class: "link when", type: "button", title: "Show the event", onclick: () => openEvent(row) }, dateTime(model.rows.at[row], zone));
}

/** A button that lists some events, and no others. */
const filter = (text, wanted) => element("button", { class: "link", type: "button", title: "List these events",
  onclick: () => {
    look({ ...unfiltered(), ...wanted });
    byId("events-section").scrollIntoView();
    byId("list").focus({ preventScroll: true });
  } }, isolated(text));

/** A table of things, a row each; `cells` makes its cells when it is shown. */
function table(title, hint, names, things, cells, first = FIRST_ROWS) {
  if (things.length === 0) return null;
  const isNumber = cells(things[0]).map((cell) => Boolean(cell.isNumber));
  const body = element("tbody");
  const show = (from, to) => things.slice(from, to).forEach((thing) => {
    const row = cells(thing).map((cell, column) => element("td", { class: isNumber[column] && "n" }, cell.isNumber ? cell.text : cell));
    body.append(element("tr", {}, ...row));
  });
  const head = names.map((name, column) => element("th", { scope: "col", class: isNumber[column] && "n" }, name));
  const made = element("table", { "aria-label": title, tabindex: -1 },
    hint === "" ? "" : element("caption", {}, hint), element("thead", {}, element("tr", {}, ...head)), body);
  const section = element("section", {}, element("h3", {}, title), made);
  const all = Math.min(things.length, MOST_ROWS);
  if (all <= first + FEW) show(0, all);
  else {
    show(0, first);
    const [some, whole] = [all.toLocaleString("en"), things.length.toLocaleString("en")];
    const onPaper = element("p", { class: "on-paper" }, `The first ${first} of ${whole}.`);
    const more = element("button", { type: "button", onclick: () => {
      show(first, all);
      more.remove();
      onPaper.remove();
      made.focus();
    } }, all < things.length ? `Show the first ${some} of ${whole}` : `Show all ${some}`);
    section.append(more, onPaper);
  }
  return section;
}
