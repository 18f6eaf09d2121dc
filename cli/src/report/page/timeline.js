// The timeline: a lane a session, all to one scale. A lane has the pages on top, under them how many
// events there were, and marks for segments, offers and outcomes.

const LANE = 96;
const AXIS = 22;
const PAGES = { top: 2, height: 26 };
const EVENTS = { bottom: 56, height: 26 };
/** The middle of each kind of mark: segments, offers, outcomes, other types. */
const MARKS = { 2: 64, 3: 74, 4: 86, 5: 86 };
/** The shortest span that can be shown, in milliseconds. */
const SHORTEST = 50;
const STEPS = [10, 50, 100, 500, 1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3,
  7 * 86400e3, 28 * 86400e3, 365 * 86400e3, 10 * 365 * 86400e3, 100 * 365 * 86400e3];

class Timeline {
  constructor(model) {
    this.model = model;
    this.lanes = model.sessions.map((session) => ({ session, canvas: element("canvas") }));
    this.axis = element("canvas", { id: "axis" });
    const name = ({ session }) => `${session.label}: ${whenOf(session, zoneOf(session))}. The events are in the list below.`;
    byId("lanes").replaceChildren(this.axis, ...this.lanes.map((lane) => {
      lane.canvas.setAttribute("role", "img");
      lane.canvas.setAttribute("aria-label", name(lane));
      const label = element("p", {}, isolated(`${lane.session.label} · ${lane.session.type} · ${lane.session.id}`));
      return element("div", { class: "lane" }, model.sessions.length > 1 ? label : "", lane.canvas);
    }));
    this.axis.setAttribute("aria-hidden", "true");
    this.arrange();
    this.listen();
  }

  /** Puts each session's events into the order of their times. */
  arrange() {
    const byTime = this.lanes.map(() => []);
    for (let row = 0; row < this.model.count; row += 1) {
      if (this.model.rows.at[row] != null) byTime[this.model.rows.session[row]].push(row);
    }
    this.lanes.forEach((lane, number) => {
      const rows = byTime[number];
      lane.offset = view.aligned ? lane.session.first ?? 0 : 0;
      lane.rows = rows.sort((one, other) => this.model.rows.at[one] - this.model.rows.at[other] || one - other);
      lane.at = Float64Array.from(lane.rows, (row) => this.model.rows.at[row] - lane.offset);
    });
    const dated = this.lanes.filter((lane) => lane.at.length > 0);
    const first = Math.min(...dated.map((lane) => lane.at[0]));
    const last = Math.max(...dated.map((lane) => lane.at.at(-1)));
    const margin = Math.max((last - first) / 100, 500);
    this.all = dated.length === 0 ? null : [first - margin, last + margin];
    this.isAligned = view.aligned;
  }

  get span() {
    return view.from === null ? this.all : [view.from, view.to];
  }

  draw() {
    if (this.isAligned !== view.aligned) this.arrange();
    if (this.all === null) {
      byId("timeline").hidden = true;
      return;
    }
    this.width = byId("lanes").clientWidth;
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(name).trim();
    this.drawAxis();
    this.lanes.forEach((lane) => this.drawLane(lane));
  }

  x(at) {
    const [from, to] = this.span;
    return ((at - from) / (to - from)) * this.width;
  }

  at(x) {
    const [from, to] = this.span;
    return from + (x / this.width) * (to - from);
  }

  pencil(canvas, height) {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
    const pencil = canvas.getContext("2d");
    pencil.scale(scale, scale);
    pencil.font = "11.5px system-ui, sans-serif";
    pencil.textBaseline = "middle";
    return pencil;
  }

  drawAxis() {
    const pencil = this.pencil(this.axis, AXIS);
    const [from, to] = this.span;
    const step = STEPS.find((step) => (step / (to - from)) * this.width > 95) ?? STEPS.at(-1);
    const zone = zoneOf(this.model.sessions[0]);
    const parts = step < 1000 ? { ...TIME, fractionalSecondDigits: 3 } : step < 86400e3 ? TIME : DAY;
    let day = null;
    pencil.fillStyle = this.colour("--soft");
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const x = this.x(at);
      pencil.fillRect(x, AXIS - 5, 1, 5);
      let label = view.aligned ? `+${duration(Math.max(at, 0))}` : clock(zone, parts).format(at);
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
    pencil.strokeStyle = this.colour("--idle");
    for (const [from, to] of lane.session.idle) {
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
      this.label(pencil, `idle ${duration(to - from)}`, left, right, LANE / 2 + 2, this.colour("--paper"));
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
    const { place, kind } = this.model.rows;
    const isIdle = new Map(lane.session.idle);
    const empty = this.model.numbers.get("");
    let open = null;
    const close = (to) => {
      if (open === null) return;
      const left = this.x(open.at);
      const width = Math.max(this.x(to) - left, 1);
      pencil.fillStyle = this.colour(`--b${open.place % 6}`);
      pencil.fillRect(left, PAGES.top, width, PAGES.height);
      const title = this.model.texts[open.place];
      const room = Math.min(left + width, this.width) - Math.max(left, 0) - 10;
      if (room > 30) {
        let text = title;
        while (text.length > 1 && pencil.measureText(text).width > room) text = `${text.slice(0, -2).trimEnd()}…`;
        pencil.fillStyle = this.colour("--ink");
        pencil.fillText(text, Math.max(left, 0) + 5, PAGES.top + PAGES.height / 2);
      }
      open = null;
    };
    // The page that was open when the span begins is named by an event before it.
    let start = begin;
    while (start > 0 && begin - start < 500 && (start === begin || place[lane.rows[start]] === empty)) start -= 1;
    for (let index = start; index < Math.min(end + 1, lane.rows.length); index += 1) {
      const row = lane.rows[index];
      const at = lane.at[index];
      const isNew = place[row] !== empty && (kind[row] === 0 || place[row] !== open?.place);
      if (isNew && open !== null && (place[row] !== open.place || this.x(at) - this.x(open.at) > 1)) close(at);
      if (isNew && open === null) open = { place: place[row], at };
      const idle = isIdle.get(at + lane.offset);
      if (idle !== undefined && open !== null) close(at);
    }
    if (open !== null) close(lane.at[Math.min(end, lane.at.length - 1)]);
  }

  drawEvents(pencil, lane, begin, end) {
    const { kind } = this.model.rows;
    const counts = new Map();
    for (let index = begin; index < end; index += 1) {
      const x = Math.round(this.x(lane.at[index]));
      const count = counts.get(x) ?? { views: 0, all: 0 };
      count.all += 1;
      if (kind[lane.rows[index]] === 0) count.views += 1;
      counts.set(x, count);
    }
    const most = Math.max(4, ...[...counts.values()].map(({ all }) => all));
    const height = (number) => (number === 0 ? 0 : 4 + (EVENTS.height - 4) * (Math.log1p(number) / Math.log1p(most)));
    for (const [x, { views, all }] of counts) {
      pencil.fillStyle = this.colour("--k1");
      pencil.fillRect(x - 0.5, EVENTS.bottom - height(all), 1.5, height(all));
      if (views === 0) continue;
      pencil.fillStyle = this.colour("--k0");
      pencil.fillRect(x - 0.5, EVENTS.bottom - height(views), 2, height(views));
    }
  }

  drawMarks(pencil, lane, begin, end) {
    const drawn = new Set();
    for (let index = begin; index < end; index += 1) {
      const kind = this.model.rows.kind[lane.rows[index]];
      const x = Math.round(this.x(lane.at[index]));
      if (kind < 2 || drawn.has(kind * 1e6 + x)) continue;
      drawn.add(kind * 1e6 + x);
      pencil.fillStyle = this.colour(`--k${kind}`);
      pencil.beginPath();
      if (kind === 2) pencil.rect(x - 4, MARKS[kind] - 4, 8, 8);
      else if (kind === 4) pencil.arc(x, MARKS[kind], 5, 0, 7);
      else [[0, -5], [5, 0], [0, 5], [-5, 0]].forEach(([right, down]) => pencil.lineTo(x + right, MARKS[kind] + down));
      pencil.fill();
    }
  }

  /** The event of a lane that is nearest to a place. */
  nearest(lane, x) {
    const at = this.at(x);
    const index = firstFrom(lane.at, at);
    const candidates = [index - 1, index].filter((index) => index >= 0 && index < lane.at.length);
    candidates.sort((one, other) => Math.abs(lane.at[one] - at) - Math.abs(lane.at[other] - at));
    return candidates.length === 0 ? null : lane.rows[candidates[0]];
  }

  /** Shows a part of the span, from one share of its width to another; never more than there is. */
  zoom(left, right) {
    if (this.all === null) return;
    const [from, to] = this.span;
    const length = Math.max((right - left) * (to - from), SHORTEST);
    const middle = from + ((left + right) / 2) * (to - from);
    const [least, most] = this.all;
    if (length >= most - least) return look({ from: null, to: null });
    const start = Math.min(Math.max(middle - length / 2, least), most - length);
    look({ from: Math.floor(start), to: Math.ceil(start + length) });
  }

  listen() {
    const moves = {
      ArrowLeft: () => this.zoom(-0.25, 0.75), ArrowRight: () => this.zoom(0.25, 1.25),
      "+": () => this.zoom(0.25, 0.75), "=": () => this.zoom(0.25, 0.75), "-": () => this.zoom(-0.5, 1.5),
      0: () => look({ from: null, to: null }), Home: () => this.zoom(-1e6, -1e6 + 1), End: () => this.zoom(1e6, 1e6 + 1),
    };
    byId("lanes").addEventListener("keydown", (key) => {
      if (!(key.key in moves) || key.ctrlKey || key.metaKey || key.altKey) return;
      key.preventDefault();
      moves[key.key]();
    });
    const button = (text, label, move) => element("button", { type: "button", "aria-label": label, title: label, onclick: move }, text);
    byId("timeline-tools").append(
      button("◀", "Earlier", moves.ArrowLeft), button("▶", "Later", moves.ArrowRight),
      button("+", "Zoom in", moves["+"]), button("−", "Zoom out", moves["-"]), button("All", "Show all", moves[0]),
    );
    this.lanes.forEach((lane) => this.listenTo(lane));
    new ResizeObserver(() => byId("lanes").clientWidth !== this.width && this.draw()).observe(byId("lanes"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  listenTo(lane) {
    const { canvas } = lane;
    let start = null;
    canvas.addEventListener("pointerdown", (pointer) => {
      start = pointer.offsetX;
      canvas.setPointerCapture(pointer.pointerId);
    });
    canvas.addEventListener("pointermove", (pointer) => {
      if (start === null) return this.showTip(lane, pointer);
      this.drawLane(lane);
      const pencil = canvas.getContext("2d");
      pencil.globalAlpha = 0.25;
      pencil.fillStyle = this.colour("--accent");
      pencil.fillRect(start, 0, pointer.offsetX - start, LANE);
      pencil.globalAlpha = 1;
      return undefined;
    });
    canvas.addEventListener("pointerup", (pointer) => {
      const from = start;
      start = null;
      if (from === null) return;
      const [left, right] = [from, pointer.offsetX].sort((one, other) => one - other).map((x) => x / this.width);
      if (Math.abs(pointer.offsetX - from) > 5) this.zoom(left, right);
      else look({ row: this.nearest(lane, pointer.offsetX) });
    });
    canvas.addEventListener("pointercancel", () => { start = null; });
    canvas.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
    canvas.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      const share = wheel.offsetX / this.width;
      const factor = wheel.deltaY > 0 ? 1.5 : 1 / 1.5;
      this.zoom(share - share * factor, share + (1 - share) * factor);
    }, { passive: false });
  }

  showTip(lane, pointer) {
    const row = this.nearest(lane, pointer.offsetX);
    const tip = byId("tip");
    tip.hidden = row === null;
    if (row === null) return;
    const { rows, texts } = this.model;
    const place = texts[rows.place[row]];
    tip.replaceChildren(isolated(`${texts[rows.name[row]]}${place === "" ? "" : ` · ${place}`}`), element("br"), dateTime(rows.at[row], zoneOf(lane.session)));
    tip.style.left = `${Math.min(pointer.clientX + 12, window.innerWidth - 300)}px`;
    tip.style.top = `${pointer.clientY + 16}px`;
  }
}

/** The index of the first value that is not below `least`. */
function firstFrom(values, least) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
