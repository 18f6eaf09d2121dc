// The story: one row per event. Only visible rows are in the DOM, so that any number of events scrolls well.

/** Heights of rows, in pixels, on wide and narrow screens; as in `story.css`. */
const HEIGHTS = { wide: { visit: 38, arrival: 56, event: 28 }, narrow: { visit: 34, arrival: 52, event: 46 } };
const NARROW = matchMedia("(max-width: 40rem)");
/** Rows drawn above and below the visible ones. */
const OVERSCAN = 10;

class Story {
  constructor(model, onPoint) {
    Object.assign(this, { model, onPoint, rows: [], heads: [], items: [], tops: [0], active: 0, opened: new Set(), itemOf: new Int32Array(model.count).fill(-1) });
    this.grid = byId("list");
    this.body = element("div", { class: "body", role: "rowgroup" });
    const head = element("div", { role: "row", class: "visually-hidden", "aria-rowindex": 1 },
      ...["Time", "Event", "Small steps", "Since the row above"].map((name) => element("div", { role: "columnheader" }, name)));
    this.grid.replaceChildren(element("div", { role: "rowgroup" }, head), this.body);
    this.grid.addEventListener("scroll", () => this.drawIfMoved());
    this.grid.addEventListener("keydown", (key) => this.press(key));
    this.grid.addEventListener("pointerover", (pointer) => onPoint(Number(pointer.target.closest(".event")?.dataset.row ?? NaN)));
    this.grid.addEventListener("pointerleave", () => onPoint(null));
    new ResizeObserver(() => this.drawIfMoved()).observe(this.grid);
    NARROW.addEventListener("change", () => {
      this.layOut();
      this.draw();
    });
  }

  /** Lists rows; keeps the scroll position if neither they nor the selected event changed. */
  show(rows) {
    const isFolding = !isSelective();
    const isSame = isFolding === this.isFolding && rows.length === this.rows.length && rows.every((row, index) => row === this.rows[index]);
    const isSelected = this.revealed === view.row;
    if (!isSame || !isSelected) {
      Object.assign(this, { rows, isFolding, revealed: view.row, heads: storyItems(this.model, rows, isFolding) });
      this.openSelected();
      this.unfold();
      const selected = this.indexOf(view.row);
      this.active = Math.max(selected, 0);
      this.grid.scrollTop = selected < 0 ? 0 : Math.max(this.tops[selected] - this.grid.clientHeight / 2, 0);
    }
    this.draw();
  }

  /** Opens the item whose small steps have the selected event. */
  openSelected() {
    const head = this.heads.find(({ steps }) => steps?.some(({ rows }) => rows.includes(view.row)));
    if (head) this.opened.add(head.rows[0]);
  }

  /** Lists the items, with the small steps of those that are open. */
  unfold() {
    const placeOf = ({ rows, visit }) => this.model.place[rows?.[0] ?? visit.row];
    // A step may be after the segment that it led to.
    this.items = this.heads.flatMap((head) => (this.isOpen(head) ? [head, ...head.steps] : [head])).sort((one, other) => placeOf(one) - placeOf(other));
    this.itemOf.fill(-1);
    this.items.forEach((item, index) => {
      item.rows?.forEach((row) => { this.itemOf[row] = index; });
      if (!this.isOpen(item)) item.steps?.forEach((step) => step.rows.forEach((row) => { this.itemOf[row] = index; }));
    });
    this.grid.setAttribute("aria-rowcount", this.items.length + 1);
    this.layOut();
  }

  isOpen(item) {
    return item.steps?.length > 0 && this.opened.has(item.rows[0]);
  }

  /** Shows or hides an item's small steps. */
  toggle(item, isOpen = !this.isOpen(item)) {
    const head = item.head ?? item;
    if (!(head.steps?.length > 0) || isOpen === this.isOpen(head)) return;
    if (isOpen) this.opened.add(head.rows[0]);
    else this.opened.delete(head.rows[0]);
    this.unfold();
    this.activate(this.itemOf[head.rows[0]]);
  }

  layOut() {
    const heights = NARROW.matches ? HEIGHTS.narrow : HEIGHTS.wide;
    this.pageSize = Math.max(Math.floor(this.grid.clientHeight / heights.event) - 2, 1);
    this.tops = new Float64Array(this.items.length + 1);
    this.items.forEach(({ visit }, index) => {
      const height = visit ? (visit.session.arrivalAt.has(visit.row) ? heights.arrival : heights.visit) : heights.event;
      this.tops[index + 1] = this.tops[index] + height;
    });
    this.body.style.height = `${this.tops.at(-1)}px`;
  }

  /** Returns the index of the item with an event; -1 if it isn't listed. */
  indexOf(row) {
    return row === null ? -1 : this.itemOf[row];
  }

  /** Scrolls to the selected event if it changed. */
  revealSelected() {
    const hasChanged = this.revealed !== view.row;
    this.revealed = view.row;
    if (hasChanged && this.items[this.indexOf(view.row)]?.rows.includes(view.row) === false) {
      this.openSelected();
      this.unfold();
    }
    const selected = this.indexOf(view.row);
    if (!hasChanged || selected < 0) {
      this.draw();
      return;
    }
    const [top, bottom] = [this.tops[selected], this.tops[selected + 1]];
    const isHidden = top < this.grid.scrollTop || bottom > this.grid.scrollTop + this.grid.clientHeight;
    // Near the top: the end of a long list may be below the window.
    if (isHidden) this.grid.scrollTop = top - this.grid.clientHeight / 4;
    this.activate(selected);
  }

  activate(index) {
    this.active = index;
    const [top, bottom] = [this.tops[index], this.tops[index + 1]];
    if (top < this.grid.scrollTop) this.grid.scrollTop = this.items[index - 1]?.visit ? this.tops[index - 1] : top;
    else if (bottom > this.grid.scrollTop + this.grid.clientHeight) this.grid.scrollTop = bottom - this.grid.clientHeight;
    this.draw();
  }

  press(key) {
    if (key.ctrlKey || key.metaKey || key.altKey || this.items.length === 0) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: this.pageSize, PageUp: -this.pageSize, Home: -Infinity, End: Infinity };
    if (key.key in steps) this.move(steps[key.key]);
    else if (key.key === "ArrowRight" || key.key === "ArrowLeft") this.toggle(this.items[this.active], key.key === "ArrowRight");
    else if (key.key === "Enter" || key.key === " ") this.items[this.active].rows && updateView({ row: this.items[this.active].rows[0] });
    else return;
    key.preventDefault();
  }

  /** Makes another event active, skipping the headings of visits. */
  move(by) {
    let index = Math.min(Math.max(this.active + by, 0), this.items.length - 1);
    const step = by < 0 && index > 0 ? -1 : 1;
    while (this.items[index]?.visit) index += step;
    this.activate(index in this.items ? index : this.active);
  }

  /** Selects the event `by` rows below the selected one, which may not be listed itself. */
  step(by) {
    const { place } = this.model;
    let index = this.rows.findIndex((row) => place[row] >= place[view.row]);
    if (index < 0) index = this.rows.length;
    const next = this.rows[index] === view.row || by < 0 ? index + by : index;
    if (next in this.rows) updateView({ row: this.rows[next] });
  }

  /** The indices of the first item to draw, and after the last one. */
  get range() {
    const top = this.grid.scrollTop;
    return [Math.max(firstFrom(this.tops, top) - 1 - OVERSCAN, 0), Math.min(firstFrom(this.tops, top + this.grid.clientHeight) + OVERSCAN, this.items.length)];
  }

  /** Draws after scrolling, unless the same rows are drawn already. */
  drawIfMoved() {
    if (String(this.range) !== String(this.drawn)) this.draw();
  }

  draw() {
    this.drawn = this.range;
    const [first, last] = this.drawn;
    if (this.items[this.active]?.visit) this.active += 1;
    const drawn = [];
    for (let index = first; index < last; index += 1) drawn.push(this.rowElement(index));
    // The active row is always drawn: `aria-activedescendant` refers to it.
    const isActive = this.active in this.items;
    if (isActive && (this.active < first || this.active >= last)) drawn.push(this.rowElement(this.active));
    this.body.replaceChildren(...drawn);
    if (isActive) this.grid.setAttribute("aria-activedescendant", `row-${this.items[this.active].rows[0]}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  rowElement(index) {
    const item = this.items[index];
    const rendered = item.visit ? this.visitElement(item.visit) : this.eventElement(item, index);
    rendered.setAttribute("aria-rowindex", index + 2);
    rendered.style.top = `${this.tops[index]}px`;
    rendered.style.height = `${this.tops[index + 1] - this.tops[index]}px`;
    return rendered;
  }

  visitElement(visit) {
    const { title, notes, source } = visitHeading(this.model, visit);
    return element("div", { role: "row", class: "visit" }, element("div", { role: "gridcell", "aria-colspan": 4 },
      element("div", {}, element("b", {}, title), element("span", { class: "dim" }, ...separated(notes))),
      ...(source === "" ? [] : [element("div", { class: "dim", title: source }, isolated(source))])));
  }

  eventElement(item, index) {
    const [row] = item.rows;
    const kind = this.model.rows.kind[row];
    const isOpen = this.isOpen(item);
    const { text, more, time, since } = eventTexts(this.model, item, this.items[index - 1], isOpen);
    const classes = ["event", `t${kind}`, item.head && "step", index === this.active && "active", since.startsWith("idle") && "after-idle"].filter(Boolean).join(" ");
    const what = element("div", { role: "gridcell", class: "what", title: plain([...text, ...more]) }, icon(kind, fateAt(this.model, row)),
      element("span", {}, ...written(text)), element("span", { class: "dim" }, ...written(more, "span")));
    const number = item.steps?.length > 0 ? stepsOf(item) : 0;
    const steps = element("div", { role: "gridcell" }, ...(number === 0 ? [] : [element("button", { type: "button", class: "steps", tabindex: -1, onclick: (click) => {
      click.stopPropagation();
      this.toggle(item);
    } }, `${isOpen ? "▾" : "▸"} ${plural(number, "step")}`)]));
    const isSelected = this.indexOf(view.row) === index;
    const rendered = element("div", { role: "row", id: `row-${row}`, "data-row": row, class: classes, "aria-selected": String(isSelected), "aria-level": item.head ? 2 : 1,
      "aria-expanded": number > 0 ? String(isOpen) : null },
      element("div", { role: "gridcell", class: "time" }, time), what, steps, element("div", { role: "gridcell", class: "since" }, since));
    rendered.addEventListener("click", () => {
      this.active = index;
      updateView({ row });
    });
    return rendered;
  }

  /** Marks the row of an event that the timeline points at. */
  point(row) {
    this.body.querySelector(".pointed")?.classList.remove("pointed");
    const index = this.indexOf(row);
    if (index >= 0) this.body.querySelector(`#row-${this.items[index].rows[0]}`)?.classList.add("pointed");
  }
}

/** Selects an event from outside the story. */
function openEvent(row) {
  updateView({ row });
  byId("list").focus({ preventScroll: true });
  byId(byId("list").getAttribute("aria-activedescendant"))?.scrollIntoView({ block: "nearest" });
}
