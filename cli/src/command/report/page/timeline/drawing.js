// What a chart is made of: texts that fit, and shapes of one style in one path.

/** Measures text in a font that the style sets for charts. */
function measureOf(font) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  return { context, widths: new Map() };
}

const PLAIN = measureOf("11px system-ui, sans-serif");
const STRONG = measureOf("600 11px system-ui, sans-serif");
const SMALL = measureOf("10px system-ui, sans-serif");
const BADGE = measureOf("600 9px system-ui, sans-serif");

function textWidth(text, { context, widths } = PLAIN) {
  if (!widths.has(text)) widths.set(text, context.measureText(text).width);
  return widths.get(text);
}

/** Truncates a text to a width, and isolates its direction. */
function truncated(text, width) {
  const isolate = (part) => `\u2068${part}\u2069`;
  if (textWidth(text) <= width) return isolate(text);
  const letters = [...text];
  let [low, high] = [1, letters.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (PLAIN.context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return isolate(`${letters.slice(0, low).join("").trimEnd()}…`);
}

const rectangle = (x, y, width, height) => `M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h${-rounded(width)}z`;

/** Collects one path per style, and texts on top. */
class Drawing {
  constructor() {
    this.paths = new Map();
    this.texts = [];
  }

  add(style, path) {
    if (!this.paths.has(style)) this.paths.set(style, []);
    this.paths.get(style).push(path);
  }

  write(text, x, y, style = "") {
    this.texts.push(svgElement("text", { x: rounded(x), y, class: style }, text));
  }

  /** Writes from bottom to top, around a position. */
  writeUpright(text, x, y, style) {
    this.texts.push(svgElement("text", { transform: `translate(${rounded(x)} ${y}) rotate(-90)`, "text-anchor": "middle", class: style }, text));
  }

  elements() {
    const paths = [...this.paths].map(([style, parts]) => svgElement("path", { class: style, d: parts.join("") }));
    return [...paths, ...this.texts];
  }
}
