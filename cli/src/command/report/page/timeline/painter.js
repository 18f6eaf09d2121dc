// Draws a lane as SVG and records where each mark is. Shapes of one style share a path, so that a lane has a
// few hundred elements for any number of events.

/** A lane among others: pages above, marks below. */
const COMPACT = { height: 28, pages: { top: 2, height: 14 }, marks: {} };
const ROW_STEP = 19;
const NAMED_ROWS = [[SEARCH, "Searches"], [SEGMENT, "Segments"], [OFFER, "Offers"], [OUTCOME, "Outcomes"], [OTHER, "Other"]];
for (const [kind] of NAMED_ROWS) COMPACT.marks[kind] = 22;

/** Distance between ticks, in pixels. */
const TICKS = 130;
/** Room for a title that is cut short, in pixels. */
const SHORT_TITLE = 44;

/** The only lane has a header and a row for each kind of mark that occurs. */
function roomyLayout(kinds) {
  const names = NAMED_ROWS.filter(([kind]) => kinds.has(kind));
  const first = 88;
  const marks = Object.fromEntries(names.map(([kind], index) => [kind, first + index * ROW_STEP]));
  return {
    height: first - 8 + names.length * ROW_STEP, header: 9, pages: { top: 24, height: 28 }, events: { middle: 67, view: 14 }, marks,
    names: [["Pages", 38], ["Events", 67], ...names.map(([kind, name]) => [name, marks[kind]])],
  };
}

class Painter extends MarkPainter {
  drawLane(lane) {
    const drawing = new Drawing();
    const [begin, end] = [firstFrom(lane.positions, this.span[0]), firstFrom(lane.positions, this.span[1] + 1e-6)];
    Object.assign(lane, { shapes: [], bars: [] });
    this.drawGaps(drawing, lane);
    const isDense = end - begin > this.width * DENSE;
    lane.isDense = isDense;
    lane.container.classList.toggle("dense", isDense);
    if (isDense) this.drawDensity(drawing, lane, begin, end);
    else {
      this.drawPages(drawing, lane, begin, end);
      if (this.layout.events) this.drawEvents(drawing, lane, begin, end);
      this.drawMarks(drawing, lane, begin, end);
    }
    if (this.layout.header) this.drawHeader(drawing, lane);
    else this.drawBadges(drawing, lane);
    lane.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.layout.height}`);
    lane.svg.replaceChildren(...drawing.elements(), lane.pointer);
  }

  /** Brackets each visit, with its number, when it began and how long it was active; between them, times, if zoomed in. */
  drawHeader(drawing, lane) {
    const { session, scale } = lane;
    const zone = zoneOf(session);
    const y = this.layout.header;
    const taken = [];
    const visits = session.visits.filter(({ from }) => from != null);
    visits.forEach((visit, index) => {
      const [left, end] = [this.x(scale.position(visit.from)), this.x(scale.position(visit.to))];
      if (end < -1 || left > this.width) return;
      drawing.add("visit-line", `M${rounded(Math.max(left, -2))} ${y + 9.5}H${rounded(Math.min(Math.max(end, left + 3), this.width + 2))}`);
      const room = (visits[index + 1] ? this.x(scale.position(visits[index + 1].from)) : this.width) - left - 8;
      if (left < -1 || left < (taken.at(-1)?.right ?? -1)) return;
      const number = [`Visit ${visit.number + 1}`, String(visit.number + 1)].find((text) => textWidth(text, STRONG) <= room);
      if (number === undefined) return;
      let right = left + textWidth(number, STRONG);
      drawing.write(number, left, y, "strong");
      const time = timeOfDay(visit.from, zone, MINUTE);
      const active = activeTime(visit.active);
      const text = [active === "" ? time : `${time}, ${active}`, time].find((one) => right + 6 + textWidth(one) <= left + room);
      if (text !== undefined) {
        drawing.write(text, right + 6, y, "dim");
        right += 6 + textWidth(text);
      }
      taken.push({ left, right: right + 8 });
    });
    if (view.from !== null || taken.length === 0) this.drawTicks(drawing, lane, taken);
  }

  /** Numbers each visit where it begins. */
  drawBadges(drawing, { session, scale }) {
    const { top, height } = this.layout.pages;
    const y = top + height / 2;
    let free = -Infinity;
    for (const { from, number } of session.visits) {
      const x = from == null ? NaN : Math.max(this.x(scale.position(from)) - 8, 6);
      if (!(x >= free) || this.x(scale.position(from)) < -1 || x > this.width) continue;
      const text = String(number + 1);
      const half = Math.max(textWidth(text, BADGE) / 2 + 2.5, 5.5);
      drawing.add("badge", `M${rounded(x - half + 5.5)} ${y - 5.5}h${rounded(2 * half - 11)}a5.5 5.5 0 0 1 0 11h${-rounded(2 * half - 11)}a5.5 5.5 0 0 1 0 -11z`);
      drawing.write(text, x - textWidth(text, BADGE) / 2, y + 0.5, "badge-number");
      free = x + 2 * half + 1;
    }
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

  /** Writes the length of each idle period that has room. What is between visits is set apart from what is within one. */
  drawGaps(drawing, lane) {
    const { height, pages, header } = this.layout;
    const middle = pages.top + pages.height / 2;
    for (const { period, begin, end } of lane.scale.gaps) {
      const [left, right] = [Math.max(this.x(begin), -2), Math.min(this.x(end), this.width + 2)];
      if (right < 0 || left > this.width || right - left < 3) continue;
      lane.bars.push({ left, right, top: header ? pages.top : 0, bottom: height, gap: period });
      const isBetween = lane.visitRows.has(period.after);
      // The next visit's number is at the end.
      const [from, to] = [left + 2, right - (isBetween && !header ? 16 : 2)];
      const short = duration(period.to - period.from, 1);
      const texts = [...(header ? [`${isBetween ? "away" : "idle"} ${elapsed(period.from, period.to)}`, `${isBetween ? "away" : "idle"} ${short}`] : []), short, short.replace("min", "m").replace(" ", "")];
      const font = header && isBetween ? PLAIN : SMALL;
      const text = texts.find((one) => textWidth(one, font) <= to - from - 2);
      if (header && isBetween) drawing.add("away", rectangle(left + 2, 0, Math.max(right - left - 4, 1), height));
      else drawing.add(isBetween ? "gap" : "pause", `M${rounded(from)} ${middle}H${rounded(to)}`);
      if (text !== undefined) drawing.write(text, (from + to - textWidth(text, font)) / 2, middle, `dim ${header && isBetween ? "" : "on-line"}`);
      else if (header && right - left > 7) drawing.writeUpright(short, (left + right) / 2, middle, "dim on-line");
    }
  }

  /** Draws a bar for each page on screen; neighbours without room for their titles share one. */
  drawPages(drawing, lane, begin, end) {
    const { open } = this.model.rows;
    let bar = null;
    let run = [];
    const { top, height } = this.layout.pages;
    const flush = () => {
      if (run.length > 0) this.drawRun(drawing, run);
      run = [];
    };
    const close = (to) => {
      if (bar === null) return;
      const left = Math.max(this.x(bar.position), -4);
      const right = Math.min(Math.max(this.x(to), left + 2), this.width + 4);
      lane.bars.push({ left, right, top, bottom: top + height, row: bar.row });
      const room = roomIn(left, right, this.width);
      const title = lane.session.titles.get(bar.page) ?? "";
      if (room >= Math.min(textWidth(title), SHORT_TITLE)) {
        flush();
        this.drawBar(drawing, "page", left, right, truncated(title, room));
      } else run.push({ left, right, title });
      bar = null;
    };
    // Start with the event before the span: its page is still open.
    for (let index = Math.max(begin - 1, 0); index < Math.min(end + 1, lane.rows.length); index += 1) {
      const [row, position] = [lane.rows[index], lane.positions[index]];
      if (open[row] !== bar?.page) {
        close(position);
        if (open[row] !== null) bar = { page: open[row], position, row };
      }
      if (lane.idleFrom.has(row)) {
        close(position);
        flush();
      }
    }
    close(lane.positions[Math.min(end, lane.positions.length - 1)]);
    flush();
  }

  /** Draws pages one after the other as one bar, with their number. */
  drawRun(drawing, run) {
    const [{ left, title }, { right }] = [run[0], run.at(-1)];
    const room = roomIn(left, right, this.width) + 5;
    const texts = run.length === 1 ? [] : [plural(run.length, "page"), String(run.length)];
    const text = texts.find((one) => textWidth(one) <= room) ?? (run.length === 1 && room > 20 ? truncated(title, room) : "");
    this.drawBar(drawing, "pages", left, right, text, 3);
  }

  drawBar(drawing, style, left, right, text, margin = 5) {
    const { top, height } = this.layout.pages;
    const width = Math.max(right - left - 1, 1);
    drawing.add(style, width > 6
      ? `M${rounded(left + 2)} ${top}h${rounded(width - 4)}q2 0 2 2v${height - 4}q0 2 -2 2h${-rounded(width - 4)}q-2 0 -2 -2v${4 - height}q0 -2 2 -2z`
      : rectangle(left, top, width, height));
    if (text !== "") drawing.write(text, Math.max(left, 0) + margin, top + height / 2, `title${style === "pages" ? " dim" : ""}`);
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

/** The room for text in the visible part of a bar. */
const roomIn = (left, right, width) => Math.min(right, width) - Math.max(left, 0) - 9;
