// Draws a lane as SVG and records where each mark is. Shapes of one style share a path, so that a lane has a
// few hundred elements for any number of events.

/** A lane among others: pages above, marks below. */
const COMPACT = { height: 28, pages: { top: 2, height: 14 }, events: { middle: 22, view: 6, other: 3 }, marks: {} };
const ROW_STEP = 19;
const NAMED_ROWS = [[SEARCH, "Searches"], [SEGMENT, "Segments"], [OFFER, "Offers"], [OUTCOME, "Outcomes"], [OTHER, "Other"]];
for (const [kind] of NAMED_ROWS) COMPACT.marks[kind] = 22;

/** Events per pixel above which density replaces marks. */
const DENSE = 0.6;
/** Width of a column of a dense lane, in pixels. */
const COLUMN = 3;
/** Marks of a kind this close together are drawn as one. */
const MERGED = 9;
/** Distance between ticks, in pixels. */
const TICKS = 130;

/** The only lane has a header and a row for each kind of mark that occurs. */
function roomyLayout(kinds) {
  const names = NAMED_ROWS.filter(([kind]) => kinds.has(kind));
  const first = 86;
  const marks = Object.fromEntries(names.map(([kind], index) => [kind, first + index * ROW_STEP]));
  return {
    height: first - 8 + Math.max(names.length, 0) * ROW_STEP, header: 11, pages: { top: 22, height: 28 }, events: { middle: 65, view: 14, other: 7 }, marks,
    names: [["Pages", 36], ["Events", 65], ...names.map(([kind, name]) => [name, marks[kind]])],
  };
}

class Painter {
  /** `highlighted` flags the rows that match the filters; null if all do. */
  constructor(model, { span, width, highlighted, colours, layout }) {
    Object.assign(this, { model, span, width, colours, layout });
    this.factor = width / (span[1] - span[0]);
    this.isHighlighted = (row) => highlighted === null || highlighted[row] === 1;
  }

  x(position) {
    return (position - this.span[0]) * this.factor;
  }

  drawLane(lane) {
    const drawing = new Drawing();
    const [begin, end] = [firstFrom(lane.positions, this.span[0]), firstFrom(lane.positions, this.span[1] + 1e-6)];
    Object.assign(lane, { shapes: [], bars: [] });
    if (this.layout.header) this.drawHeader(drawing, lane);
    this.drawGaps(drawing, lane);
    const isDense = end - begin > this.width * DENSE;
    lane.container.classList.toggle("dense", isDense);
    if (isDense) this.drawDensity(drawing, lane, begin, end);
    else {
      this.drawPages(drawing, lane, begin, end);
      this.drawEvents(drawing, lane, begin, end);
      this.drawMarks(drawing, lane, begin, end);
    }
    if (!this.layout.header) this.drawEnd(drawing, lane);
    lane.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.layout.height}`);
    lane.svg.replaceChildren(...drawing.elements(), lane.pointer);
  }

  /** Writes when each visit began and how long it took; between them, times, if zoomed in. */
  drawHeader(drawing, lane) {
    const { session, scale } = lane;
    const zone = zoneOf(session);
    const y = this.layout.header;
    const taken = [];
    const visits = session.visits.filter(({ from }) => from != null);
    visits.forEach((visit, index) => {
      const left = this.x(scale.position(visit.from));
      const room = (visits[index + 1] ? this.x(scale.position(visits[index + 1].from)) : this.width) - left - 8;
      const time = timeOfDay(visit.from, zone, MINUTE);
      const width = textWidth(time) * 1.12;
      if (left < -1 || left > this.width || room < width || left < (taken.at(-1)?.right ?? -1)) return;
      drawing.add("visit-line", `M${rounded(left) + 0.5} 0V${this.layout.pages.top - 4}`);
      drawing.write(time, left + 5, y, "strong");
      const length = visit.to > visit.from ? duration(visit.to - visit.from) : "";
      const withLength = length !== "" && room > width + textWidth(length) + 10;
      if (withLength) drawing.write(length, left + width + 11, y, "dim");
      taken.push({ left, right: left + width + (withLength ? textWidth(length) + 20 : 8) });
    });
    if (view.from !== null || taken.length === 0) this.drawTicks(drawing, lane, taken);
  }

  /** Writes the time at regular distances, where there is room. */
  drawTicks(drawing, { session, scale }, taken) {
    const zone = zoneOf(session);
    const parts = this.factor * 1000 > TICKS ? { ...TIME, fractionalSecondDigits: 3 } : this.factor * 60e3 > TICKS ? TIME : MINUTE;
    let day = dayOf(session.first, zone);
    for (let left = 4; left < this.width - 20; left += TICKS) {
      const at = scale.time(this.span[0] + left / this.factor);
      const isGap = scale.gaps.some(({ period }) => at > period.from && at < period.to);
      if (isGap || at < session.first || at > session.last) continue;
      const today = dayOf(at, zone);
      const label = `${today === day ? "" : `${today}, `}${timeOfDay(at, zone, parts)}`;
      const right = left + textWidth(label) + 12;
      if (right > this.width || taken.some((other) => left < other.right && right > other.left)) continue;
      drawing.add("tick", `M${left + 0.5} 4V${this.layout.pages.top - 4}`);
      drawing.write(label, left + 4, this.layout.header, "dim");
      taken.push({ left, right });
      day = today;
    }
  }

  /** Writes the length of each idle period that has room. */
  drawGaps(drawing, lane) {
    const { height, pages, header } = this.layout;
    const middle = pages.top + pages.height / 2;
    for (const { period, begin, end } of lane.scale.gaps) {
      const [left, right] = [Math.max(this.x(begin), -2), Math.min(this.x(end), this.width + 2)];
      if (right < 0 || left > this.width || right - left < 3) continue;
      lane.bars.push({ left, right, top: header ? pages.top : 0, bottom: height, gap: period });
      const brief = duration(period.to - period.from, 1);
      const texts = [`idle ${elapsed(period.from, period.to)}`, `idle ${brief}`, brief, brief.replace("min", "m").replace(" ", "")];
      const text = texts.slice(header ? 0 : 2).find((one) => textWidth(one) <= right - left - 4);
      if (header) drawing.add("gap", `M${rounded(left + 1)} ${pages.top}V${height - 2}M${rounded(right - 1)} ${pages.top}V${height - 2}`);
      else drawing.add("gap", `M${rounded(left + 2)} ${middle}H${rounded(right - 2)}`);
      if (text !== undefined) drawing.write(text, (left + right - textWidth(text)) / 2, middle, `dim ${header ? "" : "on-line"}`);
      else if (header && right - left > 7) drawing.writeUpright(brief, (left + right) / 2, middle, "dim small");
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
      const [row, position] = [lane.rows[index], lane.positions[index]];
      if (open[row] !== bar?.page) {
        close(position);
        if (open[row] !== null) bar = { page: open[row], position, row };
      }
      if (lane.idleFrom.has(row)) close(position);
    }
    close(lane.positions[Math.min(end, lane.positions.length - 1)]);
  }

  /** Returns where the bar ends. */
  drawPage(drawing, lane, { page, position, row }, to) {
    const { top, height } = this.layout.pages;
    const left = Math.max(this.x(position), -4);
    const right = Math.min(Math.max(this.x(to), left + 2), this.width + 4);
    const width = Math.max(right - left - 1, 1);
    drawing.add(this.colours.get(page) ?? "b5", width > 6
      ? `M${rounded(left + 2)} ${top}h${rounded(width - 4)}q2 0 2 2v${height - 4}q0 2 -2 2h${-rounded(width - 4)}q-2 0 -2 -2v${4 - height}q0 -2 2 -2z`
      : rectangle(left, top, width, height));
    lane.bars.push({ left, right, top, bottom: top + height, row });
    const room = Math.min(right, this.width) - Math.max(left, 0) - 9;
    const title = lane.session.titles.get(page) ?? "";
    if (room > 44 || textWidth(title) <= room) drawing.write(truncated(title, room), Math.max(left, 0) + 5, top + height / 2, "title");
    return right;
  }

  drawEvents(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const { middle, view: tall, other } = this.layout.events;
    let drawn = -Infinity;
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      if (kind[row] !== VIEW && kind[row] !== ACTIVITY) continue;
      const x = this.x(lane.positions[index]);
      const isView = kind[row] === VIEW;
      if (!isView && x < drawn + 1.5) continue;
      drawn = x;
      const height = isView ? tall : other;
      drawing.add(`bar ${this.isHighlighted(row) ? this.layout.header ? `k${kind[row]}` : "quiet" : "dimmed"}`, rectangle(x - 1, middle - height / 2, isView ? 2 : 1.5, height));
      lane.shapes.push({ kind: kind[row], x, y: middle, rows: [row] });
    }
  }

  /** Marks that would overlap are drawn as one. */
  drawMarks(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const marks = new Map();
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      const one = kind[row];
      if (!(one in this.layout.marks) || !this.isHighlighted(row)) continue;
      if (!marks.has(one)) marks.set(one, []);
      const ofKind = marks.get(one);
      const x = this.x(lane.positions[index]);
      let mark = ofKind.at(-1);
      if (!mark || x > mark.last + MERGED || x > mark.first + 2 * MERGED) ofKind.push(mark = { first: x, rows: [], items: new Set(), isFilled: one !== OFFER });
      mark.last = x;
      mark.rows.push(row);
      // An offer counts once, whatever its steps.
      const offer = lane.session.offerAt.get(row)?.offer;
      mark.items.add(offer ?? row);
      mark.isFilled ||= offer !== undefined && isAccepted(offer);
    }
    // Outcomes are drawn last, on top.
    for (const one of [...marks.keys()].sort((first, second) => first - second)) {
      let taken = -8;
      marks.get(one).forEach((mark, index, all) => {
        const next = all[index + 1]?.first ?? this.width + 8;
        taken = Math.max(this.drawMark(drawing, lane, one, mark, [taken, next]), mark.last + 8);
      });
    }
  }

  /** Returns where its text ends. `free`: the room for that, on both sides of the mark. */
  drawMark(drawing, lane, kind, { first, rows, items, isFilled }, [free, next]) {
    const y = this.layout.marks[kind];
    drawing.add(styleOf(kind, isFilled), shapeAt(kind, first, y));
    lane.shapes.push({ kind, x: first, y, rows });
    if (!this.layout.header) return first;
    const number = items.size > 1 ? items.size.toLocaleString("en") : "";
    if (number !== "") drawing.write(number, first + 8, y, `number k${kind}`);
    const left = first + 10 + textWidth(number);
    const text = items.size === 1 ? brief(this.model, rows) : "";
    const [width, room] = [textWidth(text), next - left - 12];
    if (text === "") return left;
    if (room >= Math.min(width, 60)) {
      drawing.write(truncated(text, room), left, y, "dim haloed");
      return left + Math.min(width, room);
    }
    // The last one may be at the end of the lane.
    if (next > this.width && first - width - 12 > free) drawing.write(text, first - width - 10, y, "dim haloed");
    return left;
  }

  /** Columns whose height is the number of events, and below them one strip for each kind of mark. */
  drawDensity(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const { pages, events, height, header } = this.layout;
    const bottom = header ? events.middle + events.view / 2 : height - 8;
    const columns = new Map();
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      const number = Math.floor(this.x(lane.positions[index]) / COLUMN);
      let column = columns.get(number);
      if (column === undefined) columns.set(number, column = { rows: [], highlighted: 0, kinds: {} });
      column.rows.push(row);
      if (!this.isHighlighted(row)) continue;
      column.highlighted += 1;
      column.kinds[kind[row]] = (column.kinds[kind[row]] ?? 0) + 1;
    }
    const most = Math.max(...[...columns.values()].map(({ rows }) => rows.length));
    const mostOf = {};
    for (const { kinds } of columns.values()) for (const one in kinds) mostOf[one] = Math.max(mostOf[one] ?? 0, kinds[one]);
    const tall = (number) => (bottom - pages.top) * Math.sqrt(number / most);
    for (const [number, { rows, highlighted, kinds }] of columns) {
      const x = number * COLUMN;
      if (highlighted < rows.length) drawing.add("bar dimmed", rectangle(x, bottom - tall(rows.length), COLUMN - 0.5, tall(rows.length)));
      if (highlighted > 0) drawing.add("bar density", rectangle(x, bottom - tall(highlighted), COLUMN - 0.5, tall(highlighted)));
      for (const one in kinds) {
        if (!(one in this.layout.marks) || (!header && Number(one) !== OUTCOME)) continue;
        const y = header ? this.layout.marks[one] - 6 : height - 7;
        drawing.add(`bar k${one} level${Math.ceil((3 * kinds[one]) / mostOf[one])}`, rectangle(x, y, COLUMN - 0.5, header ? 12 : 6));
      }
      lane.bars.push({ left: x, right: x + COLUMN, top: 0, bottom: height, row: rows[0], rows });
    }
  }

  /** Writes a session's length behind the end of its lane. */
  drawEnd(drawing, { session, scale }) {
    const left = this.x(scale.length) + 10;
    const text = [elapsed(session.first, session.last), plural(session.views, "page")].join(" · ");
    if (view.from === null && left + textWidth(text) < this.width) drawing.write(text, left, this.layout.height / 2, "dim");
  }

  /** Draws the part of the lane selected by dragging. */
  drawSelection(lane, from, to) {
    lane.pointer.setAttribute("class", "selection");
    lane.pointer.setAttribute("d", rectangle(Math.min(from, to), 0, Math.abs(to - from), this.layout.height));
  }

  /** Points at an event, or at none. */
  drawPointer(lane, row) {
    const position = row === null ? NaN : lane.scale?.position(this.model.rows.at[row] ?? NaN);
    const isHere = row !== null && this.model.rows.session[row] === lane.session.number && Number.isFinite(position);
    lane.pointer.setAttribute("class", "pointer");
    lane.pointer.setAttribute("d", isHere ? `${rectangle(this.x(position) - 0.75, 0, 1.5, this.layout.height)}M${rounded(this.x(position) - 4)} 0h8l-4 6z` : "");
  }
}
