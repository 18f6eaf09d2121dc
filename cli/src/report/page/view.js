// What of the report is looked at, kept in the page's address, so that a link shows the same.

const view = {
  query: "", inJson: false, kinds: new Set(), session: null, name: null, place: null,
  from: null, to: null, zone: "UTC", aligned: false, alignedAtFirst: false, row: null,
};

/** The settings that say which events are listed; the others only say how. */
const CHOOSING = ["query", "inJson", "kinds", "session", "name", "place", "from", "to", "aligned"];
const listeners = [];

/** Changes the view, and tells all that show it. */
function look(changes) {
  Object.assign(view, changes);
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
  for (const name of ["session", "name", "place", "row"]) {
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
    const text = parameters.get(name);
    const value = Number(text);
    return text !== null && Number.isInteger(value) && value >= 0 && value < end ? value : null;
  };
  view.query = parameters.get("q") ?? "";
  view.inJson = parameters.has("json");
  const kinds = (parameters.get("kinds") ?? "").split("-").filter(Boolean).map(Number);
  view.kinds = new Set(kinds.filter((kind) => kind in KINDS));
  view.session = number("session", model.sessions.length);
  view.name = number("name", model.texts.length);
  view.place = number("place", model.texts.length);
  view.row = number("row", model.count);
  const span = (parameters.get("span") ?? "").split("_").map(Number);
  const isSpan = span.length === 2 && span.every(Number.isFinite) && span[0] < span[1];
  [view.from, view.to] = isSpan ? span : [null, null];
  view.zone = ["local", "visitor"].includes(parameters.get("zone")) ? parameters.get("zone") : "UTC";
  view.aligned = parameters.has("aligned") ? parameters.get("aligned") === "1" : view.alignedAtFirst;
}

/** The time zone of what is told of a session. */
function zoneOf(session) {
  if (view.zone === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return view.zone === "visitor" ? session?.zone ?? "UTC" : "UTC";
}

/** Where an event is on the timeline: its time, or the time since its session began. */
function positionOf(model, row) {
  const at = model.rows.at[row];
  if (at == null || !view.aligned) return at;
  return at - model.sessions[model.rows.session[row]].first;
}

/** The rows that are looked at. `inJson` has those whose JSON holds the query, if it was asked for. */
function chosenRows(model, inJson) {
  const { rows, texts } = model;
  const query = view.query.trim().toLowerCase();
  const holds = query === "" ? null : texts.map((text) => text.toLowerCase().includes(query));
  const chosen = [];
  for (let row = 0; row < model.count; row += 1) {
    if (view.kinds.size && !view.kinds.has(rows.kind[row])) continue;
    if (view.session !== null && rows.session[row] !== view.session) continue;
    if (view.name !== null && rows.name[row] !== view.name) continue;
    if (view.place !== null && rows.place[row] !== view.place) continue;
    if (view.from !== null) {
      const at = positionOf(model, row);
      if (at == null || at < view.from || at > view.to) continue;
    }
    if (holds && !holds[rows.name[row]] && !holds[rows.place[row]] && !holds[rows.detail[row]] && !inJson?.has(row)) continue;
    chosen.push(row);
  }
  return chosen;
}
