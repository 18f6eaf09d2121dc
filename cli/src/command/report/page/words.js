// Words, numbers and elements. Whatever the service sent goes into the page as text, never as HTML.

/** In the order of `Kind` in `digest.rs`. */
const KINDS = ["Page view", "Activity", "Segment", "Offer", "Outcome", "Other"];
const KINDS_PLURAL = ["Page views", "Activity", "Segments", "Offer steps", "Outcomes", "Other types"];

const [VIEW, , SEGMENT, OFFER, OUTCOME, OTHER] = KINDS.keys();

/** An element; children are elements or text. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A text of the service, which keeps its direction to itself. */
const isolated = (text) => element("bdi", {}, text);

const byId = (id) => document.getElementById(id);

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

const IN_WORDS = new Map([["timedout", "timed out"], ["errored", "failed"]]);

/** A value of the service in words: `frequencyCapReached` is `frequency cap reached`. */
function inWords(value) {
  return IN_WORDS.get(value) ?? value.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The duration between two times, as their clocks tell it: to the second, but for short ones. */
function between(from, to) {
  return to - from < 10_000 ? duration(to - from) : duration((Math.floor(to / 1000) - Math.floor(from / 1000)) * 1000);
}

/** A duration in words, to two units. */
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

const clocks = new Map();

/** A format of dates in a time zone. */
function clock(zone, parts) {
  const key = zone + JSON.stringify(parts);
  if (!clocks.has(key)) clocks.set(key, new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone }));
  return clocks.get(key);
}

/** Whether the browser knows a time zone. */
function isZone(zone) {
  try {
    return Boolean(zone) && Boolean(clock(zone, {}));
  } catch {
    return false;
  }
}

const DAY = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit" };

function dateTime(at, zone) {
  return at == null ? "no date" : clock(zone, { ...DAY, ...TIME }).format(at);
}

function dateTimeExact(at, zone) {
  return at == null ? "no date" : clock(zone, { ...DAY, ...TIME, fractionalSecondDigits: 3 }).format(at);
}

/** From and to, the day once if it is the same. */
function timeSpan(from, to, zone) {
  if (from == null) return "no dates";
  const day = clock(zone, DAY);
  const end = day.format(from) === day.format(to) ? clock(zone, TIME).format(to) : dateTime(to, zone);
  return from === to ? dateTime(from, zone) : `${dateTime(from, zone)} to ${end}`;
}

/** A time since a session's start, in hours, minutes, seconds and, for short steps, parts of them. */
function sinceStart(at, step) {
  const two = (number) => String(Math.floor(number) % 60).padStart(2, "0");
  const parts = step < 1000 ? `.${String(at % 1000).padStart(3, "0")}` : "";
  return `+${Math.floor(at / 3600e3)}:${two(at / 60e3)}:${two(at / 1000)}${parts}`;
}
