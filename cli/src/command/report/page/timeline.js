// The timeline: one lane per session, all to the same scale, with zooming and panning.

/** Width of the timeline on paper, in pixels. */
const PRINT_WIDTH = 720;
/** Shortest time span, in milliseconds. */
const MIN_SPAN = 50;

class Timeline {
  constructor(model) {
    this.model = model;
    this.lanes = model.sessions.map((session) => ({
      session, svg: svgElement("svg", { class: "chart", role: "img" }), idleFrom: new Set(session.idle.map(({ before }) => before)),
      offers: new Map(session.offers.flatMap((offer) => offer.steps.map(({ row }) => [row, offer]))),
    }));
    this.axis = svgElement("svg", { class: "chart", id: "axis", "aria-hidden": "true" });
    byId("lanes").replaceChildren(this.axis, ...this.lanes.map((lane) => {
      const label = element("p", {}, isolated([lane.session.label, lane.session.type, lane.session.id].filter(Boolean).join(" · ")));
      lane.container = element("div", { class: "lane" }, model.sessions.length > 1 ? label : "", lane.svg);
      return lane.container;
    }));
    this.arrange();
    this.listen();
  }

  /** Sorts each session's events by time. */
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
    this.fit();
    this.isAligned = view.aligned;
  }

  /** Computes the full time span of the visible lanes. */
  fit() {
    this.session = view.session;
    this.visible = this.lanes.filter((lane) => view.session === null || lane.session.number === view.session);
    this.lanes.forEach((lane) => { lane.container.hidden = !this.visible.includes(lane); });
    const dated = this.visible.filter((lane) => lane.at.length > 0);
    const first = Math.min(...dated.map((lane) => lane.at[0]));
    const last = Math.max(...dated.map((lane) => lane.at.at(-1)));
    const margin = Math.max((last - first) / 100, 500);
    this.extent = [first, last];
    this.full = dated.length === 0 ? null : [first - margin, last + margin];
  }

  /** Resets a time span that is outside the full one. */
  checkSpan() {
    this.update();
    if (view.from === null) return;
    if (this.full === null || view.from >= this.full[1] || view.to <= this.full[0]) Object.assign(view, { from: null, to: null });
  }

  /** Rearranges the lanes if the view needs it. */
  update() {
    if (this.isAligned !== view.aligned) this.arrange();
    if (this.session !== view.session) this.fit();
  }

  /** Highlights the events that match the filters. */
  highlight(rows) {
    this.highlighted = rows.length === this.model.count ? null : new Uint8Array(this.model.count);
    if (this.highlighted !== null) rows.forEach((row) => { this.highlighted[row] = 1; });
  }

  /** The visible time span, within the full one. */
  get span() {
    const [start, end] = this.full;
    return view.from === null ? this.full : [Math.max(view.from, start), Math.min(view.to, end)];
  }

  /** Draws before the next frame, at most once per frame. */
  draw() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.drawNow();
    });
  }

  drawNow() {
    this.update();
    for (const id of ["timeline", "to-timeline"]) byId(id).hidden = this.full === null;
    if (this.full === null) return;
    this.width = document.documentElement.classList.contains("printing") ? PRINT_WIDTH : byId("lanes").clientWidth;
    this.painter = new Painter(this.model, this.span, this.width, this.highlighted);
    this.painter.drawAxis(this.axis);
    this.visible.forEach((lane) => {
      const zone = zoneOf(lane.session);
      lane.svg.setAttribute("aria-label", `${lane.session.label}: ${whenOf(lane.session, zone).join(", ")} (${zone}). The list below has the events.`);
      this.painter.drawLane(lane);
    });
    byId("axis-zone").textContent = view.aligned ? "" : `Times are in ${commonZone(this.model)}.`;
  }

  timeAt(x) {
    const [from, to] = this.span;
    return from + (x / this.width) * (to - from);
  }

  /** Returns the event of a lane nearest to a position. */
  nearest(lane, x) {
    const at = this.timeAt(x);
    const index = firstFrom(lane.at, at);
    const candidates = [index - 1, index].filter((index) => index >= 0 && index < lane.at.length);
    candidates.sort((one, other) => Math.abs(lane.at[one] - at) - Math.abs(lane.at[other] - at));
    return candidates.length === 0 ? null : lane.rows[candidates[0]];
  }

  /** Shows a part of the time span, given as fractions of its width, within the full one. */
  zoom(low, high) {
    if (this.full === null) return;
    const [from, to] = this.span;
    const length = Math.max((high - low) * (to - from), MIN_SPAN);
    const middle = from + ((low + high) / 2) * (to - from);
    const [start, end] = this.full;
    if (length >= end - start) return updateView({ from: null, to: null });
    const left = Math.floor(Math.min(Math.max(middle - length / 2, start), end - length));
    updateView({ from: left, to: left + Math.round(length) });
  }

  /** Moves the time span to be around a time. */
  moveTo(at) {
    if (this.full === null) return;
    const [from, to] = this.span;
    this.zoom((at - from) / (to - from) - 0.5, (at - from) / (to - from) + 0.5);
  }

  listen() {
    const moves = {
      ArrowLeft: () => this.zoom(-0.25, 0.75), ArrowRight: () => this.zoom(0.25, 1.25),
      "+": () => this.zoom(0.25, 0.75), "=": () => this.zoom(0.25, 0.75), "-": () => this.zoom(-0.5, 1.5),
      0: () => updateView({ from: null, to: null }), Home: () => this.moveTo(this.extent[0]), End: () => this.moveTo(this.extent[1]),
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
    const position = (pointer) => Math.min(Math.max(pointer.clientX - svg.getBoundingClientRect().left, 0), this.width);
    let start = null;
    svg.addEventListener("pointerdown", (pointer) => {
      if (pointer.button !== 0 || start !== null) return;
      start = position(pointer);
      svg.setPointerCapture(pointer.pointerId);
    });
    svg.addEventListener("pointermove", (pointer) => {
      if (start === null) this.showTooltip(lane, pointer, position(pointer));
      else this.painter.drawSelection(lane, start, position(pointer));
    });
    svg.addEventListener("pointerup", (pointer) => {
      const [from, to] = [start, position(pointer)];
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
    svg.addEventListener("pointerleave", () => { byId("tooltip").hidden = true; });
    svg.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      const share = position(wheel) / this.width;
      const factor = wheel.deltaY > 0 ? 1.5 : 1 / 1.5;
      this.zoom(share - share * factor, share + (1 - share) * factor);
    }, { passive: false });
  }

  showTooltip(lane, pointer, x) {
    const row = this.nearest(lane, x);
    const tooltip = byId("tooltip");
    tooltip.hidden = row === null;
    if (row === null) return;
    const { rows, strings } = this.model;
    const title = strings[rows.title[row]];
    tooltip.replaceChildren(isolated(`${strings[rows.name[row]]}${title === "" ? "" : ` · ${title}`}`), element("br"), dateTime(rows.at[row], zoneOf(lane.session)));
    tooltip.style.left = `${Math.min(pointer.clientX + 12, window.innerWidth - tooltip.offsetWidth - 12)}px`;
    tooltip.style.top = `${pointer.clientY + 16}px`;
  }
}

/** Returns the index of the first value that is at least `min`. */
function firstFrom(values, min) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < min) low = middle + 1;
    else high = middle;
  }
  return low;
}
