// The tables of a session's details.

/** Rows shown at first. */
const FIRST_ROWS = 10;
/** Up to this many more rows are shown without a button. */
const FEW = 3;
/** Most rows in a table; the list has the rest. */
const MAX_ROWS = 1000;

function showTables(model) {
  const sessions = visibleSessions(model);
  byId("sessions").classList.toggle("one", sessions.length === 1);
  const hint = "Select a session at the top to see its pages, offers, outcomes, segments and idle periods.";
  byId("sessions").replaceChildren(...(sessions.length > MAX_CARDS
    ? [element("p", {}, hint)] : sessions.map((session) => tables(model, session))));
}

function tables(model, session) {
  const parts = [
    sourceTable, pageTable, arrivalTable, offerTable, outcomeTable, segmentTable, idleTable, nameTable,
  ].map((make) => make(model, session)).filter(Boolean);
  return element("article", { class: "visit" }, heading(`${session.label} details`, session), element("div", { class: "parts" }, ...parts));
}

/** Lists sources and campaigns, those with the most outcomes first. */
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
  const sorted = [...sources.values()].sort((one, other) => other.outcomes - one.outcomes || other.arrivals - one.arrivals);
  return table("Traffic sources", "Each outcome is attributed to the last arrival before it.", ["Source", "Campaign", "Arrivals", "Outcomes"],
    sorted, (source) => [
      isolated(sourceOf(source.arrival)), isolated(campaignOf(source.arrival.campaign)),
      numeric(source.arrivals.toLocaleString("en")), numeric(source.outcomes.toLocaleString("en")),
    ]);
}

function arrivalTable(model, session) {
  return table("Arrivals", "One row for each change of referrer or campaign.", ["Time", "Source", "Campaign"],
    session.arrivals, (arrival) => [
      eventLink(model, arrival.row), isolated(sourceOf(arrival)), withDetails(campaignOf(arrival.campaign), tagsOf(arrival.campaign)),
    ]);
}

function pageTable(model, session) {
  const total = Math.max(1, session.pages.reduce((sum, page) => sum + page.time, 0));
  const share = (page) => `${Math.round((page.time / total) * 100)} %`;
  return table("Pages by time spent", "Time from an event on the page to the next event, without idle periods, and its share of the total.", ["Page", "Views", "Time", "Share"],
    session.pages, (page) => [
      element("div", {}, filterLink(page.title, { page: page.key, session: sessionFilter(model, session) }),
        element("div", { class: "id" }, isolated(page.address === page.title ? "" : page.address))),
      numeric(page.views.toLocaleString("en")), numeric(duration(page.time)),
      element("div", { class: "share" }, element("meter", { min: 0, max: total, value: page.time, "aria-label": "Share" }), share(page)),
    ]);
}

function offerTable(model, session) {
  const offers = [...session.offers.filter(isAccepted), ...session.offers.filter((offer) => !isAccepted(offer))];
  return table("Offers and responses", "Accepted offers are listed first.", ["Offered", "Offer", "Response"], offers, (offer) => {
    const offered = offer.steps.find(({ state }) => state.startsWith("offered")) ?? offer.steps[0];
    const { word, step } = responseTo(offer);
    const steps = offer.steps.map(({ state }) => humanized(state)).join(" → ");
    const page = openTitle(model, offered.row);
    return [
      eventLink(model, offered.row),
      withDetails(offer.prompt, humanized(offer.media_type), page && `on ${page}`),
      element("div", {}, element("span", { class: `state ${word === "accepted" ? "accepted" : ""}` }, isolated(word)), " ",
        step ? eventLink(model, step.row) : "", element("div", { class: "id" }, isolated(steps))),
    ];
  });
}

function outcomeTable(model, session) {
  return table("Outcomes", "With the last page view or activity before it, and the visitor's source.", ["Time", "Outcome"],
    session.outcomes, ({ row, arrival, activity }) => {
      const origin = session.arrivals[arrival];
      const source = origin && [sourceOf(origin), campaignOf(origin.campaign)].filter(Boolean).join(", ");
      return [eventLink(model, row), withDetails(nameOf(model, row), activity !== null && `after ${nameWithDetail(model, activity)}`, source && `source: ${source}`)];
    });
}

function nameWithDetail(model, row) {
  const detail = model.strings[model.rows.detail[row]];
  return detail === "" ? nameOf(model, row) : `${nameOf(model, row)} (${detail})`;
}

function segmentTable(model, session) {
  return table("Segments", "", ["Time", "Segment"], session.segments, (row) => [eventLink(model, row), isolated(nameOf(model, row))]);
}

function idleTable(model, session) {
  return table("Idle periods, longest first", `Periods of ${duration(model.idle)} or more without an event.`, ["From", "To", "Duration", "Last page before"],
    longestFirst(session.idle), ({ from, to, before, after }) => [
      eventLink(model, before), element("div", {}, eventLink(model, after), newSource(session, after)), numeric(elapsed(from, to)), isolated(openTitle(model, before)),
    ]);
}

/** Returns the source of the visitor's return, if the event is an arrival. */
function newSource(session, row) {
  const arrival = session.arrivalAt.get(row);
  return arrival ? element("div", { class: "id" }, "source: ", isolated(sourceOf(arrival))) : "";
}

function nameTable(model, session) {
  return table("Events by name and type", "", ["Name", "Type", "Events"],
    session.names, ({ kind, name, count }) => [
      filterLink(name, { name: model.stringNumbers.get(name), kinds: new Set([kind]), session: sessionFilter(model, session) }), KINDS[kind], numeric(count.toLocaleString("en")),
    ]);
}

const numeric = (text) => ({ text, isNumber: true });
const nameOf = (model, row) => model.strings[model.rows.name[row]];

/** A text with secondary texts below it. */
const withDetails = (text, ...others) => element("div", {}, isolated(text),
  ...others.filter(Boolean).map((other) => element("div", { class: "id" }, isolated(other))));

/** An event's time, as a button that shows the event. */
function eventLink(model, row) {
  const zone = zoneOf(model.sessions[model.rows.session[row]]);
  return element("button", { class: "link time", type: "button", title: "Show event", onclick: () => openEvent(row) }, dateTime(model.rows.at[row], zone));
}

/** A button that lists only certain events. */
const filterLink = (text, filters) => element("button", { class: "link", type: "button", title: "List these events",
  onclick: () => {
    updateView({ ...unfiltered(), ...filters });
    byId("events-section").scrollIntoView();
    byId("list").focus({ preventScroll: true });
  } }, isolated(text));

/** Creates a table with one row per item; `cells` creates a row's cells when it is shown. */
function table(title, hint, columnNames, items, cells, first = FIRST_ROWS) {
  if (items.length === 0) return null;
  const isNumber = cells(items[0]).map((cell) => Boolean(cell.isNumber));
  const body = element("tbody");
  const show = (from, to) => items.slice(from, to).forEach((item) => {
    const row = cells(item).map((cell, column) => element("td", { class: isNumber[column] && "n" }, cell.isNumber ? cell.text : cell));
    body.append(element("tr", {}, ...row));
  });
  const head = columnNames.map((name, column) => element("th", { scope: "col", class: isNumber[column] && "n" }, name));
  const created = element("table", { "aria-label": title, tabindex: -1 },
    hint === "" ? "" : element("caption", {}, hint), element("thead", {}, element("tr", {}, ...head)), body);
  const section = element("section", {}, element("h3", {}, title), created);
  const shown = Math.min(items.length, MAX_ROWS);
  if (shown <= first + FEW) show(0, shown);
  else {
    show(0, first);
    const [some, total] = [shown.toLocaleString("en"), items.length.toLocaleString("en")];
    const printOnly = element("p", { class: "print-only" }, `First ${first} of ${total}.`);
    const more = element("button", { type: "button", onclick: () => {
      show(first, shown);
      more.remove();
      printOnly.remove();
      created.focus();
    } }, shown < items.length ? `Show first ${some} of ${total}` : `Show all ${some}`);
    section.append(more, printOnly);
  }
  return section;
}
