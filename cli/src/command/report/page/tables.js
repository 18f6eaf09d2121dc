// The tables of pages and sources, and what is known of the visitor.

/** Rows shown at first. */
const FIRST_ROWS = 8;
/** Up to this many more rows are shown without a button. */
const FEW = 3;
/** Most rows in a table; the story has the rest. */
const MAX_ROWS = 1000;

function showTables(model) {
  const sessions = sessionsInView(model);
  byId("tables").replaceChildren(...(sessions.length === 0 ? [] : [pageTable(sessions), sourceTable(sessions), visitorCard(model, sessions)].filter(Boolean)));
}

/** Returns the pages of sessions, those viewed longest first. */
function pagesOf(sessions) {
  const pages = new Map();
  for (const session of sessions) {
    for (const page of session.pages) {
      const known = pages.get(page.key) ?? { ...page, title: session.titles.get(page.key), views: 0, time: 0 };
      known.views += page.views;
      known.time += page.time;
      pages.set(page.key, known);
    }
  }
  return [...pages.values()].sort((one, other) => other.time - one.time || one.row - other.row);
}

function pageTable(sessions) {
  const pages = pagesOf(sessions);
  const hosts = new Set(pages.filter(({ address }) => address.includes("/")).map(({ address }) => address.split("/")[0]));
  const address = (page) => (page.address === page.title ? "" : hosts.size === 1 && page.address.includes("/") ? page.address.slice(page.address.indexOf("/")) : page.address);
  const total = Math.max(1, sum(pages.map((page) => page.time)));
  const longest = Math.max(1, pages[0]?.time ?? 0);
  return table({
    title: "Pages", hint: "by time, without idle time", columns: ["Page", "Views", "Time"], items: pages,
    cells: (page) => [
      element("div", {}, filterLink(page.title, { page: page.key }), element("div", { class: "dim address" }, isolated(address(page))),
        element("meter", { min: 0, max: longest, value: page.time, "aria-label": `${Math.round((page.time / total) * 100)} % of the time` })),
      numeric(figure(page.views)), numeric(duration(page.time)),
    ],
  });
}

/** Lists sources and campaigns, those with the most outcomes first. */
function sourceTable(sessions) {
  const sources = new Map();
  for (const session of sessions) {
    const outcomes = new Map(tally(session.outcomes.map(({ arrival }) => arrival)));
    session.arrivals.forEach((arrival, index) => {
      const key = JSON.stringify([sourceOf(arrival), campaignOf(arrival.campaign)]);
      if (!sources.has(key)) sources.set(key, { arrival, arrivals: 0, outcomes: 0 });
      const source = sources.get(key);
      source.arrivals += 1;
      source.outcomes += outcomes.get(index) ?? 0;
    });
  }
  const sorted = [...sources.values()].sort((one, other) => other.outcomes - one.outcomes || other.arrivals - one.arrivals);
  return table({
    title: "Sources", hint: "outcomes count for the last arrival", columns: ["Source", "Arrivals", "Outcomes"], items: sorted,
    cells: ({ arrival, arrivals, outcomes }) => [
      element("div", {}, isolated(sourceOf(arrival)), element("div", { class: "dim" }, ...separated([campaignOf(arrival.campaign), tagsOf(arrival.campaign)]))),
      numeric(figure(arrivals)), numeric(figure(outcomes)),
    ],
  });
}

/** What is known of the visitor, with whole ids: the first of each kind. */
function visitorCard(model, sessions) {
  const { customer } = sessions[0];
  const facts = new Map();
  const left = new Map();
  const add = (name, value) => value && facts.set(name, (facts.get(name) ?? new Set()).add(value));
  const addAll = (name, { values, more }) => {
    values.forEach((value) => add(name, value));
    left.set(name, more);
  };
  add("Name", customer.name);
  addAll("Email", customer.emails);
  addAll("Phone", customer.phones);
  customer.ids.values.forEach(({ type, id }) => add(type === "" ? "Customer id" : `Customer (${humanized(type)})`, id));
  if (customer.ids.more > 0) add("Customer ids", `${figure(customer.ids.more)} more`);
  for (const session of sessions) {
    add("Session", [session.type, session.id].filter(Boolean).join(" "));
    if (session.zone) add("Time zone", `${session.zone}${session.first == null ? "" : `: from ${dateTime(session.first, session.zone, MINUTE)}`}`);
  }
  const known = sessions.length > 1 ? customer : sessions[0];
  known.facts.forEach((fact) => addAll(fact.name, fact));
  const list = [...facts].flatMap(([name, values]) => {
    const more = Math.max(values.size - FIRST_ROWS, 0) + (left.get(name) ?? 0);
    return [element("dt", {}, name), element("dd", {}, ...[...values].slice(0, FIRST_ROWS).map((value) => element("div", {}, isolated(value))),
      ...(more > 0 ? [element("div", { class: "dim" }, `and ${figure(more)} more`)] : []))];
  });
  return element("section", { class: "card" }, element("h2", {}, "Visitor"), element("dl", {}, ...list));
}

const numeric = (text) => ({ text, isNumber: true });

/** A button that lists only certain events. */
const filterLink = (text, filters) => element("button", { class: "link", type: "button", title: "Show these in the story",
  onclick: () => {
    updateView({ ...unfiltered(), ...filters });
    byId("list").focus();
  } }, isolated(text));

/** Creates a table with one row per item; `cells` creates a row's cells when it is shown. */
function table({ title, hint = "", columns, items, cells, first = FIRST_ROWS }) {
  if (items.length === 0) return null;
  const isNumber = cells(items[0]).map((cell) => Boolean(cell.isNumber));
  const body = element("tbody");
  const show = (from, to) => items.slice(from, to).forEach((item) => {
    const row = cells(item).map((cell, column) => element("td", { class: isNumber[column] && "n", "data-column": columns[column] }, cell.isNumber ? cell.text : cell));
    body.append(element("tr", {}, ...row));
  });
  const head = columns.map((name, column) => element("th", { scope: "col", class: isNumber[column] && "n" }, name));
  const created = element("table", { "aria-label": title, tabindex: -1 }, element("thead", {}, element("tr", {}, ...head)), body);
  const section = element("section", { class: "card" }, element("h2", {}, title, ...(hint === "" ? [] : [" ", element("small", {}, hint)])), created);
  const shown = Math.min(items.length, MAX_ROWS);
  if (shown <= first + FEW) show(0, shown);
  else {
    show(0, first);
    const [some, total] = [figure(shown), figure(items.length)];
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
