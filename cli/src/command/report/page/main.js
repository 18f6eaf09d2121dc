// Opens the report and connects its parts.

async function start() {
  const model = await openModel();
  view.alignedAtFirst = areFarApart(model.sessions);
  viewFromAddress(model);
  showHead(model);
  const timeline = new Timeline(model);
  settle = () => timeline.keepSpan();
  settle();
  const list = new List(model);
  const detail = new Detail(model, list);
  const filters = showFilters(model);
  const search = new JsonSearch(model, (told) => { byId("progress").textContent = told; });
  const choose = () => {
    const found = search.rows(view.inJson ? needle() : "", choose);
    const rows = chosenRows(model, found);
    timeline.choose(rows);
    const listed = inSpan(model, rows);
    list.show(listed);
    filters(listed.length, search.isBusy);
  };
  let shown = null;
  const show = (isChoosing) => {
    const summed = `${view.zone} ${view.session}`;
    if (shown !== summed) {
      shown = summed;
      showGlance(model);
      showTables(model);
      detail.forget();
    }
    if (isChoosing) choose();
    else list.follow();
    timeline.draw();
    detail.show();
  };
  listeners.push(show);
  document.querySelector(".skip").addEventListener("click", (click) => {
    click.preventDefault();
    byId("list").focus();
  });
  show(true);
  addEventListener("hashchange", () => {
    viewFromAddress(model);
    show(true);
  });
  let focused = null;
  addEventListener("beforeprint", () => {
    // What is not on paper loses the focus.
    focused = document.activeElement;
    document.documentElement.classList.add("printing");
    list.print();
    timeline.drawNow();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    byId("printed").replaceChildren();
    timeline.drawNow();
    list.draw();
    focused.focus({ preventScroll: true });
  });
  document.documentElement.dataset.ready = "true";
}

/** Whether sessions are so far apart that they are better compared from their starts. */
function areFarApart(sessions) {
  const dated = sessions.filter((session) => session.first !== null);
  const whole = Math.max(...dated.map((session) => session.last)) - Math.min(...dated.map((session) => session.first));
  const parts = dated.reduce((sum, session) => sum + session.last - session.first, 0);
  return dated.length > 1 && whole > 4 * parts;
}

function showHead(model) {
  const { sessions } = model;
  const dated = sessions.filter((session) => session.first !== null);
  const first = Math.min(...dated.map((session) => session.first));
  const last = Math.max(...dated.map((session) => session.last));
  const span = dated.length === 0 ? "" : `, ${timeSpan(first, last, "UTC")} (UTC)`;
  const text = `${counted(model.count, "event")} of ${counted(sessions.length, "session")}${span}`;
  byId("span").textContent = text;
  document.title = `Journey report: ${text}`;
  byId("made").textContent = `Made by journey-events ${model.version} on ${dateTime(Date.parse(model.made), "UTC")} (UTC). Times without an event are idle from ${duration(model.idle)} on.`;
  byId("problems").hidden = model.problems.length === 0;
  if (model.problems.length > 0) {
    const told = model.problems.map((problem) => element("li", {}, isolated(problem)));
    byId("problems").replaceChildren(element("h2", {}, "What to know about this report"), element("ul", {}, ...told));
  }
  // The address holds the view: it can't hold a place of the page, too.
  const parts = [["glance", "At a glance"], ["timeline", "Timeline"], ["events-section", "Events"], ["sessions", "Pages, offers, outcomes"]];
  byId("parts").replaceChildren(...parts.map(([id, name]) => (
    element("button", { class: "link", type: "button", id: `to-${id}`, onclick: () => {
      byId(id).scrollIntoView();
      byId(id).focus();
    } }, name))));
  for (const id of ["events-section", "to-events-section"]) byId(id).hidden = model.count === 0;
  const swatch = (style, name) => element("li", {}, element("span", { class: `swatch ${style}` }), name);
  const kinds = [...new Set(model.rows.kind)].sort().flatMap((kind) => (
    kind === OFFER ? [swatch("hollow", "Offers"), swatch("k3", "Accepted")] : [swatch(`k${kind}`, KINDS_PLURAL[kind])]));
  byId("legend").replaceChildren(swatch("pages", "Pages, a colour each"), ...kinds, swatch("hatch", "Idle"));
}

/** The filters; gives what tells how many events they leave. */
function showFilters(model) {
  const labelled = (...parts) => element("label", { class: "kind" }, ...parts);
  const options = (texts) => texts.map(([value, text]) => element("option", { value }, text));
  const query = element("input", { type: "search", "aria-label": "Search", placeholder: "Search names, pages, details" });
  query.addEventListener("input", () => look({ query: query.value }));
  const inJson = element("input", { type: "checkbox", onchange: () => look({ inJson: inJson.checked }) });
  const counts = KINDS.map(() => 0);
  model.rows.kind.forEach((kind) => { counts[kind] += 1; });
  const boxes = KINDS.map(() => element("input", { type: "checkbox", onchange: () => {
    look({ kinds: new Set(boxes.flatMap((box, kind) => (box.checked ? [kind] : []))) });
  } }));
  const kinds = KINDS.map((_, kind) => kind).filter((kind) => counts[kind] > 0).map((kind) => labelled(
    boxes[kind], element("span", { class: `swatch k${kind}` }), `${KINDS_PLURAL[kind]} (${counts[kind].toLocaleString("en")})`));
  const session = element("select", { "aria-label": "Session", onchange: () => look({ session: session.value === "" ? null : Number(session.value) }) },
    ...options([["", `all ${model.sessions.length}`], ...model.sessions.map(({ number, label, id }) => [number, `${label} ${id}`])]));
  const zone = element("select", { "aria-label": "Times", onchange: () => look({ zone: zone.value }) },
    ...options(Object.entries(ZONES)));
  const aligned = element("input", { type: "checkbox", onchange: () => look({ aligned: aligned.checked, from: null, to: null }) });
  const only = element("span", { id: "only" });
  const clear = element("button", { type: "button", onclick: () => look(unfiltered()) }, "Clear filters");
  const several = model.sessions.length > 1;
  byId("whole").replaceChildren(several ? labelled("Session", session) : "", labelled("Times", zone), copyButton("Copy link to this view", () => location.href));
  byId("filters").replaceChildren(query, labelled(inJson, "also in the JSON"),
    element("fieldset", {}, element("legend", {}, "Only"), ...kinds), only, clear);
  if (several) byId("timeline-tools").prepend(labelled(aligned, "From each session's start"));
  return (count, isSearching) => {
    if (query.value !== view.query) query.value = view.query;
    inJson.checked = view.inJson;
    boxes.forEach((box, kind) => { box.checked = view.kinds.has(kind); });
    session.value = view.session ?? "";
    zone.value = view.zone;
    aligned.checked = view.aligned;
    const named = [view.name, view.page].filter((text) => text !== null).map((text) => model.texts[text]);
    only.replaceChildren(...(named.length === 0 ? [] : ["only ", isolated(named.join(", "))]));
    const span = view.from === null ? "" : ", in the span of the timeline";
    byId("count").textContent = `${isSearching ? "Searching the JSON; so far " : ""}${count.toLocaleString("en")} of ${counted(model.count, "event")}${span}`;
  };
}

start().catch((error) => {
  byId("span").textContent = `This report can't be opened: ${error.message}. A browser of 2023 or later is needed, and the whole file.`;
  throw error;
});
