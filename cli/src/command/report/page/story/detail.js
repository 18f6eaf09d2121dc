// The selected event: what is known of it, and its JSON on demand.

/** Characters of JSON shown at first. */
const MAX_SHOWN = 100_000;
/** Characters of JSON above which lines aren't wrapped: browsers take minutes for that. */
const MAX_WRAPPED = 1_000_000;

class Detail {
  constructor(model, story) {
    this.model = model;
    this.panel = byId("detail");
    this.row = null;
    this.json = "";
    this.title = element("h2", { id: "detail-title", tabindex: -1, "aria-live": "polite" });
    this.facts = element("dl");
    this.text = element("pre", { tabindex: 0, role: "region", "aria-label": "Event JSON" });
    this.more = element("button", { type: "button", hidden: true, onclick: () => this.showAll() });
    this.raw = element("details", { ontoggle: () => this.raw.open && this.showJson() }, element("summary", {}, "Raw JSON"),
      copyButton("Copy JSON", () => this.reading), this.text, this.more);
    const tools = element("div", { class: "tools" }, toolButton("↑", "Previous event", () => story.step(-1)), toolButton("↓", "Next event", () => story.step(1)),
      toolButton("✕", "Close", () => this.close()));
    this.panel.append(element("div", { class: "bar" }, this.title, tools), this.facts, this.raw);
    for (const area of [this.panel, byId("list")]) {
      area.addEventListener("keydown", (key) => {
        if (key.key === "Escape" && view.row !== null) this.close();
      });
    }
  }

  close() {
    updateView({ row: null });
    (this.opener?.isConnected ? this.opener : byId("list")).focus({ preventScroll: true });
  }

  showAll() {
    this.text.classList.toggle("unwrapped", this.json.length > MAX_WRAPPED);
    this.text.replaceChildren(this.json);
    this.more.hidden = true;
    this.text.focus();
  }

  /** Shows the event again next time: the time zone may have changed. */
  invalidate() {
    this.isStale = true;
  }

  /** Shows the selected event. */
  show() {
    const { row } = view;
    if (this.row === row && !this.isStale) return;
    if (this.row === null) this.opener = document.activeElement;
    Object.assign(this, { row, isStale: false });
    this.panel.hidden = row === null;
    if (row === null) return;
    this.showFacts(row);
    this.text.replaceChildren("…");
    this.more.hidden = true;
    if (this.raw.open) this.showJson();
  }

  async showJson() {
    const { row } = this;
    this.reading = jsonOf(this.model, row).then((line) => indented(line, this.model.hidden), () => "This part of the file is damaged.");
    const json = await this.reading;
    if (this.row !== row) return;
    this.json = json;
    this.text.classList.remove("unwrapped");
    this.text.replaceChildren(json.slice(0, MAX_SHOWN));
    this.more.hidden = json.length <= MAX_SHOWN;
    this.more.textContent = `Show all ${figure(json.length)} characters`;
  }

  showFacts(row) {
    const { rows, strings, sessions } = this.model;
    const session = sessions[rows.session[row]];
    const zone = zoneOf(session);
    const at = rows.at[row];
    const title = strings[rows.title[row]];
    const page = session.pages.find(({ key }) => key === rows.open[row]);
    const offer = session.offerAt.get(row)?.offer;
    this.title.replaceChildren(icon(rows.kind[row], fateAt(this.model, row)), " ", ...written(sentence(this.model, row)));
    const facts = [
      ["Time", at == null ? "no date" : `${dateTime(at, zone, { ...TIME, fractionalSecondDigits: 3 })} ${zoneLabel(zone)}`],
      ["Page", title || (page ? page.title : "")], ["Address", page && page.address !== page.title ? page.address : ""], ["Details", strings[rows.detail[row]]],
      ["Steps", offer && offer.steps.length > 1 ? offer.steps.map(({ state }) => humanized(state)).join(" → ") : ""],
      ["Event", `${KINDS[rows.kind[row]]}: ${nameOf(this.model, row)}`], ["Session", [session.type, session.id].filter(Boolean).join(" ")],
    ];
    this.facts.replaceChildren(...facts.filter(([, text]) => text).flatMap(([name, text]) => [
      element("dt", {}, name), element("dd", {}, isolated(text))]));
  }
}
