// The shapes of events, the same on the timeline, in the story and in the legend. Each is drawn around 0, 0.

const SHAPES = {
  [VIEW]: "M-1.5 -5.5h3v11h-3z",
  [ACTIVITY]: "M-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z",
  [SEARCH]: "M-4.5 -1a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0zM1.6 1.6L5 5",
  [SEGMENT]: "M-4 -4h8v8h-8z",
  [OFFER]: "M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
  [OUTCOME]: "M0 -6.5L1.7 -2.3L6.2 -2L2.7 .9L3.8 5.3L0 2.9L-3.8 5.3L-2.7 .9L-6.2 -2L-1.7 -2.3z",
  [OTHER]: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
};

/** Kinds whose shape is an outline. */
const OUTLINED = new Set([SEARCH, OTHER]);

/** What became of an offer, the most important first: how its shape is drawn, and the legend's words. */
const FATES = new Map([
  ["accepted", { style: "", label: "offer accepted" }], ["declined", { style: " hollow", inside: "M-2 -2L2 2M-2 2L2 -2", label: "declined" }],
  ["failed", { style: " hollow broken", label: "failed" }], ["open", { style: " hollow", label: "no answer" }],
]);

/** Whether a position, relative to a shape's middle, is within the shape. */
const INSIDE = {
  [VIEW]: (x, y) => Math.abs(x) <= 2.5 && Math.abs(y) <= 7,
  [ACTIVITY]: (x, y) => Math.hypot(x, y) <= 3.5,
  [SEARCH]: (x, y) => Math.hypot(x, y) <= 6,
  [SEGMENT]: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 5,
  [OFFER]: (x, y) => Math.abs(x) + Math.abs(y) <= 7,
  [OUTCOME]: (x, y) => Math.hypot(x, y) <= 7,
  [OTHER]: (x, y) => Math.hypot(x, y) <= 5,
};

/** Returns the styles and paths of a mark around 0, 0; `fate` is an offer's. */
function partsOf(kind, fate) {
  const { style = OUTLINED.has(kind) ? " hollow" : "", inside } = FATES.get(fate) ?? {};
  const base = { style: `mark k${kind}${style}`, path: SHAPES[kind] };
  return inside === undefined ? [base] : [base, { style: `mark k${kind}`, path: inside }];
}

/** Returns a path with its middle at a position. Only the first command of each part is absolute. */
function pathAt(path, x, y) {
  return path.replace(/([ML])(-?[\d.]+) (-?[\d.]+)/g, (_, command, right, down) => `${command}${rounded(x + Number(right))} ${rounded(y + Number(down))}`);
}

/** Creates a small picture of a kind; `fate` is an offer's. */
function icon(kind, fate = "accepted") {
  const picture = svgElement("svg", { class: "icon", viewBox: "-7 -7 14 14", "aria-hidden": "true" });
  picture.append(...partsOf(kind, kind === OFFER ? fate : undefined).map(({ style, path }) => svgElement("path", { class: style, d: path })));
  return picture;
}
