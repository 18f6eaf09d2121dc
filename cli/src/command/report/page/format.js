// Formats numbers and times, and creates elements. Data from the service is added as text, never as HTML.

/** Keep in the order of `Kind` in `summary.rs`. */
const KINDS = ["Page view", "Activity", "Segment", "Offer", "Outcome", "Other"];
const KINDS_PLURAL = ["Page views", "Activity", "Segments", "Offer steps", "Outcomes", "Other types"];

const [VIEW, , SEGMENT, OFFER, OUTCOME, OTHER] = KINDS.keys();

/** Creates an element; children are elements or strings. */
function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) created.addEventListener(name.slice(2), value);
    else if (value === true) created.setAttribute(name, "");
    else if (value !== false && value != null) created.setAttribute(name, value);
  }
  created.append(...children);
  return created;
}

/** Text from the service, whose direction doesn't affect its surroundings. */
const isolated = (text) => element("bdi", {}, text);

const byId = (id) => document.getElementById(id);

function plural(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

const STATE_LABELS = new Map([["timedout", "timed out"], ["errored", "failed"]]);

/** Formats a value of the service: `frequencyCapReached` becomes `frequency cap reached`. */
function humanized(value) {
  return STATE_LABELS.get(value) ?? value.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Formats the time between two displayed times: in whole seconds, unless it is short. */
function elapsed(from, to) {
  return to - from < 10_000 ? duration(to - from) : duration((Math.floor(to / 1000) - Math.floor(from / 1000)) * 1000);
}

/** Formats a duration in at most two units. */
function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  let rest = Math.round(seconds);
  const parts = [];
  for (const [size, unit] of units) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number > 0) parts.push(`${number} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

const formats = new Map();

/** Returns a cached date format for a time zone. */
function dateFormat(zone, parts) {
  const key = zone + JSON.stringify(parts);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone }));
  return formats.get(key);
}

/** Whether the browser knows a time zone. */
function isZone(zone) {
  try {
    return Boolean(zone) && Boolean(dateFormat(zone, {}));
  } catch {
    return false;
  }
}

const DAY = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit" };

function dateTime(at, zone) {
  return at == null ? "no date" : dateFormat(zone, { ...DAY, ...TIME }).format(at);
}

function dateTimeExact(at, zone) {
  return at == null ? "no date" : dateFormat(zone, { ...DAY, ...TIME, fractionalSecondDigits: 3 }).format(at);
}

/** Formats a time span, with the day only once if both ends share it. */
function timeSpan(from, to, zone) {
  if (from == null) return "no dates";
  const day = dateFormat(zone, DAY);
  const end = day.format(from) === day.format(to) ? dateFormat(zone, TIME).format(to) : dateTime(to, zone);
  return from === to ? dateTime(from, zone) : `${dateTime(from, zone)} to ${end}`;
}

/** Formats the time since a session's start, with milliseconds for short steps. */
function sinceStart(at, step) {
  const twoDigits = (number) => String(Math.floor(number) % 60).padStart(2, "0");
  const fraction = step < 1000 ? `.${String(at % 1000).padStart(3, "0")}` : "";
  return `+${Math.floor(at / 3600e3)}:${twoDigits(at / 60e3)}:${twoDigits(at / 1000)}${fraction}`;
}
