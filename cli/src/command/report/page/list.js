// The list of events. Only visible rows are in the DOM, so that any number of events scrolls well.

/** Height of a row, in pixels; as in `style.css`. */
const ROW_HEIGHT = 30;
/** Rows drawn above and below the visible ones. */
const OVERSCAN = 10;
const COLUMNS = ["Time", "Session", "Type", "Name", "Page", "Details"];
/** Most events on paper. */
const MAX_PRINTED = 1000;

class EventList {
  constructor(model) {
    this.model = model;
    this.rows = [];
    this.active = 0;
    this.idleBefore = new Map(model.sessions.flatMap(({ idle }) => idle.map((period) => [period.after, period])));
    this.grid = byId("list");
    this.body = element("div", { class: "body", role: "rowgroup" });
    this.head = element("div", { role: "row", "aria-rowindex": 1 });
    for (const area of [this.grid, byId("printed")]) area.classList.toggle("single", model.sessions.length < 2);
    this.grid.replaceChildren(element("div", { role: "rowgroup", class: "head" }, this.head), this.body);
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (key) => this.press(key));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  /** Lists rows; keeps the scroll position if neither they nor the selected event changed. */
  show(rows) {
    const isSame = rows.length === this.rows.length && rows.every((row, index) => row === this.rows[index]);
    if (isSame && this.revealed === view.row) return this.draw();
    this.rows = rows;
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.body.style.height = `${rows.length * ROW_HEIGHT}px`;
    this.revealed = view.row;
    const selected = view.row === null ? -1 : rows.indexOf(view.row);
    this.active = Math.max(selected, 0);
    this.grid.scrollTop = selected < 0 ? 0 : Math.max(selected * ROW_HEIGHT - this.grid.clientHeight / 2, 0);
    return this.draw();
  }

  /** Scrolls to the selected event if it changed. */
  revealSelected() {
    const hasChanged = this.revealed !== view.row;
    this.revealed = view.row;
    const selected = view.row === null ? -1 : this.rows.indexOf(view.row);
    if (hasChanged && selected >= 0) this.activate(selected);
    else this.draw();
  }

  activate(index) {
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const top = this.active * ROW_HEIGHT;
    const room = this.grid.clientHeight - 2 * ROW_HEIGHT;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
    this.draw();
  }

  press(key) {
    const page = Math.max(Math.floor(this.grid.clientHeight / ROW_HEIGHT) - 2, 1);
    const steps = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: this.rows.length - 1,
    };
    if (key.ctrlKey || key.metaKey || key.altKey || this.rows.length === 0) return;
    if (key.key in steps) this.activate(steps[key.key]);
    else if (key.key === "Enter" || key.key === " ") updateView({ row: this.rows[this.active] });
    else return;
    key.preventDefault();
  }

  /** Selects the event `by` rows below the selected one, which may not be listed itself. */
  step(by) {
    const index = firstFrom(this.rows, view.row);
    const isListed = this.rows[index] === view.row;
    const next = isListed || by < 0 ? index + by : index;
    if (next in this.rows) updateView({ row: this.rows[next] });
  }

  draw() {
    this.head.replaceChildren(...columns().map((name) => element("div", { role: "columnheader" }, name)));
    const first = Math.max(Math.floor(this.grid.scrollTop / ROW_HEIGHT) - OVERSCAN, 0);
    const last = Math.min(first + Math.ceil(this.grid.clientHeight / ROW_HEIGHT) + 2 * OVERSCAN, this.rows.length);
    const drawn = [];
    for (let index = first; index < last; index += 1) drawn.push(this.rowElement(index));
    // The active row is always drawn: `aria-activedescendant` refers to it.
    const isActive = this.active in this.rows;
    if (isActive && (this.active < first || this.active >= last)) drawn.push(this.rowElement(this.active));
    this.body.replaceChildren(...drawn);
    if (isActive) this.grid.setAttribute("aria-activedescendant", `row-${this.rows[this.active]}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  rowElement(index) {
    const row = this.rows[index];
    const idle = this.idleBefore.get(row);
    const classes = [idle && "after-idle", index === this.active && "active"].filter(Boolean).join(" ");
    const rendered = element("div", { role: "row", id: `row-${row}`, class: classes, "aria-rowindex": index + 2, "aria-selected": String(row === view.row) },
      ...cellsOf(this.model, row).map((cell) => element("div", { role: "gridcell" }, cell)));
    if (idle) rendered.lastChild.prepend(element("span", { class: "idle" }, `after ${elapsed(idle.from, idle.to)} idle`), " ");
    rendered.style.top = `${index * ROW_HEIGHT}px`;
    rendered.addEventListener("click", () => {
      this.active = index;
      updateView({ row });
    });
    return rendered;
  }

  /** Fills the table that is printed. */
  print() {
    const rows = this.rows.slice(0, MAX_PRINTED);
    const left = this.rows.length - rows.length;
    const note = left > 0 ? `First ${rows.length} of ${this.rows.length} events` : plural(rows.length, "event");
    const head = columns().map((name) => element("th", { scope: "col" }, name));
    byId("printed").replaceChildren(element("caption", {}, note), element("thead", {}, element("tr", {}, ...head)), element("tbody", {},
      ...rows.map((row) => element("tr", {}, ...cellsOf(this.model, row).map((cell) => element("td", {}, cell))))));
  }
}

/** Returns the column names, with the time zone. */
function columns() {
  return COLUMNS.map((name) => (name === "Time" ? `Time (${ZONES[view.zone]})` : name));
}

function cellsOf(model, row) {
  const { rows, strings, sessions } = model;
  const kind = element("span", {}, element("span", { class: `swatch k${rows.kind[row]}` }), KINDS[rows.kind[row]]);
  const title = strings[rows.title[row]];
  return [
    dateTime(rows.at[row], zoneOf(sessions[rows.session[row]])), String(rows.session[row] + 1), kind, isolated(strings[rows.name[row]]),
    // If the event names no page, the one that was open.
    title === "" ? element("span", { class: "id" }, isolated(openTitle(model, row))) : isolated(title),
    isolated(strings[rows.detail[row]]),
  ];
}
