// What a chart is made of: texts that fit, and shapes of one style in one path.

/** Measures text in the font that the style sets for charts. */
const textMeasure = document.createElement("canvas").getContext("2d");
textMeasure.font = "11px system-ui, sans-serif";
const widths = new Map();

function textWidth(text) {
  if (!widths.has(text)) widths.set(text, textMeasure.measureText(text).width);
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
    if (textMeasure.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
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
