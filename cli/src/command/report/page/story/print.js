// The story on paper.

/** Lines on paper that fit on two pages with the rest, of about so many characters; a lane takes the room of some. */
const LINES = 190;
const FEWEST_LINES = 145;
const LINES_PER_LANE = 5;
const CHARACTERS = 72;
/** Most lanes on paper; as in `print.css`. */
const MAX_PRINTED_LANES = 24;

/** Fills the printed story. */
function printStory(model, { rows, heads }) {
  const most = Math.max(LINES - LINES_PER_LANE * sessionsInView(model).length, FEWEST_LINES);
  const lines = [];
  let [taken, left] = [0, rows.length];
  for (const [index, item] of heads.entries()) {
    const line = item.visit ? printedVisit(model, item.visit) : printedEvent(model, item, heads[index - 1]);
    taken += Math.min(Math.ceil(line.textContent.length / CHARACTERS), 3) + (item.visit ? 1 : 0);
    if (taken > most) break;
    lines.push(line);
    left -= item.visit ? 0 : item.rows.length + stepsOf(item);
  }
  if (left > 0) lines.push(element("p", { class: "dim" }, `${plural(left, "more event")} in the file.`));
  const lanes = sessionsInView(model).length - MAX_PRINTED_LANES;
  if (lanes > 0) lines.unshift(element("p", { class: "dim" }, `The timelines of ${plural(lanes, "more session")} are in the file.`));
  byId("printed").replaceChildren(...lines);
}

function printedVisit(model, visit) {
  const { title, notes, source } = visitHeading(model, visit);
  return element("p", { class: "visit" }, element("b", {}, title), " ", ...separated([...notes, source]));
}

function printedEvent(model, item, above) {
  const [row] = item.rows;
  const { text, more, time, since } = eventTexts(model, item, above, false);
  return element("p", { class: `t${model.rows.kind[row]}` }, element("span", { class: "dim" }, time), " ", icon(model.rows.kind[row], fateAt(model, row)),
    " ", ...written(text), element("span", { class: "dim" }, ...written(more, "span"), since === "" ? "" : `  ${since}`));
}
