// The search and the filters of the story.

/** Most event names to choose from. */
const MAX_NAMES = 200;

/** Creates the filters; returns a function that updates them and the count. */
function showFilters(model) {
  const query = element("input", { type: "search", "aria-label": "Search", placeholder: "Search" });
  query.addEventListener("input", () => updateView({ query: query.value }));
  const inJson = element("input", { type: "checkbox", onchange: () => updateView({ inJson: inJson.checked }) });
  const kinds = KINDS.map((_, kind) => {
    const box = element("input", { type: "checkbox", onchange: () => {
      updateView({ kinds: new Set(kinds.flatMap((one, number) => (one.box.checked ? [number] : []))) });
    } });
    const number = element("span", { class: "dim" });
    return { box, number, label: element("label", { class: "chip" }, box, icon(kind, "open"), KINDS_PLURAL[kind], " ", number) };
  });
  const name = element("select", { "aria-label": "Event name", onchange: () => updateView({ name: name.value === "" ? null : Number(name.value) }) });
  const only = element("span", { class: "dim" });
  const clear = element("button", { type: "button", onclick: () => updateView(unfiltered()) }, "Clear filters");
  const more = element("details", { class: "more" }, element("summary", { class: "chip" }, "More"),
    name, element("label", { class: "chip" }, inJson, "Search the JSON too"));
  byId("filters").replaceChildren(only, clear, query, more,
    element("div", { class: "chips", role: "group", "aria-label": "Kinds of events" }, ...kinds.map(({ label }) => label)));
  let counted = null;
  /** Counts the events of the sessions in view, by kind and name. */
  const recount = () => {
    const sessions = sessionsInView(model);
    const key = sessions.map(({ number }) => number).join();
    if (counted === key) return;
    counted = key;
    const rows = sessions.flatMap((session) => session.rows);
    kinds.forEach(({ number, label }, kind) => {
      const total = countOf(model, sessions, rows, kind);
      label.hidden = total === 0;
      const steps = kind === OFFER ? rows.filter((row) => model.rows.kind[row] === OFFER).length : total;
      number.textContent = total === steps ? figure(total) : `${figure(total)} in ${plural(steps, "event")}`;
    });
    const names = tally(rows.map((row) => model.rows.name[row])).slice(0, MAX_NAMES);
    name.replaceChildren(element("option", { value: "" }, "Any event name"), ...names.map(([number, count]) => (
      element("option", { value: number }, `${friendly(model, model.strings[number])} (${figure(count)})`))));
  };
  return (rows, isSearching) => {
    recount();
    if (query.value !== view.query) query.value = view.query;
    inJson.checked = view.inJson;
    more.open ||= view.inJson || view.name !== null;
    kinds.forEach(({ box }, kind) => { box.checked = view.kinds.has(kind); });
    name.value = view.name ?? "";
    only.replaceChildren(...(view.page === null ? [] : ["only on ", isolated(pageTitle(model, view.page))]));
    const isFiltered = view.query !== "" || view.kinds.size > 0 || view.name !== null || view.page !== null || view.from !== null;
    clear.hidden = !isFiltered;
    const total = sum(sessionsInView(model).map((session) => session.rows.length));
    const span = view.from === null ? "" : ", in the timeline's span";
    // Their steps are listed, and the filter counts each offer once.
    const isOfOffers = view.kinds.size === 1 && view.kinds.has(OFFER);
    const offers = isOfOffers ? new Set(rows.map((row) => offerOf(model, row)).filter(Boolean)).size : 0;
    const ofOffers = offers > 0 ? ` (steps of ${plural(offers, "offer")})` : "";
    byId("count").textContent = `${isSearching ? "Searching the JSON; so far " : ""}${isFiltered ? `${figure(rows.length)} of ` : ""}${plural(total, "event")}${span}${ofOffers}`;
  };
}

/** Returns the title of a page by its key. */
function pageTitle(model, key) {
  return model.sessions.map(({ titles }) => titles.get(key)).find((title) => title !== undefined) ?? model.strings[key];
}
