// The current view, kept in the page's address so that a link shows the same.

/** Filters that match all events. */
const unfiltered = () => ({
  query: "", inJson: false, kinds: new Set(), session: null, name: null, page: null, from: null, to: null,
});

const view = { ...unfiltered(), zone: "UTC", aligned: false, alignedAtFirst: false, row: null };

/** Choices of the time zone. */
const ZONES = { UTC: "UTC", visitor: "visitor's", local: "this computer's" };

/** The settings that decide which events are listed. */
const FILTERS = [...Object.keys(unfiltered()), "aligned"];
const listeners = [];
/** Corrects a view that would show nothing; set by `start`. */
let correctView = () => {};

/** Changes the view and notifies its listeners. */
function updateView(changes) {
  Object.assign(view, changes);
  correctView();
  const filtersChanged = Object.keys(changes).some((name) => FILTERS.includes(name));
  const text = viewInAddress();
  try {
    history.replaceState(null, "", `#${text}`);
  } catch {
    location.replace(`#${text}`);
  }
  listeners.forEach((listen) => listen(filtersChanged));
}

function viewInAddress() {
  const parameters = new URLSearchParams();
  if (view.query) parameters.set("q", view.query);
  if (view.inJson) parameters.set("json", "1");
  if (view.kinds.size) parameters.set("kinds", [...view.kinds].sort().join("-"));
  for (const name of ["session", "name", "page", "row"]) {
    if (view[name] != null) parameters.set(name, view[name]);
  }
  if (view.from != null) parameters.set("span", `${Math.round(view.from)}_${Math.round(view.to)}`);
  if (view.zone !== "UTC") parameters.set("zone", view.zone);
  if (view.aligned !== view.alignedAtFirst) parameters.set("aligned", Number(view.aligned));
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
  view.session = number("session", model.sessions.length);
  view.name = number("name", model.strings.length);
  view.page = number("page", model.strings.length);
  view.row = number("row", model.count);
  const span = (parameters.get("span") ?? "").split("_").map(Number);
  const isSpan = span.length === 2 && span.every(Number.isFinite) && span[0] < span[1];
  [view.from, view.to] = isSpan ? span : [null, null];
  view.zone = Object.hasOwn(ZONES, parameters.get("zone") ?? "") ? parameters.get("zone") : "UTC";
  view.aligned = parameters.has("aligned") ? parameters.get("aligned") === "1" : view.alignedAtFirst;
  correctView();
}

/** Returns a session's value for `view.session`; null if it is the only session. */
const sessionFilter = (model, session) => (model.sessions.length > 1 ? session.number : null);

/** Returns the sessions in view. */
const visibleSessions = (model) => (view.session === null ? model.sessions : [model.sessions[view.session]]);

/** Returns the time zone for a session's times. */
function zoneOf(session) {
  if (view.zone === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return view.zone === "visitor" ? session.zone ?? "UTC" : "UTC";
}

/** Returns the time zone of all sessions in view; UTC if they differ. */
function commonZone(model) {
  const zones = new Set(visibleSessions(model).map(zoneOf));
  return zones.size === 1 ? [...zones][0] : "UTC";
}

/** Returns an event's position on the timeline: its time, or the time since its session's start. */
function positionOf(model, row) {
  const at = model.rows.at[row];
  if (at == null || !view.aligned) return at;
  return at - model.sessions[model.rows.session[row]].first;
}

/** Returns the rows that match the filters, at any time. `inJson`: the rows whose JSON contains the query. */
function matchingRows(model, inJson) {
  const { rows, strings } = model;
  const query = searchText();
  const matches = query === "" ? null : strings.map((text) => text.toLowerCase().includes(query));
  const matching = [];
  for (let row = 0; row < model.count; row += 1) {
    if (view.kinds.size && !view.kinds.has(rows.kind[row])) continue;
    if (view.session !== null && rows.session[row] !== view.session) continue;
    if (view.name !== null && rows.name[row] !== view.name) continue;
    if (view.page !== null && rows.page[row] !== view.page) continue;
    if (matches && !matches[rows.name[row]] && !matches[rows.title[row]] && !matches[rows.detail[row]] && !inJson?.has(row)) continue;
    matching.push(row);
  }
  return matching;
}

/** Returns the query in lower case. */
const searchText = () => view.query.trim().toLowerCase();

/** Returns the rows within the timeline's time span. */
function rowsInSpan(model, rows) {
  if (view.from === null) return rows;
  return rows.filter((row) => {
    const at = positionOf(model, row);
    return at != null && at >= view.from && at <= view.to;
  });
}
