// Draws the timeline. A lane has the pages on top, under them how many events there were, and then a row
// of marks each for segments, offers and outcomes.

const LANE = 96;
const AXIS = 22;
const PAGES = { top: 2, height: 26 };
const EVENTS = { bottom: 56, height: 26 };
/** The middle of each kind of mark: segments, offers, outcomes, other types. */
const MARKS = { [SEGMENT]: 64, [OFFER]: 74, [OUTCOME]: 86, [OTHER]: 86 };
const STEPS = [10, 50, 100, 500, 1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3,
  7 * 86400e3, 28 * 86400e3, 365 * 86400e3, 10 * 365 * 86400e3, 100 * 365 * 86400e3, 1000 * 365 * 86400e3];

class Painter {
  /** Draws a span, from one time to another, on so many pixels; `chosen` sets off rows, if not all are. */
  constructor(model, span, width, chosen) {
    this.model = model;
    this.isChosen = (row) => chosen === null || chosen[row] === 1;
    this.span = span;
    this.width = width;
    const style = getComputedStyle(document.documentElement);
    const known = new Map();
    this.colour = (name) => {
      if (!known.has(name)) known.set(name, style.getPropertyValue(name).trim());
      return known.get(name);
    };
  }

  x(at) {
    const [from, to] = this.span;
    return ((at - from) / (to - from)) * this.width;
  }

  pencil(canvas, height) {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.aspectRatio = `${this.width} / ${height}`;
    const pencil = canvas.getContext("2d");
    pencil.scale(scale, scale);
    pencil.font = "11.5px system-ui, sans-serif";
    pencil.textBaseline = "middle";
    return pencil;
  }

  drawAxis(canvas) {
    const pencil = this.pencil(canvas, AXIS);
    const [from, to] = this.span;
    const step = STEPS.find((step) => (step / (to - from)) * this.width > 95) ?? STEPS.at(-1);
    const zone = commonZone(this.model);
    const parts = step < 1000 ? { ...TIME, fractionalSecondDigits: 3 } : step < 86400e3 ? TIME : DAY;
    let day = null;
    pencil.fillStyle = this.colour("--soft");
    const begin = Math.ceil(from / step) * step;
    for (let at = view.aligned ? Math.max(begin, 0) : begin; at <= to; at += step) {
      const x = this.x(at);
      pencil.fillRect(x, AXIS - 5, 1, 5);
      let label = view.aligned ? sinceStart(at, step) : clock(zone, parts).format(at);
      const today = clock(zone, DAY).format(at);
      if (!view.aligned && parts !== DAY && today !== day && step >= 3600e3) label = today;
      day = today;
      pencil.fillText(label, x + 3, AXIS / 2);
    }
  }

  drawLane(lane) {
    const pencil = this.pencil(lane.canvas, LANE);
    const [from, to] = this.span;
    const begin = firstFrom(lane.at, from);
    const end = firstFrom(lane.at, to);
    this.drawIdle(pencil, lane);
    this.drawPages(pencil, lane, begin, end);
    this.drawEvents(pencil, lane, begin, end);
    this.drawMarks(pencil, lane, begin, end);
    const chosen = view.row !== null && this.model.rows.session[view.row] === lane.session.number && this.model.rows.at[view.row];
    if (typeof chosen === "number") {
      pencil.fillStyle = this.colour("--ink");
      pencil.fillRect(this.x(chosen - lane.offset) - 1, 0, 2, LANE);
    }
  }

  drawIdle(pencil, lane) {
    pencil.strokeStyle = this.colour("--hatch");
    for (const { from, to } of lane.session.idle) {
      const left = Math.max(this.x(from - lane.offset), -1);
      const right = Math.min(this.x(to - lane.offset), this.width + 1);
      if (right - left < 1) continue;
      pencil.save();
      pencil.beginPath();
      pencil.rect(left, 0, right - left, LANE);
      pencil.clip();
      pencil.beginPath();
      for (let x = left - LANE; x < right; x += 7) {
        pencil.moveTo(x, LANE);
        pencil.lineTo(x + LANE, 0);
      }
      pencil.stroke();
      pencil.restore();
      this.label(pencil, `idle ${between(from, to)}`, left, right, LANE / 2 + 2, this.colour("--paper"));
    }
  }

  /** A text between two places, if it fits. */
  label(pencil, text, left, right, y, paper) {
    const width = pencil.measureText(text).width;
    if (width + 8 > right - left) return;
    const x = (Math.max(left, 0) + Math.min(right, this.width) - width) / 2;
    if (paper) {
      pencil.fillStyle = paper;
      pencil.fillRect(x - 3, y - 8, width + 6, 16);
    }
    pencil.fillStyle = this.colour("--ink");
    pencil.fillText(text, x, y);
  }

  drawPages(pencil, lane, begin, end) {
    const { open } = this.model.rows;
    let bar = null;
    const close = (to) => {
      if (bar !== null) this.drawPage(pencil, lane, bar, to);
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

  drawPage(pencil, lane, { page, at }, to) {
    const left = this.x(at);
    const width = Math.max(this.x(to) - left, 1);
    pencil.fillStyle = this.colour(`--b${page % 6}`);
    pencil.fillRect(left, PAGES.top, width, PAGES.height);
    const room = Math.min(left + width, this.width) - Math.max(left, 0) - 10;
    if (room <= 30) return;
    let text = lane.session.titles.get(page);
    while (text.length > 1 && pencil.measureText(text).width > room) text = `${text.slice(0, -2).trimEnd()}…`;
    pencil.fillStyle = this.colour("--ink");
    pencil.fillText(text, Math.max(left, 0) + 5, PAGES.top + PAGES.height / 2);
  }

  drawEvents(pencil, lane, begin, end) {
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
    const height = (number) => (number === 0 ? 0 : 4 + (EVENTS.height - 4) * (Math.log1p(number) / Math.log1p(most)));
    for (const [x, { views, chosen, all }] of counts) {
      for (const [number, colour, width] of [[all, "--line", 1.5], [chosen, "--k1", 1.5], [views, "--k0", 2]]) {
        pencil.fillStyle = this.colour(colour);
        pencil.fillRect(x - 0.5, EVENTS.bottom - height(number), width, height(number));
      }
    }
  }

  /** Marks that would lie on each other are one, with their number beside it. */
  drawMarks(pencil, lane, begin, end) {
    const open = new Map();
    const close = (kind) => {
      if (open.has(kind)) this.drawMark(pencil, kind, open.get(kind));
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

  drawMark(pencil, kind, { first: x, things, isFull }) {
    const y = MARKS[kind];
    pencil.fillStyle = this.colour(`--k${kind}`);
    pencil.strokeStyle = this.colour(`--k${kind}`);
    pencil.beginPath();
    if (kind === SEGMENT) pencil.rect(x - 4, y - 4, 8, 8);
    else if (kind === OUTCOME) pencil.arc(x, y, 5, 0, 7);
    else [[0, -5], [5, 0], [0, 5], [-5, 0]].forEach(([right, down]) => pencil.lineTo(x + right, y + down));
    pencil.closePath();
    pencil.lineWidth = 1.5;
    if (isFull) pencil.fill();
    pencil.stroke();
    if (things.size === 1) return;
    pencil.save();
    pencil.font = "9px system-ui, sans-serif";
    pencil.fillText(things.size.toLocaleString("en"), x + 7, y);
    pencil.restore();
  }

  /** The span that is being dragged over. */
  drawSelection(lane, from, to) {
    const pencil = lane.canvas.getContext("2d");
    pencil.globalAlpha = 0.25;
    pencil.fillStyle = this.colour("--accent");
    pencil.fillRect(from, 0, to - from, LANE);
    pencil.globalAlpha = 1;
  }
}
