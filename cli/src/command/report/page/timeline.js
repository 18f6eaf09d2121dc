// The timeline: a lane a session, all to one scale; which span of it is shown, and how that is chosen.

/** Pixels of the timeline on paper. */
const PAPER = 720;
/** The shortest span that can be shown, in milliseconds. */
const SHORTEST = 50;

class Timeline {
  constructor(model) {
    this.model = model;
    this.lanes = model.sessions.map((session) => ({
      session, svg: shape("svg", { class: "picture", role: "img" }), idleFrom: new Set(session.idle.map(({ before }) => before)),
      offers: new Map(session.offers.flatMap((offer) => offer.steps.map(({ row }) => [row, offer]))),
    }));
    this.axis = shape("svg", { class: "picture", id: "axis", "aria-hidden": "true" });
    byId("lanes").replaceChildren(this.axis, ...this.lanes.map((lane) => {
      const label = element("p", {}, isolated([lane.session.label, lane.session.type, lane.session.id].filter(Boolean).join(" · ")));
      lane.place = element("div", { class: "lane" }, model.sessions.length > 1 ? label : "", lane.svg);
      return lane.place;
    }));
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
    this.bound();
    this.isAligned = view.aligned;
  }

  /** Finds from when to when all that is shown goes. */
  bound() {
    this.session = view.session;
    this.shown = this.lanes.filter((lane) => view.session === null || lane.session.number === view.session);
    this.lanes.forEach((lane) => { lane.place.hidden = !this.shown.includes(lane); });
    const dated = this.shown.filter((lane) => lane.at.length > 0);
    const first = Math.min(...dated.map((lane) => lane.at[0]));
    const last = Math.max(...dated.map((lane) => lane.at.at(-1)));
    const margin = Math.max((last - first) / 100, 500);
    this.ends = [first, last];
    this.all = dated.length === 0 ? null : [first - margin, last + margin];
  }

  /** Shows all, if the span that is looked at has nothing of it. */
  keepSpan() {
    this.update();
    if (view.from === null) return;
    if (this.all === null || view.from >= this.all[1] || view.to <= this.all[0]) Object.assign(view, { from: null, to: null });
  }

  /** Arranges lanes anew if the view asks for others. */
  update() {
    if (this.isAligned !== view.aligned) this.arrange();
    if (this.session !== view.session) this.bound();
  }

  /** Sets off the events that the filters leave. */
  choose(rows) {
    this.chosen = rows.length === this.model.count ? null : new Uint8Array(this.model.count);
    if (this.chosen !== null) rows.forEach((row) => { this.chosen[row] = 1; });
  }

  /** From when to when is shown: never more than there is. */
  get span() {
    const [least, most] = this.all;
    return view.from === null ? this.all : [Math.max(view.from, least), Math.min(view.to, most)];
  }

  /** Draws it before the next frame, once however often it is asked for. */
  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.drawNow();
    });
  }

  drawNow() {
    this.update();
    for (const id of ["timeline", "to-timeline"]) byId(id).hidden = this.all === null;
    if (this.all === null) return;
    this.width = document.documentElement.classList.contains("printing") ? PAPER : byId("lanes").clientWidth;
    this.painter = new Painter(this.model, this.span, this.width, this.chosen);
    this.painter.drawAxis(this.axis);
    this.shown.forEach((lane) => {
      const zone = zoneOf(lane.session);
      lane.svg.setAttribute("aria-label", `${lane.session.label}: ${whenOf(lane.session, zone).join(", ")} (${zone}). The events are in the list below.`);
      this.painter.drawLane(lane);
    });
    byId("axis-zone").textContent = view.aligned ? "" : `Times are in ${commonZone(this.model)}.`;
  }

  at(x) {
    const [from, to] = this.span;
    return from + (x / this.width) * (to - from);
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
    const start = Math.floor(Math.min(Math.max(middle - length / 2, least), most - length));
    look({ from: start, to: start + Math.round(length) });
  }

  /** Shows as long a span as before, around a time. */
  show(at) {
    if (this.all === null) return;
    const [from, to] = this.span;
    this.zoom((at - from) / (to - from) - 0.5, (at - from) / (to - from) + 0.5);
  }

  listen() {
    const moves = {
      ArrowLeft: () => this.zoom(-0.25, 0.75), ArrowRight: () => this.zoom(0.25, 1.25),
      "+": () => this.zoom(0.25, 0.75), "=": () => this.zoom(0.25, 0.75), "-": () => this.zoom(-0.5, 1.5),
      0: () => look({ from: null, to: null }), Home: () => this.show(this.ends[0]), End: () => this.show(this.ends[1]),
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
  }

  listenTo(lane) {
    const { svg } = lane;
    const place = (pointer) => Math.min(Math.max(pointer.clientX - svg.getBoundingClientRect().left, 0), this.width);
    let start = null;
    svg.addEventListener("pointerdown", (pointer) => {
      if (pointer.button !== 0 || start !== null) return;
      start = place(pointer);
      svg.setPointerCapture(pointer.pointerId);
    });
    svg.addEventListener("pointermove", (pointer) => {
      if (start === null) this.showTip(lane, pointer, place(pointer));
      else this.painter.drawSelection(lane, start, place(pointer));
    });
    svg.addEventListener("pointerup", (pointer) => {
      const [from, to] = [start, place(pointer)];
      start = null;
      if (from === null) return;
      this.draw();
      const row = this.nearest(lane, to);
      const [left, right] = [from, to].sort((one, other) => one - other).map((x) => x / this.width);
      if (Math.abs(to - from) > 5) this.zoom(left, right);
      else if (row !== null) openEvent(row);
    });
    svg.addEventListener("pointercancel", () => {
      start = null;
      this.draw();
    });
    svg.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
    svg.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      const share = place(wheel) / this.width;
      const factor = wheel.deltaY > 0 ? 1.5 : 1 / 1.5;
      this.zoom(share - share * factor, share + (1 - share) * factor);
    }, { passive: false });
  }

  showTip(lane, pointer, x) {
    const row = this.nearest(lane, x);
    const tip = byId("tip");
    tip.hidden = row === null;
    if (row === null) return;
    const { rows, texts } = this.model;
    const place = texts[rows.place[row]];
    tip.replaceChildren(isolated(`${texts[rows.name[row]]}${place === "" ? "" : ` · ${place}`}`), element("br"), dateTime(rows.at[row], zoneOf(lane.session)));
    tip.style.left = `${Math.min(pointer.clientX + 12, window.innerWidth - tip.offsetWidth - 12)}px`;
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
