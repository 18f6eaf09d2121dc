// The chosen event: what is known of it, and its JSON.

/** Characters of JSON that are shown at once. */
const MOST_SHOWN = 100_000;

class Detail {
  constructor(model, list) {
    this.model = model;
    this.list = list;
    this.panel = byId("detail");
    this.row = null;
    this.panel.addEventListener("keydown", (key) => {
      if (key.key === "Escape") this.close();
    });
    byId("list").addEventListener("keydown", (key) => {
      if (key.key === "Escape" && view.row !== null) this.close();
    });
  }

  close() {
    look({ row: null });
    byId("list").focus();
  }

  /** Shows the event that is chosen now. */
  async show() {
    if (this.row === view.row) return;
    const row = view.row;
    this.row = row;
    this.panel.hidden = row === null;
    if (row === null) return;
    const { rows, texts, sessions } = this.model;
    const session = sessions[rows.session[row]];
    const zone = zoneOf(session);
    const list = element("dl");
    const tell = (name, text) => text && list.append(element("dt", {}, name), element("dd", {}, isolated(text)));
    tell("When", `${dateTimeExact(rows.at[row], zone)} (${zone})`);
    tell("Session", `${session.label} ${session.id}`);
    tell("Where", texts[rows.place[row]]);
    tell("More", texts[rows.detail[row]]);
    const json = element("pre", { tabindex: 0, role: "region", "aria-label": "JSON of the event" }, "…");
    const button = (text, click) => element("button", { type: "button", onclick: click }, text);
    const step = (by) => () => {
      const index = this.list.rows.indexOf(row) + by;
      if (index in this.list.rows) look({ row: this.list.rows[index] });
    };
    const tools = element("div", { class: "tools" }, button("Previous", step(-1)), button("Next", step(1)), button("Close", () => this.close()));
    this.panel.replaceChildren(tools,
      element("h3", {}, `${KINDS[rows.kind[row]]}: `, isolated(texts[rows.name[row]])), list, json);
    const text = indented(await jsonOf(this.model, row));
    if (this.row !== row) return;
    json.replaceChildren(text.slice(0, MOST_SHOWN));
    tools.append(copyButton("Copy JSON", () => text));
    if (text.length <= MOST_SHOWN) return;
    const all = button(`Show all ${text.length.toLocaleString("en")} characters`, () => {
      json.replaceChildren(text);
      all.remove();
    });
    this.panel.append(all);
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
