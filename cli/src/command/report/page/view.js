// What of the report is looked at, kept in the page's address, so that a link shows the same.

/** The filters at their start: all events. */
const unfiltered = () => ({
  query: "", inJson: false, kinds: new Set(), session: null, name: null, page: null, from: null, to: null,
});

const view = { ...unfiltered(), zone: "UTC", aligned: false, alignedAtFirst: false, row: null };

/** Whose times are told. */
const ZONES = { UTC: "UTC", visitor: "the visitor's", local: "this computer's" };

/** The settings that say which events are listed; the others only say how. */
const CHOOSING = [...Object.keys(unfiltered()), "aligned"];
const listeners = [];
/** Mends a view that shows nothing; set by what knows. */
let settle = () => {};

/** Changes the view, as far as that can be looked at, and tells all that show it. */
function look(changes) {
  Object.assign(view, changes);
  settle();
  const isChoosing = Object.keys(changes).some((name) => CHOOSING.includes(name));
  const text = viewInAddress();
  try {
    history.replaceState(null, "", `#${text}`);
  } catch {
    location.replace(`#${text}`);
  }
  listeners.forEach((listen) => listen(isChoosing));
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

/** The view that an address asks for; what is not in this report is left out. */
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
  view.name = number("name", model.texts.length);
  view.page = number("page", model.texts.length);
  view.row = number("row", model.count);
  const span = (parameters.get("span") ?? "").split("_").map(Number);
  const isSpan = span.length === 2 && span.every(Number.isFinite) && span[0] < span[1];
  [view.from, view.to] = isSpan ? span : [null, null];
  view.zone = Object.hasOwn(ZONES, parameters.get("zone") ?? "") ? parameters.get("zone") : "UTC";
  view.aligned = parameters.has("aligned") ? parameters.get("aligned") === "1" : view.alignedAtFirst;
  settle();
}

/** The number of a session for `view.session`; null if it is the only one, which is looked at anyway. */
const choice = (model, session) => (model.sessions.length > 1 ? session.number : null);

/** The sessions that are looked at. */
const shownSessions = (model) => (view.session === null ? model.sessions : [model.sessions[view.session]]);

/** The time zone of what is told of a session. */
function zoneOf(session) {
  if (view.zone === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return view.zone === "visitor" ? session.zone ?? "UTC" : "UTC";
}

/** The one time zone of what is told of all sessions that are looked at; UTC if they have several. */
function commonZone(model) {
  const zones = new Set(shownSessions(model).map(zoneOf));
  return zones.size === 1 ? [...zones][0] : "UTC";
}

/** Where an event is on the timeline: its time, or the time since its session began. */
function positionOf(model, row) {
  const at = model.rows.at[row];
  if (at == null || !view.aligned) return at;
  return at - model.sessions[model.rows.session[row]].first;
}

/** The rows that the filters leave, whatever their time. `inJson` has those whose JSON holds the query. */
function chosenRows(model, inJson) {
  const { rows, texts } = model;
  const query = needle();
  const holds = query === "" ? null : texts.map((text) => text.toLowerCase().includes(query));
  const chosen = [];
  for (let row = 0; row < model.count; row += 1) {
    if (view.kinds.size && !view.kinds.has(rows.kind[row])) continue;
    if (view.session !== null && rows.session[row] !== view.session) continue;
    if (view.name !== null && rows.name[row] !== view.name) continue;
    if (view.page !== null && rows.page[row] !== view.page) continue;
    if (holds && !holds[rows.name[row]] && !holds[rows.place[row]] && !holds[rows.detail[row]] && !inJson?.has(row)) continue;
    chosen.push(row);
  }
  return chosen;
}

/** What is searched for, in small letters. */
const needle = () => view.query.trim().toLowerCase();

/** Those of some rows that are in the span of the timeline. */
function inSpan(model, rows) {
  if (view.from === null) return rows;
  return rows.filter((row) => {
    const at = positionOf(model, row);
    return at != null && at >= view.from && at <= view.to;
  });
}
