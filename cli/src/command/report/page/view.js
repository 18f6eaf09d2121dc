// The current view, kept in the page's address so that a link shows the same.

/** Filters that match all events. */
const unfiltered = () => ({ query: "", inJson: false, kinds: new Set(), name: null, page: null, from: null, to: null });

/** What is shown: all customers, one of them, or one session. */
const everyone = () => ({ ...unfiltered(), customer: null, session: null, row: null });

const view = { ...everyone(), zone: "UTC" };

/** Choices of the time zone. */
const ZONES = { UTC: "UTC", visitor: "Visitor's time", local: "My time" };

const listeners = [];
/** Corrects a view that would show nothing; set by `start`. */
let correctView = () => {};
let addressTimer = null;

/** Changes the view and notifies its listeners of the names of what changed. */
function updateView(changes) {
  Object.assign(view, changes);
  correctView();
  // Browsers limit how often an address changes.
  addressTimer ??= setTimeout(writeAddress, 200);
  listeners.forEach((listen) => listen(new Set(Object.keys(changes))));
}

function writeAddress() {
  clearTimeout(addressTimer);
  addressTimer = null;
  const text = viewInAddress();
  try {
    history.replaceState(null, "", `#${text}`);
  } catch {
    location.replace(`#${text}`);
  }
}

function viewInAddress() {
  const parameters = new URLSearchParams();
  if (view.query) parameters.set("q", view.query);
  if (view.inJson) parameters.set("json", "1");
  if (view.kinds.size) parameters.set("kinds", [...view.kinds].sort().join("-"));
  for (const name of ["customer", "session", "name", "page", "row"]) {
    if (view[name] != null) parameters.set(name, view[name]);
  }
  if (view.from != null) parameters.set("span", `${Math.round(view.from)}_${Math.round(view.to)}`);
  if (view.zone !== "UTC") parameters.set("zone", view.zone);
  return parameters.toString();
}

/** Reads the view from the address, ignoring values that aren't in this report. */
function viewFromAddress(model) {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const number = (name, end) => {
    const text = parameters.get(name) ?? "";
    return /^\d+$/.test(text) && Number(text) < end ? Number(text) : null;
  };
  view.query = parameters.get("q") ?? "";
  view.inJson = parameters.has("json");
  const kinds = (parameters.get("kinds") ?? "").split("-").filter(Boolean).map(Number);
  view.kinds = new Set(kinds.filter((kind) => kind in KINDS));
  view.customer = number("customer", model.customers.length);
  view.session = number("session", model.sessions.length);
  view.name = number("name", model.strings.length);
  view.page = number("page", model.strings.length);
  view.row = number("row", model.count);
  const span = (parameters.get("span") ?? "").split("_").map(Number);
  const isSpan = span.length === 2 && span.every(Number.isFinite) && span[0] < span[1];
  [view.from, view.to] = isSpan ? span : [null, null];
  view.zone = Object.hasOwn(ZONES, parameters.get("zone") ?? "") ? parameters.get("zone") : "UTC";
  correctView();
}

/** Returns the customer in view; null if it is everyone. */
function customerInView(model) {
  if (view.session !== null) return model.sessions[view.session].customer;
  return view.customer === null ? null : model.customers[view.customer];
}

/** Returns the sessions in view; none if the index of customers is. */
function sessionsInView(model) {
  if (view.session !== null) return [model.sessions[view.session]];
  return customerInView(model)?.sessions ?? [];
}

/** Whether only some kinds or events are listed, wherever they happened. */
const isSelective = () => view.query !== "" || view.kinds.size > 0 || view.name !== null;

/** Returns the time zone for a session's times. */
function zoneOf(session) {
  if (view.zone === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return view.zone === "visitor" ? session.zone ?? "UTC" : "UTC";
}

/** Returns the zone of an event's time. */
const zoneAt = (model, row) => zoneOf(model.sessions[model.rows.session[row]]);

/** Returns the rows in view that match the filters, in the story's order. `inJson`: the rows whose JSON contains the query. */
function matchingRows(model, inJson) {
  const { rows } = model;
  const query = searchText();
  const { strings, sentences } = query === "" ? {} : lowerTexts(model);
  const matches = strings?.map((text) => text.includes(query));
  const kinds = [...view.kinds];
  return sessionsInView(model).flatMap((session) => session.rows.filter((row) => {
    if (kinds.length > 0 && !kinds.some((kind) => isOfKind(model, row, kind))) return false;
    if (view.name !== null && rows.name[row] !== view.name) return false;
    if (view.page !== null && rows.page[row] !== view.page) return false;
    return !matches || matches[rows.name[row]] || matches[rows.title[row]] || matches[rows.detail[row]] || Boolean(inJson?.has(row))
      || sentences[row].includes(query);
  }));
}

/** Returns all strings and the events' sentences in lower case; computed at the first search. */
function lowerTexts(model) {
  model.lower ??= {
    strings: model.strings.map((text) => text.toLowerCase()),
    sentences: Array.from({ length: model.count }, (_, row) => plain(sentence(model, row)).toLowerCase()),
  };
  return model.lower;
}

/** Returns the query in lower case. */
const searchText = () => view.query.trim().toLowerCase();
