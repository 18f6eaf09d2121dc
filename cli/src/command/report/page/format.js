// Formats numbers and times, and creates elements. Data from the service is added as text, never as HTML.

/** Keep in the order of `Kind` in `summary.rs`. */
const KINDS = ["Page view", "Activity", "Search", "Segment", "Offer", "Outcome", "Other"];
const KINDS_PLURAL = ["Page views", "Activity", "Searches", "Segments", "Offers", "Outcomes", "Other types"];

const [VIEW, ACTIVITY, SEARCH, SEGMENT, OFFER, OUTCOME, OTHER] = KINDS.keys();

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

/** Creates a button that shows a sign; its label is read out, and shown under the pointer. */
const toolButton = (sign, label, onclick) => element("button", { type: "button", "aria-label": label, title: label, onclick }, sign);

/** Creates an SVG element. */
function svgElement(tag, attributes, text = "") {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => created.setAttribute(name, value));
  created.append(text);
  return created;
}

/** Text from the service, whose direction doesn't affect its surroundings. */
const isolated = (text) => element("bdi", {}, text);

const byId = (id) => document.getElementById(id);

const rounded = (length) => Math.round(length * 10) / 10;

/** Formats a number, with separators between thousands. */
const figure = (number) => number.toLocaleString("en");

function plural(number, noun) {
  return `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Letters and marks that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name within a text, whose surroundings keep their order. */
const apart = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

/** Puts "and" before the last of several texts. */
function joined(texts) {
  const names = texts.map(apart);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Lists the first names, and counts the rest. */
function listed(names, most) {
  const left = names.length - most;
  const first = names.slice(0, most).map(apart).join(", ");
  return left > 0 ? `${first} and ${figure(left)} more` : first;
}

/** Counts each value, most frequent first. */
function tally(values) {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return [...counts].sort((one, other) => other[1] - one[1]);
}

const STATE_LABELS = new Map([["timedout", "timed out"], ["errored", "failed"], ["rejected", "declined"]]);

/** Formats a value of the service: `frequencyCapReached` and `order_completed` as words. */
function humanized(value) {
  return STATE_LABELS.get(value) ?? value.replaceAll("_", " ").replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
}

const capitalized = (text) => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

/** A sentence's beginning within another sentence. */
const uncapitalized = (text) => text.replace(/^\p{Lu}/u, (letter) => letter.toLowerCase());

const IS_UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Shortens ids for people: `4115 3178`. The short names are distinct if the ids' beginnings or ends are. */
function shortened(ids) {
  const parts = (text) => `${text.slice(0, 4)} ${text.slice(4)}`;
  const begins = tally([...new Set(ids)].map((id) => id.slice(0, 8)));
  const isCommon = new Set(begins.filter(([, count]) => count > 1).map(([begin]) => begin));
  return new Map(ids.map((id) => {
    if (IS_UUID.test(id)) return [id, parts(isCommon.has(id.slice(0, 8)) ? id.slice(-8) : id.slice(0, 8))];
    const letters = [...id];
    return [id, letters.length > 24 ? `${letters.slice(0, 12).join("")}…${letters.slice(-6).join("")}` : id];
  }));
}

/** Formats the time between two displayed times: in whole seconds, unless it is short. */
function elapsed(from, to) {
  return to - from < 10_000 ? duration(to - from) : duration((Math.floor(to / 1000) - Math.floor(from / 1000)) * 1000);
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** Formats a duration in at most two units. */
function duration(milliseconds, most = 2) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  let rest = Math.round(seconds);
  const parts = [];
  for (const [size, unit] of UNITS) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number > 0) parts.push(`${number} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === most) break;
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
const MINUTE = { hour: "2-digit", minute: "2-digit" };
const TIME = { ...MINUTE, second: "2-digit" };

function dateTime(at, zone, parts = TIME) {
  return at == null ? "no date" : dateFormat(zone, { ...DAY, ...parts }).format(at);
}

/** Formats a time of day. */
const timeOfDay = (at, zone, parts = TIME) => (at == null ? "no date" : dateFormat(zone, parts).format(at));

const dayOf = (at, zone) => dateFormat(zone, DAY).format(at);

/** Formats a duration as people say it: in minutes from 10 minutes on. */
const roughly = (milliseconds) => duration(milliseconds < 600e3 ? milliseconds : Math.round(milliseconds / 60e3) * 60e3);

/** Longest time span that is shown with times of day, in milliseconds. */
const LONG = 3 * 86400e3;

/** Formats a time span in minutes, with the day only once if both ends share it. */
function timeSpan(from, to, zone) {
  if (from == null) return "no dates";
  if (to - from > LONG) return dateFormat(zone, DAY).formatRange(from, to);
  if (to - from < 60_000) return dateTime(from, zone, MINUTE);
  const isSameYear = dateFormat(zone, { year: "numeric" }).format(from) === dateFormat(zone, { year: "numeric" }).format(to);
  const later = dateFormat(zone, { ...(isSameYear ? { month: "short", day: "numeric" } : DAY), ...MINUTE }).format(to);
  const end = dayOf(from, zone) === dayOf(to, zone) ? timeOfDay(to, zone, MINUTE) : later;
  return `${dateTime(from, zone, MINUTE)} to ${end}`;
}
