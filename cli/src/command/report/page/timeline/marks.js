// The marks of a lane: events, what has a row of its own, and the density of many events.

/** Events per pixel above which density replaces marks. */
const DENSE = 0.6;
/** Width of a column of a dense lane, in pixels. */
const COLUMN = 3;
/** Marks of a kind this close together are drawn as one. */
const MERGED = 9;
/** Distance of marks side by side. */
const BESIDE = 11;

class MarkPainter {
  /** `highlighted` flags the rows that match the filters; null if all do. */
  constructor(model, { span, width, highlighted, layout }) {
    Object.assign(this, { model, span, width, layout });
    this.factor = width / (span[1] - span[0]);
    this.isHighlighted = (row) => highlighted === null || highlighted[row] === 1;
  }

  x(position) {
    return (position - this.span[0]) * this.factor;
  }

  drawEvents(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const { middle, view: tall } = this.layout.events;
    let drawn = -Infinity;
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      if (kind[row] !== VIEW && kind[row] !== ACTIVITY) continue;
      const x = this.x(lane.positions[index]);
      const isView = kind[row] === VIEW;
      if (!isView && x < drawn + 1.5) continue;
      drawn = x;
      const path = isView ? rectangle(x - 1, middle - tall / 2, 2, tall) : pathAt(SHAPES[ACTIVITY], x, middle);
      drawing.add(`bar ${this.isHighlighted(row) ? `k${kind[row]}` : "dimmed"}`, path);
      lane.shapes.push({ kind: kind[row], x, y: middle, rows: [row] });
    }
  }

  /** Marks that would overlap are drawn as one. An offer has one mark, where it was shown, or else where it has a date. */
  drawMarks(drawing, lane, begin, end) {
    const { kind } = this.model.rows;
    const marks = new Map();
    for (let index = begin; index < end; index += 1) {
      const row = lane.rows[index];
      const one = kind[row];
      if (!(one in this.layout.marks)) continue;
      const offer = one === OFFER ? offerOf(this.model, row) : undefined;
      const where = offer && [shownAt(offer), ...offer.steps].find((step) => step && this.model.rows.at[step.row] != null);
      if (where !== undefined && where.row !== row) continue;
      const rows = offer === undefined ? [row] : offer.steps.map((step) => step.row);
      if (!rows.some(this.isHighlighted)) continue;
      if (!marks.has(one)) marks.set(one, []);
      const ofKind = marks.get(one);
      const x = this.x(lane.positions[index]);
      let mark = ofKind.at(-1);
      if (!mark || x > mark.last + MERGED || x > mark.first + 2 * MERGED) ofKind.push(mark = { first: x, rows: [], items: [] });
      mark.last = x;
      mark.rows.push(...rows);
      mark.items.push(row);
    }
    if (!this.layout.header) this.separate([...marks.values()].flat());
    // Outcomes are drawn last, on top.
    for (const one of [...marks.keys()].sort((first, second) => first - second)) {
      let taken = -8;
      marks.get(one).forEach((mark, index, all) => {
        const next = all[index + 1]?.first ?? this.width + 8;
        taken = Math.max(this.drawMark(drawing, lane, one, mark, [taken, next]), mark.last + 8);
      });
    }
  }

  /** Moves marks that share a row beside each other, as long as they stay near their time. */
  separate(marks) {
    let free = -Infinity;
    for (const mark of marks.sort((one, other) => one.first - other.first)) {
      if (mark.first < free && free - mark.first < 2 * MERGED) mark.first = free;
      free = mark.first + BESIDE;
    }
  }

  /** Returns where its text ends. `free`: the room for that, on both sides of the mark. */
  drawMark(drawing, lane, kind, { first, rows, items }, [free, next]) {
    const y = this.layout.marks[kind];
    const fates = new Set(items.map((row) => fateAt(this.model, row)));
    const fate = [...FATES.keys()].find((one) => fates.has(one));
    for (const { style, path } of partsOf(kind, fate)) drawing.add(style, pathAt(path, first, y));
    lane.shapes.push({ kind, x: first, y, rows });
    if (!this.layout.header) return first;
    const left = first + 10;
    const names = tally(items.map((row) => brief(this.model, row)).filter((text) => text !== ""));
    const full = kind === OFFER ? names.map(([name, count]) => (count > 1 ? `${count} ${name}` : name)).join(", ") : names.map(counted).map(apart).join(", ");
    const room = next - left - 12;
    const short = items.length > 1 ? figure(items.length) : "";
    const text = [full, short].find((one) => one !== "" && textWidth(one) <= room) ?? (short === "" && room >= 60 ? full : "");
    if (text !== "") {
      drawing.write(truncated(text, room), left, y, "dim haloed");
      return left + Math.min(textWidth(text), room);
    }
    // The last one may be at the end of the lane.
    const width = textWidth(full);
    if (next > this.width && first - width - 12 > free) drawing.write(truncated(full, width), first - width - 10, y, "dim haloed");
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
}
