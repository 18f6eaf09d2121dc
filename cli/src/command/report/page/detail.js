// The chosen event: what is known of it, and its JSON.

/** Characters of JSON that are shown at once. */
const MOST_SHOWN = 100_000;

/** Shows an event that was chosen elsewhere than in the list. */
function openEvent(row) {
  look({ row });
  byId("detail").scrollIntoView({ block: "nearest" });
  byId("detail-title").focus({ preventScroll: true });
}

class Detail {
  constructor(model, list) {
    this.model = model;
    this.panel = byId("detail");
    this.row = null;
    this.json = "";
    this.title = element("h3", { id: "detail-title", tabindex: -1, "aria-live": "polite" });
    this.facts = element("dl");
    this.text = element("pre", { tabindex: 0, role: "region", "aria-label": "JSON of the event" });
    this.more = element("button", { type: "button", onclick: () => this.showAll() });
    const button = (text, click) => element("button", { type: "button", onclick: click }, text);
    const tools = element("div", { class: "tools" }, button("Previous", () => list.step(-1)), button("Next", () => list.step(1)),
      button("Close", () => this.close()), copyButton("Copy JSON", () => this.json));
    this.panel.append(tools, this.title, this.facts, this.text, this.more);
    for (const place of [this.panel, byId("list")]) {
      place.addEventListener("keydown", (key) => {
        if (key.key === "Escape" && view.row !== null) this.close();
      });
    }
  }

  close() {
    look({ row: null });
    (this.opener?.isConnected ? this.opener : byId("list")).focus();
  }

  showAll() {
    this.text.replaceChildren(this.json);
    this.more.hidden = true;
    this.text.focus();
  }

  /** What it tells is to be told anew: times are other ones. */
  forget() {
    this.isStale = true;
  }

  /** Shows the event that is chosen now. */
  async show() {
    const row = view.row;
    if (this.row === row && !this.isStale) return;
    if (this.row === null) this.opener = document.activeElement;
    Object.assign(this, { row, isStale: false });
    this.panel.hidden = row === null;
    if (row === null) return;
    this.tell(row);
    this.text.replaceChildren("…");
    this.more.hidden = true;
    const json = await jsonOf(this.model, row).then((line) => indented(line, this.model.hidden), () => "This part of the file is damaged.");
    if (this.row !== row) return;
    this.json = json;
    this.text.replaceChildren(json.slice(0, MOST_SHOWN));
    this.more.hidden = json.length <= MOST_SHOWN;
    this.more.textContent = `Show all ${json.length.toLocaleString("en")} characters`;
  }

  tell(row) {
    const { rows, texts, sessions } = this.model;
    const session = sessions[rows.session[row]];
    const zone = zoneOf(session);
    this.title.replaceChildren(`${KINDS[rows.kind[row]]}: `, isolated(texts[rows.name[row]]));
    const facts = [
      ["When", `${dateTimeExact(rows.at[row], zone)} (${zone})`], ["Session", `${session.label} ${session.id}`],
      ["Where", texts[rows.place[row]] || placeAt(this.model, row)], ["More", texts[rows.detail[row]]],
    ];
    this.facts.replaceChildren(...facts.filter(([, text]) => text).flatMap(([name, text]) => [
      element("dt", {}, name), element("dd", {}, isolated(text))]));
  }
}

/** A button that puts a text on the clipboard, and says whether it did. */
function copyButton(label, text) {
  const button = element("button", { type: "button", onclick: async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      said = "The browser does not allow it";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}
