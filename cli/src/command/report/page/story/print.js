// The story on paper.

/** Most rows on paper: what fits on two pages with the rest. */
const MAX_PRINTED = 110;
/** Most lanes on paper; as in `print.css`. */
const MAX_PRINTED_LANES = 24;

/** Fills the printed story. */
function printStory(model, rows) {
  const items = storyItems(model, rows);
  const shown = items.slice(0, MAX_PRINTED);
  const left = rows.length - sum(shown.map((item) => item.rows?.length ?? 0));
  const lines = shown.map((item) => {
    if (item.visit) {
      const { title, notes } = visitHeading(model, item.visit);
      return element("p", { class: "visit" }, element("b", {}, title), " ", ...separated(notes));
    }
    const { text, more, time, since } = eventTexts(model, item);
    return element("p", { class: `t${model.rows.kind[item.rows[0]]}` }, element("span", { class: "dim" }, time), " ", icon(model.rows.kind[item.rows[0]], isFilledAt(model, item.rows[0])),
      " ", ...written(text), element("span", { class: "dim" }, ...written(more, "span"), since === "" ? "" : `  ${since}`));
  });
  if (left > 0) lines.push(element("p", { class: "dim" }, `${plural(left, "more event")} in the file.`));
  const lanes = sessionsInView(model).length - MAX_PRINTED_LANES;
  if (lanes > 0) lines.unshift(element("p", { class: "dim" }, `The timelines of ${plural(lanes, "more session")} are in the file.`));
  byId("printed").replaceChildren(...lines);
}
