// The list of events: only the rows that are seen are in the page, so that any number scrolls.

const ROW = 30;
/** Rows above and below what is seen. */
const SPARE = 10;
const COLUMNS = ["Time", "Session", "Kind", "What", "Where", "More"];
/** Events that are printed. */
const MOST_PRINTED = 1000;

class List {
  constructor(model) {
    this.model = model;
    this.rows = [];
    this.active = 0;
    this.idleBefore = new Map(model.sessions.flatMap(({ idle }) => idle.map((time) => [time.after, time])));
    this.grid = byId("list");
    this.body = element("div", { class: "body", role: "rowgroup" });
    this.head = element("div", { role: "row", "aria-rowindex": 1 });
    for (const place of [this.grid, byId("printed")]) place.classList.toggle("single", model.sessions.length < 2);
    this.grid.replaceChildren(element("div", { role: "rowgroup", class: "head" }, this.head), this.body);
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (key) => this.press(key));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  /** Lists some rows; stays where it is if they, and the chosen one, are those that it has. */
  show(rows) {
    const isSame = rows.length === this.rows.length && rows.every((row, index) => row === this.rows[index]);
    if (isSame && this.followed === view.row) return this.draw();
    this.rows = rows;
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.body.style.height = `${rows.length * ROW}px`;
    this.followed = view.row;
    const chosen = view.row === null ? -1 : rows.indexOf(view.row);
    this.active = Math.max(chosen, 0);
    this.grid.scrollTop = chosen < 0 ? 0 : Math.max(chosen * ROW - this.grid.clientHeight / 2, 0);
    return this.draw();
  }

  /** Brings the chosen event into sight, if it is another one. */
  follow() {
    const isOther = this.followed !== view.row;
    this.followed = view.row;
    const chosen = view.row === null ? -1 : this.rows.indexOf(view.row);
    if (isOther && chosen >= 0) this.activate(chosen);
    else this.draw();
  }

  activate(index) {
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const top = this.active * ROW;
    const room = this.grid.clientHeight - 2 * ROW;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
    this.draw();
  }

  press(key) {
    const page = Math.max(Math.floor(this.grid.clientHeight / ROW) - 2, 1);
    const steps = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: this.rows.length - 1,
    };
    if (key.ctrlKey || key.metaKey || key.altKey || this.rows.length === 0) return;
    if (key.key in steps) this.activate(steps[key.key]);
    else if (key.key === "Enter" || key.key === " ") look({ row: this.rows[this.active] });
    else return;
    key.preventDefault();
  }

  /** Chooses the event that is so many lines below the chosen one, which may not be listed itself. */
  step(by) {
    const index = firstFrom(this.rows, view.row);
    const isListed = this.rows[index] === view.row;
    const next = isListed || by < 0 ? index + by : index;
    if (next in this.rows) look({ row: this.rows[next] });
  }

  draw() {
    this.head.replaceChildren(...columns().map((name) => element("div", { role: "columnheader" }, name)));
    const first = Math.max(Math.floor(this.grid.scrollTop / ROW) - SPARE, 0);
    const last = Math.min(first + Math.ceil(this.grid.clientHeight / ROW) + 2 * SPARE, this.rows.length);
    const drawn = [];
    for (let index = first; index < last; index += 1) drawn.push(this.line(index));
    // The active line is always there: the keyboard's focus is on it.
    const isActive = this.active in this.rows;
    if (isActive && (this.active < first || this.active >= last)) drawn.push(this.line(this.active));
    this.body.replaceChildren(...drawn);
    if (isActive) this.grid.setAttribute("aria-activedescendant", `row-${this.rows[this.active]}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  line(index) {
    const row = this.rows[index];
    const idle = this.idleBefore.get(row);
    const classes = [idle && "after-idle", index === this.active && "active"].filter(Boolean).join(" ");
    const line = element("div", { role: "row", id: `row-${row}`, class: classes, "aria-rowindex": index + 2, "aria-selected": String(row === view.row) },
      ...cellsOf(this.model, row).map((cell) => element("div", { role: "gridcell" }, cell)));
    if (idle) line.lastChild.prepend(element("span", { class: "idle" }, `after ${between(idle.from, idle.to)} idle`), " ");
    line.style.top = `${index * ROW}px`;
    line.addEventListener("click", () => {
      this.active = index;
      look({ row });
    });
    return line;
  }

  /** A plain table for paper. */
  print() {
    const rows = this.rows.slice(0, MOST_PRINTED);
    const left = this.rows.length - rows.length;
    const note = left > 0 ? `The first ${rows.length} of ${this.rows.length} events` : counted(rows.length, "event");
    const head = columns().map((name) => element("th", { scope: "col" }, name));
    byId("printed").replaceChildren(element("caption", {}, note), element("thead", {}, element("tr", {}, ...head)), element("tbody", {},
      ...rows.map((row) => element("tr", {}, ...cellsOf(this.model, row).map((cell) => element("td", {}, cell))))));
  }
}

/** The columns' names; that of the times says whose they are. */
function columns() {
  return COLUMNS.map((name) => (name === "Time" ? `Time (${ZONES[view.zone]})` : name));
}

function cellsOf(model, row) {
  const { rows, texts, sessions } = model;
  const kind = element("span", {}, element("span", { class: `swatch k${rows.kind[row]}` }), KINDS[rows.kind[row]]);
  const place = texts[rows.place[row]];
  return [
    dateTime(rows.at[row], zoneOf(sessions[rows.session[row]])), String(rows.session[row] + 1), kind, isolated(texts[rows.name[row]]),
    // Of an event that names no page, the one that was open.
    place === "" ? element("span", { class: "id" }, isolated(placeAt(model, row))) : isolated(place),
    isolated(texts[rows.detail[row]]),
  ];
}
