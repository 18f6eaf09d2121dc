// Looks for a text in the JSON of all events, block by block.

/** An escape in JSON, in small letters. */
const ESCAPE = /\\(?:u([0-9a-f]{4})|(.))/g;
const ESCAPED = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

class JsonSearch {
  /** `told` gets how far it is, and nothing when it ends. */
  constructor(model, told) {
    this.model = model;
    this.told = told;
    this.query = "";
    this.found = null;
    this.run = 0;
  }

  /** The rows that have a text; null while they are looked for. `done` is called when they are there. */
  rows(query, done) {
    if (query !== this.query) {
      Object.assign(this, { query, found: null });
      this.run += 1;
      this.told("");
      if (query !== "") this.look(query, this.run).then((isWanted) => isWanted && done());
    }
    return this.found;
  }

  get isBusy() {
    return this.query !== "" && this.found === null;
  }

  /** Whether what was found is still wanted. */
  async look(query, run) {
    const { blocks } = this.model;
    const found = new Set();
    let problem = "";
    for (let block = 0; block < blocks.length; block += 1) {
      const lines = await unzipped(blocks[block]).then((text) => text.split("\n"), () => null);
      if (this.run !== run) return false;
      if (lines === null) problem = "a part of the file is damaged";
      else lines.forEach((line, index) => {
        if (holdsText(line, query)) found.add(block * BLOCK + index);
      });
      this.told(`${Math.round(((block + 1) / blocks.length) * 100)} %`);
    }
    this.told(problem);
    this.found = found;
    return true;
  }
}

/** Whether JSON has a text, in small letters, as it stands or behind escapes. */
function holdsText(json, query) {
  const small = json.toLowerCase();
  if (small.includes(query)) return true;
  const unescaped = (_, code, letter) => (code ? String.fromCharCode(parseInt(code, 16)).toLowerCase() : ESCAPED[letter] ?? letter);
  return small.includes("\\") && small.replace(ESCAPE, unescaped).includes(query);
}
