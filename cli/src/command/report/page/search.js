// Searches the JSON of all events, block by block.

/** A JSON escape, in lower case. */
const ESCAPE = /\\(?:u([0-9a-f]{4})|(.))/g;
const ESCAPED = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

class JsonSearch {
  /** Calls `onProgress` with a text; it is empty at the end. */
  constructor(model, onProgress) {
    this.model = model;
    this.onProgress = onProgress;
    this.query = "";
    this.found = null;
    this.run = 0;
  }

  /** Returns the rows that contain the query, or null and calls `onDone` once they are found. */
  rows(query, onDone) {
    if (query !== this.query) {
      Object.assign(this, { query, found: null });
      this.run += 1;
      this.onProgress("");
      if (query !== "") this.scan(query, this.run).then((isCurrent) => isCurrent && onDone());
    }
    return this.found;
  }

  get isBusy() {
    return this.query !== "" && this.found === null;
  }

  /** Resolves to whether the query is still the current one. */
  async scan(query, run) {
    const { blocks } = this.model;
    const found = new Set();
    let problem = "";
    for (let block = 0; block < blocks.length; block += 1) {
      const lines = await unzipped(blocks[block]).then((text) => text.split("\n"), () => null);
      if (this.run !== run) return false;
      if (lines === null) problem = "part of the file is damaged";
      else lines.forEach((line, index) => {
        if (containsText(line, query)) found.add(block * EVENTS_PER_BLOCK + index);
      });
      this.onProgress(`${Math.round(((block + 1) / blocks.length) * 100)} %`);
    }
    this.onProgress(problem);
    this.found = found;
    return true;
  }
}

/** Returns whether JSON contains a lower-case text, as written or with escapes decoded. */
function containsText(json, query) {
  const lower = json.toLowerCase();
  if (lower.includes(query)) return true;
  const unescaped = (_, code, letter) => (code ? String.fromCharCode(parseInt(code, 16)).toLowerCase() : ESCAPED[letter] ?? letter);
  return lower.includes("\\") && lower.replace(ESCAPE, unescaped).includes(query);
}
