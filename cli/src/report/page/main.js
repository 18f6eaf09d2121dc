// Opens the report and connects its parts.

async function start() {
  const model = await openModel();
  const { sessions } = model;
  // Sessions that are far apart are compared from their starts.
  const dated = sessions.filter((session) => session.first !== null);
  const whole = Math.max(...dated.map((session) => session.last)) - Math.min(...dated.map((session) => session.first));
  const parts = dated.reduce((sum, session) => sum + session.last - session.first, 0);
  view.aligned = dated.length > 1 && whole > 4 * parts;
  view.alignedAtFirst = view.aligned;
  viewFromAddress(model);
  showHead(model);
  const timeline = new Timeline(model);
  const list = new List(model);
  const detail = new Detail(model, list);
  const filters = showFilters(model);
  let search = 0;
  let found = null;
  const choose = async () => {
    const mine = (search += 1);
    const query = view.query.trim().toLowerCase();
    found = null;
    const show = () => {
      const rows = chosenRows(model, found);
      list.show(rows);
      filters(rows.length);
    };
    show();
    if (query === "" || !view.inJson) return;
    const isWanted = () => mine === search;
    const texts = await rowsWithText(model, query, isWanted, (share) => {
      if (isWanted()) byId("count").textContent = `Searching the JSON: ${Math.round(share * 100)} %`;
    });
    if (!isWanted()) return;
    found = texts;
    show();
  };
  let zone = null;
  const show = (isChoosing) => {
    if (zone !== view.zone) {
      zone = view.zone;
      showGlance(model);
      showTables(model);
      detail.row = null;
    }
    timeline.draw();
    if (isChoosing) choose();
    else list.follow();
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
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("printing");
    list.print();
    timeline.draw();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    byId("printed").replaceChildren();
    timeline.draw();
  });
  document.documentElement.dataset.ready = "true";
}

function showHead(model) {
  const { sessions } = model;
  const dated = sessions.filter((session) => session.first !== null);
  const first = Math.min(...dated.map((session) => session.first));
  const last = Math.max(...dated.map((session) => session.last));
  const span = dated.length === 0 ? "" : `, ${timeSpan(first, last, "UTC")} (UTC)`;
  byId("span").textContent = `${counted(model.count, "event")} of ${counted(sessions.length, "session")}${span}`;
  byId("made").textContent = `Made by journey-events ${model.version} on ${dateTime(Date.parse(model.made), "UTC")} (UTC). Times without an event are idle from ${duration(model.idle)} on.`;
  byId("problems").hidden = model.problems.length === 0;
  if (model.problems.length > 0) {
    const told = model.problems.map((problem) => element("li", {}, isolated(problem)));
    byId("problems").replaceChildren(element("h2", {}, "What to know about this report"), element("ul", {}, ...told));
  }
  for (const section of ["timeline", "events-section"]) byId(section).hidden = model.count === 0;
  // The address holds the view: it can't hold a place of the page, too.
  const parts = [["glance", "At a glance"], ["timeline", "Timeline"], ["events-section", "Events"], ["sessions", "In detail"]];
  byId("parts").replaceChildren(...parts.filter(([id]) => !byId(id).hidden).map(([id, name]) => (
    element("button", { class: "link", type: "button", onclick: () => {
      byId(id).scrollIntoView();
      byId(id).focus();
    } }, name))));
  const swatch = (style, name) => element("li", {}, element("span", { class: `swatch ${style}` }), name);
  const kinds = [...new Set(model.rows.kind)].sort().flatMap((kind) => (
    kind === OFFER ? [swatch("hollow", "Offers"), swatch("k3", "Accepted")] : [swatch(`k${kind}`, KINDS_PLURAL[kind])]));
  byId("legend").replaceChildren(swatch("pages", "Pages, a colour each"), ...kinds, swatch("hatch", "Idle"));
}

/** The filters above the list; gives what tells how many events they leave. */
function showFilters(model) {
  const labelled = (name, control) => element("label", { class: "kind" }, name, control);
  const query = element("input", { type: "search", "aria-label": "Search", placeholder: "Search names, pages, details" });
  query.addEventListener("input", () => look({ query: query.value }));
  const inJson = element("input", { type: "checkbox", onchange: () => look({ inJson: inJson.checked }) });
  const counts = KINDS.map(() => 0);
  model.rows.kind.forEach((kind) => { counts[kind] += 1; });
  const boxes = KINDS.map((_, kind) => element("input", { type: "checkbox", onchange: () => {
    look({ kinds: new Set(KINDS.map((_, other) => other).filter((other) => boxes[other].checked)) });
  } }));
  const kinds = KINDS.map((_, kind) => kind).filter((kind) => counts[kind] > 0).map((kind) => element("label", { class: "kind" },
    boxes[kind], element("span", { class: `swatch k${kind}` }), `${KINDS_PLURAL[kind]} (${counts[kind].toLocaleString("en")})`));
  const options = (first, texts) => [element("option", { value: "" }, first), ...texts.map(([value, text]) => element("option", { value }, text))];
  const asNumber = (text) => (text === "" ? null : Number(text));
  const session = element("select", { "aria-label": "Session", onchange: () => look({ session: asNumber(session.value) }) },
    ...options("all", model.sessions.map(({ number, label, id }) => [number, `${label} ${id}`])));
  const zone = element("select", { "aria-label": "Times", onchange: () => look({ zone: zone.value }) },
    ...[["UTC", "UTC"], ["visitor", "the visitor's"], ["local", "this computer's"]].map(([value, text]) => element("option", { value }, text)));
  const aligned = element("input", { type: "checkbox", onchange: () => look({ aligned: aligned.checked, from: null, to: null }) });
  const only = element("span", { id: "only" });
  const clear = element("button", { type: "button", onclick: () => look({
    query: "", inJson: false, kinds: new Set(), session: null, name: null, place: null, from: null, to: null,
  }) }, "Clear filters");
  const several = model.sessions.length > 1;
  byId("filters").replaceChildren(query, labelled("", element("span", {}, inJson, " also in the JSON")), element("fieldset", {}, element("legend", {}, "Only"), ...kinds),
    several ? labelled("Session", session) : "", only, clear, copyButton("Copy link to this view", () => location.href));
  byId("timeline-tools").prepend(labelled("Times", zone), several ? element("label", { class: "kind" }, aligned, "From each session's start") : "");
  return (count) => {
    if (document.activeElement !== query) query.value = view.query;
    inJson.checked = view.inJson;
    boxes.forEach((box, kind) => { box.checked = view.kinds.has(kind); });
    session.value = view.session ?? "";
    zone.value = view.zone;
    aligned.checked = view.aligned;
    const named = [view.name, view.place].filter((text) => text !== null).map((text) => model.texts[text]);
    only.replaceChildren(...(named.length === 0 ? [] : ["only ", isolated(named.join(", "))]));
    const span = view.from === null ? "" : ", in the span of the timeline";
    byId("count").textContent = `${count.toLocaleString("en")} of ${counted(model.count, "event")}${span}`;
  };
}

start().catch((error) => {
  byId("span").textContent = `This report can't be opened: ${error.message}. A browser of 2023 or later is needed, and the whole file.`;
  throw error;
});
