// The timeline: one lane per session in view, all to the same scale, with zooming and panning.

/** Width of the lanes on paper, in pixels. */
const PRINT_WIDTH = 620;
/** Shortest span, in milliseconds. */
const MIN_SPAN = 50;

class Timeline {
  constructor(model) {
    this.model = model;
    this.highlighted = null;
    this.listen();
  }

  /** Builds the lanes of the sessions in view. */
  arrange() {
    const sessions = sessionsInView(this.model);
    const dated = sessions.filter(({ first }) => first != null);
    const gap = gapLength(dated);
    const isAlone = sessions.length === 1;
    const kinds = new Set(dated.flatMap(({ rows }) => rows.map((row) => this.model.rows.kind[row])));
    this.layout = isAlone ? roomyLayout(kinds) : COMPACT;
    let day = null;
    const years = new Set(dated.flatMap(({ first, last }) => [first, last]).map((at) => new Date(at).getUTCFullYear()));
    const parts = years.size > 1 ? DAY : { month: "short", day: "numeric" };
    this.lanes = dated.map((session) => {
      const scale = new Scale(session, gap);
      const lane = {
        session, scale, rows: session.dated, positions: Float64Array.from(session.dated, (row) => scale.position(this.model.rows.at[row])),
        idleFrom: new Set(session.idle.map(({ before }) => before)), visitRows: new Set(session.visits.map(({ row }) => row)), shapes: [], bars: [],
        svg: svgElement("svg", { class: "chart", role: "img" }), pointer: svgElement("path", { class: "pointer" }),
      };
      const today = dateFormat(zoneOf(session), parts).format(session.first);
      const gutter = isAlone ? this.rowNames() : this.laneName(session, sessions.indexOf(session) + 1, today === day ? "" : today);
      const note = element("div", { class: "note" }, [activeTime(session.active), plural(session.views, "page view")].filter(Boolean).join(", "));
      lane.container = element("div", { class: `lane${today === day ? "" : " new-day"}` }, gutter, lane.svg, ...(isAlone ? [] : [note]));
      day = today;
      lane.svg.style.height = `${this.layout.height}px`;
      lane.svg.setAttribute("aria-label", `${session.type || "Session"}: ${whenOf([session]).filter(Boolean).join(", ")}. The story below has the events.`);
      this.listenTo(lane);
      return lane;
    });
    byId("lanes").classList.toggle("alone", isAlone);
    byId("timeline").classList.toggle("several", !isAlone);
    byId("lanes").replaceChildren(...this.lanes.map(({ container }) => container));
    const length = Math.max(0, ...this.lanes.map(({ scale }) => scale.length));
    // Room for the number of the first visit.
    const margin = Math.max(length / (isAlone ? 80 : NARROW.matches ? 14 : 50), 500);
    this.full = this.lanes.length === 0 ? null : [-margin, length + margin];
    this.showLegend(isAlone, kinds);
  }

  rowNames() {
    return element("div", { class: "gutter", "aria-hidden": "true" }, ...this.layout.names.map(([name, middle]) => {
      const label = element("span", {}, name);
      label.style.top = `${middle - 8}px`;
      return label;
    }));
  }

  laneName(session, number, day) {
    const zone = zoneOf(session);
    const label = `session ${number}: ${session.type || "no type"}, ${dateTime(session.first, zone, MINUTE)}`;
    const content = [element("span", { class: "dim" }, String(number)), element("b", {}, day), element("span", {}, timeOfDay(session.first, zone, MINUTE))];
    return viewLink(content, { session: session.number }, { class: "gutter", title: `Only ${label}`, "aria-label": `Only ${label}` });
  }

  /** Explains the marks; what has a row of its own has its name there. */
  showLegend(isAlone, kinds) {
    const entry = (picture, name) => element("li", {}, picture, name);
    const many = (className, name) => element("li", { class: "of-many" }, element("span", { class: `swatch ${className}` }), name);
    const named = [[SEARCH, "search"], [SEGMENT, "segment"], [OUTCOME, "outcome"]].filter(([kind]) => kinds.has(kind));
    const fates = new Set(this.lanes.flatMap(({ session }) => session.offers.map(fateOf)));
    const offers = [...FATES].filter(([fate]) => fates.has(fate));
    byId("legend").replaceChildren(
      many("columns-of-many", "events: the taller, the more"), ...(isAlone ? [many("strips-of-many", "of this kind: the darker, the more")] : []),
      entry(element("span", { class: "swatch" }), "page on screen"), entry(element("span", { class: "swatch several" }, "3"), "several pages"),
      ...(isAlone ? [entry(icon(VIEW), "page view"), ...(kinds.has(ACTIVITY) ? [entry(icon(ACTIVITY), "activity")] : []), entry(element("span", { class: "swatch between" }), "between visits")]
        : [entry(element("span", { class: "badge" }, "1"), "visit"), ...named.map(([kind, name]) => entry(icon(kind), name))]),
      ...offers.map(([fate, { label }], index) => entry(icon(OFFER, fate), index === 0 && !label.startsWith("offer") ? `offer: ${label}` : label)));
  }

  /** Resets a span that is outside the lanes. */
  checkSpan() {
    this.update();
    if (view.from === null) return;
    if (this.full === null || view.from >= this.full[1] || view.to <= this.full[0]) Object.assign(view, { from: null, to: null });
  }

  /** Rearranges the lanes if other sessions are in view. */
  update() {
    const sessions = sessionsInView(this.model);
    const key = `${sessions.map(({ number }) => number).join()} ${view.zone} ${NARROW.matches}`;
    if (this.key !== key) this.arrange();
    this.key = key;
  }

  /** Highlights the events that match the filters. */
  highlight(rows) {
    this.highlighted = rows.length === sum(sessionsInView(this.model).map((session) => session.rows.length)) ? null : new Uint8Array(this.model.count);
    if (this.highlighted !== null) rows.forEach((row) => { this.highlighted[row] = 1; });
  }

  /** Returns the rows within the span. */
  rowsInSpan(rows) {
    if (view.from === null) return rows;
    const [from, to] = this.span;
    const scales = new Map(this.lanes.map((lane) => [lane.session.number, lane.scale]));
    return rows.filter((row) => {
      const at = this.model.rows.at[row];
      const position = at == null ? NaN : scales.get(this.model.rows.session[row]).position(at);
      return position >= from && position <= to;
    });
  }

  /** The visible span, within the full one. */
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
    byId("timeline").hidden = this.full === null;
    if (this.full === null) return;
    const isPrinting = document.documentElement.classList.contains("printing");
    this.width = isPrinting ? PRINT_WIDTH : Math.max(this.lanes[0].svg.clientWidth, 50);
    const { highlighted, layout, width, span } = this;
    this.painter = new Painter(this.model, { span, width, highlighted, layout });
    // Only the lanes in sight, of 200.
    const { scrollTop, clientHeight } = byId("lanes");
    const [first, last] = isPrinting ? [0, this.lanes.length] : [scrollTop / layout.height - 1, (scrollTop + clientHeight) / layout.height];
    this.lanes.forEach((lane, index) => {
      if (index < first || index > last) return;
      this.painter.drawLane(lane);
      this.painter.drawPointer(lane, view.row);
    });
    // The legend explains what is drawn.
    byId("timeline").classList.toggle("many", this.lanes.some(({ isDense }) => isDense));
    byId("timeline").classList.toggle("few", this.lanes.some(({ isDense }) => isDense === false));
  }

  /** Points at an event, or at the selected one. */
  point(row) {
    this.lanes?.forEach((lane) => this.painter?.drawPointer(lane, row === null || Number.isNaN(row) ? view.row : row));
  }

  /** Returns what is at a position: a mark, a page, an idle period, or else the nearest event. */
  hit(lane, x, y) {
    const shape = lane.shapes.findLast((one) => INSIDE[one.kind](x - one.x, y - one.y));
    if (shape) return shape;
    const bar = lane.bars.find(({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom);
    if (bar) return bar.gap ? { gap: bar.gap, rows: [bar.gap.before] } : { rows: bar.rows ?? [bar.row] };
    const position = this.span[0] + x / this.painter.factor;
    const index = firstFrom(lane.positions, position);
    const near = [index - 1, index].filter((one) => one in lane.rows);
    near.sort((one, other) => Math.abs(lane.positions[one] - position) - Math.abs(lane.positions[other] - position));
    return near.length === 0 ? null : { rows: [lane.rows[near[0]]] };
  }

  /** Shows a part of the span, given as fractions of its width, within the full one. */
  zoom(low, high) {
    if (this.full === null) return;
    const [from, to] = this.span;
    const length = Math.max((high - low) * (to - from), MIN_SPAN);
    const middle = from + ((low + high) / 2) * (to - from);
    const [start, end] = this.full;
    if (length >= end - start) {
      updateView({ from: null, to: null });
      return;
    }
    const left = Math.floor(Math.min(Math.max(middle - length / 2, start), end - length));
    updateView({ from: left, to: left + Math.round(length) });
  }

  /** Moves the span to be around a position. */
  moveTo(position) {
    if (this.full === null) return;
    const [from, to] = this.span;
    this.zoom((position - from) / (to - from) - 0.5, (position - from) / (to - from) + 0.5);
  }

  listen() {
    const moves = {
      ArrowLeft: () => this.zoom(-0.25, 0.75), ArrowRight: () => this.zoom(0.25, 1.25),
      "+": () => this.zoom(0.25, 0.75), "=": () => this.zoom(0.25, 0.75), "-": () => this.zoom(-0.5, 1.5),
      0: () => updateView({ from: null, to: null }), Home: () => this.moveTo(0), End: () => this.moveTo(Math.max(...this.lanes.map(({ scale }) => scale.length))),
    };
    byId("lanes").addEventListener("keydown", (key) => {
      if (key.target !== byId("lanes") || !(key.key in moves) || key.ctrlKey || key.metaKey || key.altKey) return;
      key.preventDefault();
      moves[key.key]();
    });
    byId("lanes").addEventListener("scroll", () => this.draw());
    // Not for a click, which must not move what is under the pointer.
    for (const change of ["focus", "blur"]) {
      byId("lanes").addEventListener(change, () => byId("timeline").classList.toggle("by-keyboard", byId("lanes").matches(":focus-visible")));
    }
    byId("timeline-tools").append(
      toolButton("◀", "Earlier", moves.ArrowLeft), toolButton("▶", "Later", moves.ArrowRight),
      toolButton("+", "Zoom in", moves["+"]), toolButton("−", "Zoom out", moves["-"]), toolButton("All", "Show all", moves[0]),
    );
    new ResizeObserver(() => this.lanes?.[0]?.svg.clientWidth !== this.width && this.draw()).observe(byId("lanes"));
  }

  listenTo(lane) {
    const { svg } = lane;
    const place = (pointer) => {
      const box = svg.getBoundingClientRect();
      return [Math.min(Math.max(pointer.clientX - box.left, 0), this.width), pointer.clientY - box.top];
    };
    let start = null;
    svg.addEventListener("pointerdown", (pointer) => {
      if (pointer.button !== 0 || start !== null) return;
      [start] = place(pointer);
      svg.setPointerCapture(pointer.pointerId);
    });
    svg.addEventListener("pointermove", (pointer) => {
      const [x, y] = place(pointer);
      if (start === null) this.showTooltip(lane, pointer, x, y);
      else this.painter.drawSelection(lane, start, x);
    });
    svg.addEventListener("pointerup", (pointer) => {
      const [from, [to, y]] = [start, place(pointer)];
      start = null;
      if (from === null) return;
      this.painter.drawPointer(lane, view.row);
      const [left, right] = [from, to].sort((one, other) => one - other).map((x) => x / this.width);
      if (Math.abs(to - from) > 5) this.zoom(left, right);
      else this.click(lane, to, y);
    });
    svg.addEventListener("pointercancel", () => {
      start = null;
      this.painter.drawPointer(lane, view.row);
    });
    svg.addEventListener("pointerleave", () => {
      byId("tooltip").hidden = true;
      this.onPoint(null);
    });
    svg.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      const share = place(wheel)[0] / this.width;
      const factor = wheel.deltaY > 0 ? 1.5 : 1 / 1.5;
      this.zoom(share - share * factor, share + (1 - share) * factor);
    }, { passive: false });
  }

  /** Selects what is at a position; another click on the same mark selects its next event. */
  click(lane, x, y) {
    const found = this.hit(lane, x, y);
    if (found === null) return;
    const next = found.rows[found.rows.indexOf(view.row) + 1] ?? found.rows[0];
    openEvent(next);
  }

  showTooltip(lane, pointer, x, y) {
    const found = this.hit(lane, x, y);
    const tooltip = byId("tooltip");
    tooltip.hidden = found === null;
    this.onPoint(found === null ? null : found.rows[0]);
    if (found === null) return;
    tooltip.replaceChildren(...this.describe(found));
    tooltip.style.left = `${Math.max(Math.min(pointer.clientX + 12, window.innerWidth - tooltip.offsetWidth - 12), 8)}px`;
    tooltip.style.top = `${pointer.clientY + 18}px`;
  }

  describe({ gap, rows }) {
    const { at } = this.model.rows;
    const [first] = rows;
    const zone = zoneAt(this.model, first);
    if (gap) return [`Idle for ${elapsed(gap.from, gap.to)}`, element("br"), `${dateTime(gap.from, zone)} to ${timeOfDay(gap.to, zone)}`,
      element("br"), "last on ", isolated(openTitle(this.model, gap.before) || "an unknown page")];
    const more = rows.length > 1 ? [element("br"), `and ${plural(rows.length - 1, "more event")} until ${timeOfDay(at[rows.at(-1)], zone)}`] : [];
    return [...written([...sentence(this.model, first), ...addition(this.model, first, "")]), element("br"), dateTime(at[first], zone), ...more];
  }
}
