// Draws the timeline as SVG. A lane has the pages on top, under them how many events there were, and then
// a row of marks each for segments, offers and outcomes. Shapes of one style are one path, so that a picture
// has a few hundred elements, however many events there are.

const LANE = 96;
const AXIS = 22;
const PAGES = { top: 2, height: 26 };
const EVENTS = { bottom: 56, height: 26 };
/** The middle of each kind of mark: segments, offers, outcomes, other types. */
const MARKS = { [SEGMENT]: 64, [OFFER]: 74, [OUTCOME]: 86, [OTHER]: 86 };
/** Colours of pages. */
const PAGE_COLOURS = 6;
const STEPS = [10, 50, 100, 500, 1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3,
  7 * 86400e3, 28 * 86400e3, 365 * 86400e3, 10 * 365 * 86400e3, 100 * 365 * 86400e3, 1000 * 365 * 86400e3];

/** Measures texts, as the page's style shows those of a picture. */
const ruler = document.createElement("canvas").getContext("2d");
ruler.font = "11.5px system-ui, sans-serif";

/** An element of a picture. */
function shape(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(text);
  return made;
}

/** As much of a text as there is room for, in its own direction. */
function cut(text, room) {
  const letters = [...text];
  const isolate = (shown) => `\u2068${shown}\u2069`;
  if (ruler.measureText(text).width <= room) return isolate(text);
  while (letters.length > 1 && ruler.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return isolate(`${letters.join("").trimEnd()}…`);
}

const rounded = (length) => Math.round(length * 10) / 10;
const rectangle = (x, y, width, height) => `M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h${-rounded(width)}z`;

/** Paths by their style, and texts, which lie on all of them. */
class Picture {
  constructor() {
    this.paths = new Map();
    this.texts = [];
  }

  add(style, path) {
    this.paths.set(style, `${this.paths.get(style) ?? ""}${path}`);
  }

  write(text, x, y, style = "") {
    this.texts.push(shape("text", { x: rounded(x), y, class: style }, text));
  }

  elements() {
    const paths = [...this.paths].map(([style, path]) => shape("path", { class: style, d: path }));
    return [...paths, ...this.texts];
  }
}

class Painter {
  /** Draws a span, from one time to another, on so many pixels; `chosen` sets off rows, if not all are. */
  constructor(model, span, width, chosen) {
    this.model = model;
    this.isFiltered = chosen !== null;
    this.isChosen = (row) => chosen === null || chosen[row] === 1;
    this.span = span;
    this.width = width;
  }

  x(at) {
    const [from, to] = this.span;
    return ((at - from) / (to - from)) * this.width;
  }

  drawAxis(svg) {
    const picture = new Picture();
    const [from, to] = this.span;
    const step = STEPS.find((step) => (step / (to - from)) * this.width > 95) ?? STEPS.at(-1);
    const zone = commonZone(this.model);
    const parts = step < 1000 ? { ...TIME, fractionalSecondDigits: 3 } : step < 86400e3 ? TIME : DAY;
    let day = null;
    const begin = Math.ceil(from / step) * step;
    for (let at = view.aligned ? Math.max(begin, 0) : begin; at <= to; at += step) {
      const x = this.x(at);
      picture.add("tick", rectangle(x, AXIS - 5, 1, 5));
      let label = view.aligned ? sinceStart(at, step) : clock(zone, parts).format(at);
      const today = clock(zone, DAY).format(at);
      if (!view.aligned && parts !== DAY && today !== day && step >= 3600e3) label = today;
      day = today;
      picture.write(label, x + 3, AXIS / 2, "tick");
    }
    this.show(svg, picture, AXIS);
  }

  drawLane(lane) {
    const picture = new Picture();
    const [from, to] = this.span;
    const begin = firstFrom(lane.at, from);
    const end = firstFrom(lane.at, to);
    this.drawIdle(picture, lane);
    this.drawPages(picture, lane, begin, end);
    this.drawEvents(picture, lane, begin, end);
    this.drawMarks(picture, lane, begin, end);
    const chosen = view.row !== null && this.model.rows.session[view.row] === lane.session.number && this.model.rows.at[view.row];
    if (typeof chosen === "number") picture.add("chosen", rectangle(this.x(chosen - lane.offset) - 1, 0, 2, LANE));
    this.show(lane.svg, picture, LANE);
  }

  show(svg, picture, height) {
    svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    svg.replaceChildren(...picture.elements());
  }

  drawIdle(picture, lane) {
    /** How much of a pixel's width is in idle times that are narrower than one. */
    const narrow = new Map();
    for (const { from, to } of lane.session.idle) {
      const left = Math.max(this.x(from - lane.offset), -1);
      const right = Math.min(this.x(to - lane.offset), this.width + 1);
      if (right <= left) continue;
      if (right - left < 1) {
        const pixel = Math.floor((left + right) / 2);
        narrow.set(pixel, (narrow.get(pixel) ?? 0) + right - left);
        continue;
      }
      picture.add("idle", rectangle(left, 0, right - left, LANE));
      const text = `idle ${between(from, to)}`;
      const width = ruler.measureText(text).width;
      if (width + 8 > right - left) continue;
      const x = (Math.max(left, 0) + Math.min(right, this.width) - width) / 2;
      picture.add("paper", rectangle(x - 3, LANE / 2 - 6, width + 6, 16));
      picture.write(text, x, LANE / 2 + 2);
    }
    for (const [pixel, share] of narrow) {
      if (share > 0.5) picture.add("idle", rectangle(pixel, 0, 1, LANE));
    }
  }

  drawPages(picture, lane, begin, end) {
    const { open } = this.model.rows;
    let bar = null;
    let drawn = -Infinity;
    const close = (to) => {
      // A bar that is narrower than a pixel shows where none is yet.
      if (bar !== null && this.x(to) > drawn + 1) drawn = this.drawPage(picture, lane, bar, to);
      bar = null;
    };
    // From the event before the span on: its page is open when the span begins.
    for (let index = Math.max(begin - 1, 0); index < Math.min(end + 1, lane.rows.length); index += 1) {
      const [row, at] = [lane.rows[index], lane.at[index]];
      if (open[row] !== bar?.page) {
        close(at);
        if (open[row] !== null) bar = { page: open[row], at };
      }
      if (lane.idleFrom.has(row)) close(at);
    }
    close(lane.at[Math.min(end, lane.at.length - 1)]);
  }

  /** Gives where the bar ends. */
  drawPage(picture, lane, { page, at }, to) {
    const left = Math.max(this.x(at), -1);
    const right = Math.min(Math.max(this.x(to), left + 1), this.width + 1);
    picture.add(`b${page % PAGE_COLOURS}`, rectangle(left, PAGES.top, right - left, PAGES.height));
    const room = Math.min(right, this.width) - Math.max(left, 0) - 10;
    if (room > 30) {
      const text = cut(lane.session.titles.get(page), room);
      picture.write(text, Math.max(left, 0) + 5, PAGES.top + PAGES.height / 2);
    }
    return right;
  }

  drawEvents(picture, lane, begin, end) {
    const { kind } = this.model.rows;
    const counts = new Map();
    for (let index = begin; index < end; index += 1) {
      const [row, x] = [lane.rows[index], Math.round(this.x(lane.at[index]))];
      const count = counts.get(x) ?? { views: 0, chosen: 0, all: 0 };
      count.all += 1;
      if (this.isChosen(row)) {
        count.chosen += 1;
        count.views += Number(kind[row] === VIEW);
      }
      counts.set(x, count);
    }
    const most = Math.max(4, ...[...counts.values()].map(({ all }) => all));
    const height = (number) => 4 + (EVENTS.height - 4) * (Math.log1p(number) / Math.log1p(most));
    const bars = [["bar k1", "chosen", 1.5], ["bar k0", "views", 2]];
    if (this.isFiltered) bars.unshift(["dim", "all", 1.5]);
    for (const [style, count, width] of bars) {
      for (const [x, { [count]: number }] of counts) {
        if (number > 0) picture.add(style, rectangle(x - 0.5, EVENTS.bottom - height(number), width, height(number)));
      }
    }
  }

  /** Marks that would lie on each other are one, with their number beside it. */
  drawMarks(picture, lane, begin, end) {
    const open = new Map();
    const close = (kind) => {
      if (open.has(kind)) this.drawMark(picture, kind, open.get(kind));
      open.delete(kind);
    };
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      const kind = this.model.rows.kind[row];
      if (!(kind in MARKS) || !this.isChosen(row)) continue;
      const x = this.x(lane.at[index]);
      const marks = open.get(kind);
      if (marks && (x > marks.last + 10 || x > marks.first + 24)) close(kind);
      if (!open.has(kind)) open.set(kind, { first: x, things: new Set(), isFull: kind !== OFFER });
      const mark = open.get(kind);
      mark.last = x;
      // The steps of an offer are one thing.
      const offer = lane.offers.get(row);
      mark.things.add(offer ?? row);
      mark.isFull ||= offer !== undefined && isAccepted(offer);
    }
    [...open.keys()].forEach(close);
  }

  drawMark(picture, kind, { first, things, isFull }) {
    const [x, y] = [rounded(first), MARKS[kind]];
    const style = `mark k${kind} ${isFull ? "" : "empty"}`;
    if (kind === SEGMENT) picture.add(style, rectangle(x - 4, y - 4, 8, 8));
    else if (kind === OUTCOME) picture.add(style, `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z`);
    else picture.add(style, `M${x} ${y - 5}l5 5l-5 5l-5 -5z`);
    if (things.size > 1) picture.write(things.size.toLocaleString("en"), x + 7, y, `number k${kind}`);
  }

  /** The span that is being dragged over. */
  drawSelection(lane, from, to) {
    if (!lane.selection?.isConnected) {
      lane.selection = shape("path", { class: "selection" });
      lane.svg.append(lane.selection);
    }
    lane.selection.setAttribute("d", rectangle(Math.min(from, to), 0, Math.abs(to - from), LANE));
  }
}
