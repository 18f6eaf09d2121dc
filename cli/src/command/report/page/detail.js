// The selected event and its JSON.

/** Characters of JSON shown at first. */
const MAX_SHOWN = 100_000;

/** Selects an event from outside the list. */
function openEvent(row) {
  updateView({ row });
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
    this.text = element("pre", { tabindex: 0, role: "region", "aria-label": "Event JSON" });
    this.more = element("button", { type: "button", onclick: () => this.showAll() });
    const button = (text, click) => element("button", { type: "button", onclick: click }, text);
    const tools = element("div", { class: "tools" }, button("Previous", () => list.step(-1)), button("Next", () => list.step(1)),
      button("Close", () => this.close()), copyButton("Copy JSON", () => this.json));
    this.panel.append(tools, this.title, this.facts, this.text, this.more);
    for (const area of [this.panel, byId("list")]) {
      area.addEventListener("keydown", (key) => {
        if (key.key === "Escape" && view.row !== null) this.close();
      });
    }
  }

  close() {
    updateView({ row: null });
    (this.opener?.isConnected ? this.opener : byId("list")).focus();
  }

  showAll() {
    this.text.replaceChildren(this.json);
    this.more.hidden = true;
    this.text.focus();
  }

  /** Shows the event again next time: the time zone may have changed. */
  invalidate() {
    this.isStale = true;
  }

  /** Shows the selected event. */
  async show() {
    const row = view.row;
    if (this.row === row && !this.isStale) return;
    if (this.row === null) this.opener = document.activeElement;
    Object.assign(this, { row, isStale: false });
    this.panel.hidden = row === null;
    if (row === null) return;
    this.showFacts(row);
    this.text.replaceChildren("…");
    this.more.hidden = true;
    const json = await jsonOf(this.model, row).then((line) => indented(line, this.model.hidden), () => "This part of the file is damaged.");
    if (this.row !== row) return;
    this.json = json;
    this.text.replaceChildren(json.slice(0, MAX_SHOWN));
    this.more.hidden = json.length <= MAX_SHOWN;
    this.more.textContent = `Show all ${json.length.toLocaleString("en")} characters`;
  }

  showFacts(row) {
    const { rows, strings, sessions } = this.model;
    const session = sessions[rows.session[row]];
    const zone = zoneOf(session);
    this.title.replaceChildren(`${KINDS[rows.kind[row]]}: `, isolated(strings[rows.name[row]]));
    const facts = [
      ["Time", `${dateTimeExact(rows.at[row], zone)} (${zone})`], ["Session", `${session.label} ${session.id}`],
      ["Page", strings[rows.title[row]] || openTitle(this.model, row)], ["Details", strings[rows.detail[row]]],
    ];
    this.facts.replaceChildren(...facts.filter(([, text]) => text).flatMap(([name, text]) => [
      element("dt", {}, name), element("dd", {}, isolated(text))]));
  }
}

/** Creates a button that copies a text to the clipboard and shows whether it worked. */
function copyButton(label, text) {
  const button = element("button", { type: "button", onclick: async () => {
    let result = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      result = "Blocked by the browser";
    }
    button.textContent = result;
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}
