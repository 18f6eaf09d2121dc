// Looks for a text in the JSON of all events, block by block.

const ESCAPES = /\\u([0-9a-f]{4})/gi;

class JsonSearch {
  /** `told` gets the part that is done, as long as it goes on. */
  constructor(model, told) {
    this.model = model;
    this.told = told;
    this.query = "";
    this.found = null;
  }

  /** The rows that have a text; null while they are looked for. `done` is called when they are there. */
  rows(query, done) {
    if (query !== this.query) {
      Object.assign(this, { query, found: null });
      if (query !== "") this.look(query).then((isWanted) => isWanted && done());
    }
    return this.found;
  }

  get isBusy() {
    return this.query !== "" && this.found === null;
  }

  /** Whether what was found is still wanted. */
  async look(query) {
    const { blocks } = this.model;
    const found = new Set();
    for (let block = 0; block < blocks.length; block += 1) {
      const lines = (await unzipped(blocks[block])).split("\n");
      if (this.query !== query) return false;
      lines.forEach((line, index) => {
        if (holdsText(line, query)) found.add(block * BLOCK + index);
      });
      this.told((block + 1) / blocks.length);
    }
    this.found = found;
    return true;
  }
}

/** Whether JSON has a text, in small letters, as it stands or behind escapes. */
function holdsText(json, query) {
  const small = json.toLowerCase();
  if (small.includes(query)) return true;
  return small.includes("\\u") && small.replace(ESCAPES, (_, code) => String.fromCharCode(parseInt(code, 16)).toLowerCase()).includes(query);
}
