// Opens the report and connects its parts.

/** The time after which the story follows the timeline, in milliseconds: zooming stays smooth. */
const FOLLOW = 80;

/** With more sessions than this, the notes of the key figures leave their room to the timeline. */
const MANY_LANES = 12;

async function start() {
  const model = await openModel();
  const timeline = new Timeline(model);
  const story = new Story(model, (row) => timeline.point(row));
  timeline.onPoint = (row) => story.point(row);
  const detail = new Detail(model, story);
  const updateTools = showTools(model);
  const updateFilters = showFilters(model);
  const search = new JsonSearch(model, (text) => { byId("progress").textContent = text; });
  correctView = () => {
    if (view.row !== null && view.session === null && view.customer === null) view.customer = model.sessions[model.rows.session[view.row]].customer.number;
    if (view.customer === null && model.customers.length === 1) view.customer = 0;
    timeline.checkSpan();
  };
  viewFromAddress(model);
  let matching = [];
  const list = () => {
    const listed = timeline.rowsInSpan(matching);
    story.show(listed);
    updateFilters(listed, search.isBusy);
  };
  const applyFilters = () => {
    matching = matchingRows(model, search.rows(view.inJson ? searchText() : "", applyFilters));
    timeline.highlight(matching);
    list();
    timeline.draw();
  };
  let summarized = null;
  let following = null;
  const show = (changed) => {
    const current = `${view.zone} ${view.customer} ${view.session}`;
    const isNew = summarized !== current;
    if (isNew) {
      summarized = current;
      showHeader(model);
      showIndex(model);
      showTiles(model);
      showTables(model);
      updateTools();
      detail.invalidate();
      byId("tiles").classList.toggle("brief", sessionsInView(model).length > MANY_LANES);
      for (const id of ["timeline", "columns"]) byId(id).hidden = sessionsInView(model).length === 0;
    }
    const isOnly = (names) => [...changed].every((name) => names.includes(name));
    if (isNew || !isOnly(["row", "from", "to"])) applyFilters();
    else if (!isOnly(["row"])) {
      clearTimeout(following);
      following = setTimeout(list, FOLLOW);
    } else story.revealSelected();
    timeline.draw();
    detail.show();
  };
  listeners.push(show);
  document.querySelector(".skip").addEventListener("click", (click) => {
    click.preventDefault();
    byId(sessionsInView(model).length > 0 ? "list" : "index").focus();
  });
  show(new Set(["query"]));
  addEventListener("hashchange", () => {
    viewFromAddress(model);
    show(new Set(["query"]));
  });
  printOnDemand(model, timeline, story);
  document.documentElement.dataset.ready = "true";
}

function printOnDemand(model, timeline, story) {
  let focused = null;
  addEventListener("beforeprint", () => {
    // Elements hidden in print lose the focus.
    focused = document.activeElement;
    document.documentElement.classList.add("printing");
    printStory(model, story);
    timeline.drawNow();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    byId("printed").replaceChildren();
    timeline.drawNow();
    story.draw();
    focused?.focus({ preventScroll: true });
  });
}

start().catch((error) => {
  byId("title").textContent = "This report can't be opened";
  byId("summary").textContent = `${error.message}. It needs the complete file and a browser from 2023 or later.`;
  throw error;
});
