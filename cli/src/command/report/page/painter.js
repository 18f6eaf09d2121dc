// Draws the timeline as SVG. A lane shows pages, then the number of events, then one row each of marks for
// segments, offers and outcomes. Shapes of one style share a path, so that a chart has a few hundred
// elements for any number of events.

const LANE_HEIGHT = 96;
const AXIS_HEIGHT = 22;
const PAGES = { top: 2, height: 26 };
const EVENTS = { bottom: 56, height: 26 };
/** Vertical middle of the marks of each kind. */
const MARKS = { [SEGMENT]: 64, [OFFER]: 74, [OUTCOME]: 86, [OTHER]: 86 };
const PAGE_COLOURS = 6;
/** Distances between ticks, in milliseconds. */
const TICK_STEPS = [10, 50, 100, 500, 1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3,
  7 * 86400e3, 28 * 86400e3, 365 * 86400e3, 10 * 365 * 86400e3, 100 * 365 * 86400e3, 1000 * 365 * 86400e3];

/** Measures text in the font that `style.css` sets for charts. */
const textMeasure = document.createElement("canvas").getContext("2d");
textMeasure.font = "11.5px system-ui, sans-serif";

/** Creates an SVG element. */
function svgElement(tag, attributes, text = "") {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => created.setAttribute(name, value));
  created.append(text);
  return created;
}

/** Truncates a text to a width, and isolates its direction. */
function truncated(text, width) {
  const letters = [...text];
  const isolate = (part) => `\u2068${part}\u2069`;
  if (textMeasure.measureText(text).width <= width) return isolate(text);
  while (letters.length > 1 && textMeasure.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return isolate(`${letters.join("").trimEnd()}…`);
}

const rounded = (length) => Math.round(length * 10) / 10;
const rectangle = (x, y, width, height) => `M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h${-rounded(width)}z`;

/** Collects one path per style, and texts on top. */
class Drawing {
  constructor() {
    this.paths = new Map();
    this.texts = [];
  }

  add(style, path) {
    this.paths.set(style, `${this.paths.get(style) ?? ""}${path}`);
  }

  write(text, x, y, style = "") {
    this.texts.push(svgElement("text", { x: rounded(x), y, class: style }, text));
  }

  elements() {
    const paths = [...this.paths].map(([style, path]) => svgElement("path", { class: style, d: path }));
    return [...paths, ...this.texts];
  }
}

class Painter {
  /** `highlighted` flags the rows that match the filters; null if all do. */
  constructor(model, span, width, highlighted) {
    this.model = model;
    this.isFiltered = highlighted !== null;
    this.isHighlighted = (row) => highlighted === null || highlighted[row] === 1;
    this.span = span;
    this.width = width;
  }

  x(at) {
    const [from, to] = this.span;
    return ((at - from) / (to - from)) * this.width;
  }

  drawAxis(svg) {
    const drawing = new Drawing();
    const [from, to] = this.span;
    const step = TICK_STEPS.find((step) => (step / (to - from)) * this.width > 95) ?? TICK_STEPS.at(-1);
    const zone = commonZone(this.model);
    const parts = step < 1000 ? { ...TIME, fractionalSecondDigits: 3 } : step < 86400e3 ? TIME : DAY;
    let day = null;
    const begin = Math.ceil(from / step) * step;
    for (let at = view.aligned ? Math.max(begin, 0) : begin; at <= to; at += step) {
      const x = this.x(at);
      drawing.add("tick", rectangle(x, AXIS_HEIGHT - 5, 1, 5));
      let label = view.aligned ? sinceStart(at, step) : dateFormat(zone, parts).format(at);
      const today = dateFormat(zone, DAY).format(at);
      if (!view.aligned && parts !== DAY && today !== day && step >= 3600e3) label = today;
      day = today;
      drawing.write(label, x + 3, AXIS_HEIGHT / 2, "tick");
    }
    this.render(svg, drawing, AXIS_HEIGHT);
  }

  drawLane(lane) {
    const drawing = new Drawing();
    const [from, to] = this.span;
    const begin = firstFrom(lane.at, from);
    const end = firstFrom(lane.at, to);
    this.drawIdle(drawing, lane);
    this.drawPages(drawing, lane, begin, end);
    this.drawEvents(drawing, lane, begin, end);
    this.drawMarks(drawing, lane, begin, end);
    const selected = view.row !== null && this.model.rows.session[view.row] === lane.session.number && this.model.rows.at[view.row];
    if (typeof selected === "number") drawing.add("selected", rectangle(this.x(selected - lane.offset) - 1, 0, 2, LANE_HEIGHT));
    this.render(lane.svg, drawing, LANE_HEIGHT);
  }

  render(svg, drawing, height) {
    svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    svg.replaceChildren(...drawing.elements());
  }

  drawIdle(drawing, lane) {
    /** Share of each pixel covered by idle periods narrower than a pixel. */
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
      drawing.add("idle", rectangle(left, 0, right - left, LANE_HEIGHT));
      const text = `idle ${elapsed(from, to)}`;
      const width = textMeasure.measureText(text).width;
      if (width + 8 > right - left) continue;
      const x = (Math.max(left, 0) + Math.min(right, this.width) - width) / 2;
      drawing.add("label-background", rectangle(x - 3, LANE_HEIGHT / 2 - 6, width + 6, 16));
      drawing.write(text, x, LANE_HEIGHT / 2 + 2);
    }
    for (const [pixel, share] of narrow) {
      if (share > 0.5) drawing.add("idle", rectangle(pixel, 0, 1, LANE_HEIGHT));
    }
  }

  drawPages(drawing, lane, begin, end) {
    const { open } = this.model.rows;
    let bar = null;
    let drawn = -Infinity;
    const close = (to) => {
      // A bar narrower than a pixel is drawn only where there is none yet.
      if (bar !== null && this.x(to) > drawn + 1) drawn = this.drawPage(drawing, lane, bar, to);
      bar = null;
    };
    // Start with the event before the span: its page is still open.
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

  /** Returns where the bar ends. */
  drawPage(drawing, lane, { page, at }, to) {
    const left = Math.max(this.x(at), -1);
    const right = Math.min(Math.max(this.x(to), left + 1), this.width + 1);
    drawing.add(`b${page % PAGE_COLOURS}`, rectangle(left, PAGES.top, right - left, PAGES.height));
    const room = Math.min(right, this.width) - Math.max(left, 0) - 10;
    if (room > 30) {
      const text = truncated(lane.session.titles.get(page), room);
      drawing.write(text, Math.max(left, 0) + 5, PAGES.top + PAGES.height / 2);
    }
    return right;
  }

  drawEvents(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const counts = new Map();
    for (let index = begin; index < end; index += 1) {
      const [row, x] = [lane.rows[index], Math.round(this.x(lane.at[index]))];
      const count = counts.get(x) ?? { views: 0, highlighted: 0, all: 0 };
      count.all += 1;
      if (this.isHighlighted(row)) {
        count.highlighted += 1;
        count.views += Number(kind[row] === VIEW);
      }
      counts.set(x, count);
    }
    const most = Math.max(4, ...[...counts.values()].map(({ all }) => all));
    const height = (number) => 4 + (EVENTS.height - 4) * (Math.log1p(number) / Math.log1p(most));
    const bars = [["bar k1", "highlighted", 1.5], ["bar k0", "views", 2]];
    if (this.isFiltered) bars.unshift(["dimmed", "all", 1.5]);
    for (const [style, count, width] of bars) {
      for (const [x, { [count]: number }] of counts) {
        if (number > 0) drawing.add(style, rectangle(x - 0.5, EVENTS.bottom - height(number), width, height(number)));
      }
    }
  }

  /** Marks that would overlap are drawn as one, with their number. */
  drawMarks(drawing, lane, begin, end) {
    const open = new Map();
    const close = (kind) => {
      if (open.has(kind)) this.drawMark(drawing, kind, open.get(kind));
      open.delete(kind);
    };
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      const kind = this.model.rows.kind[row];
      if (!(kind in MARKS) || !this.isHighlighted(row)) continue;
      const x = this.x(lane.at[index]);
      const marks = open.get(kind);
      if (marks && (x > marks.last + 10 || x > marks.first + 24)) close(kind);
      if (!open.has(kind)) open.set(kind, { first: x, items: new Set(), isFilled: kind !== OFFER });
      const mark = open.get(kind);
      mark.last = x;
      // An offer counts once, whatever its steps.
      const offer = lane.offers.get(row);
      mark.items.add(offer ?? row);
      mark.isFilled ||= offer !== undefined && isAccepted(offer);
    }
    [...open.keys()].forEach(close);
  }

  drawMark(drawing, kind, { first, items, isFilled }) {
    const [x, y] = [rounded(first), MARKS[kind]];
    const style = `mark k${kind} ${isFilled ? "" : "hollow"}`;
    if (kind === SEGMENT) drawing.add(style, rectangle(x - 4, y - 4, 8, 8));
    else if (kind === OUTCOME) drawing.add(style, `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z`);
    else drawing.add(style, `M${x} ${y - 5}l5 5l-5 5l-5 -5z`);
    if (items.size > 1) drawing.write(items.size.toLocaleString("en"), x + 7, y, `number k${kind}`);
  }

  /** Draws the time span selected by dragging. */
  drawSelection(lane, from, to) {
    if (!lane.selection?.isConnected) {
      lane.selection = svgElement("path", { class: "selection" });
      lane.svg.append(lane.selection);
    }
    lane.selection.setAttribute("d", rectangle(Math.min(from, to), 0, Math.abs(to - from), LANE_HEIGHT));
  }
}
