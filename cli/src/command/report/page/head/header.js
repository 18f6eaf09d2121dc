// The top of the page: who it is about, when, how long, from where and on what.

function showHeader(model) {
  const sessions = sessionsInView(model);
  const customer = customerInView(model);
  const { who, lines, end } = customer === null ? ofEveryone(model) : ofCustomer(model, customer, sessions);
  byId("title").replaceChildren(isolated(who.name), ...(who.more.length > 0 ? [" ", element("small", {}, ...separated(who.more))] : []));
  byId("summary").replaceChildren(...separated(lines));
  byId("ending").replaceChildren(...end);
  document.title = `${who.name}: journey report`;
  byId("crumbs").replaceChildren(
    model.customers.length > 1 && customer !== null ? viewLink(`‹ All ${model.customers.length} customers`, {}) : "",
    view.session !== null && customer.sessions.length > 1 ? viewLink(`‹ All ${customer.sessions.length} sessions`, { customer: customer.number }) : "");
}

/** A button that shows someone else, or everyone, and moves the focus to the page's title. */
function viewLink(content, changes, attributes = { class: "link" }) {
  return element("button", { type: "button", ...attributes, onclick: () => {
    updateView({ ...everyone(), ...changes });
    byId("title").focus();
  } }, ...[content].flat());
}

/** Puts dots between texts and elements. */
const separated = (parts) => parts.filter(Boolean).flatMap((part, index) => (
  [index === 0 ? "" : " · ", ...(typeof part === "string" ? [isolated(part)] : [part])]));

function ofEveryone(model) {
  return { who: { name: `${model.customers.length.toLocaleString("en")} customers`, more: [] }, end: [], lines: [
    ...whenOf(model.sessions), plural(model.sessions.length, "session"), plural(model.count, "event")] };
}

function ofCustomer(model, customer, sessions) {
  const { who, identity } = whoIs(model, customer);
  const visits = sum(sessions.map((session) => session.visits.length));
  const arrival = sessions.find(({ arrivals }) => arrivals.length > 0)?.arrivals[0];
  const origin = arrival && element("span", {}, "first came from ", element("b", {}, isolated(sourceOf(arrival))));
  return {
    who: { name: who, more: [identity, ...traitsOf(sessions)] },
    lines: [...whenOf(sessions), sessions.length > 1 ? plural(sessions.length, "session") : "",
      visits === sessions.length && visits > 1 ? "" : plural(visits, "visit"), origin ?? "source unknown"],
    end: endOf(model, sessions),
  };
}

/** Lists where the visitor was, and with what; only the parts worth a glance. */
function traitsOf(sessions) {
  const values = (name) => sessions.flatMap(({ facts }) => facts.filter((fact) => fact.name === name).flatMap((fact) => fact.values));
  const brief = (name, noun, short) => {
    const all = [...new Set(values(name).map(short))];
    return all.length > 2 ? plural(all.length, noun) : joined(all);
  };
  const ends = (text) => [...new Set([text.split(", ")[0], text.split(", ").at(-1)])].join(", ");
  const first = (text) => text.split(", ")[0];
  return [brief("Location", "place", ends), brief("Device", "device", first), values("App").length > 0 ? brief("App", "app", first) : brief("Browser", "browser", first),
    brief("Language", "language", (text) => text)];
}

/** Goals listed one by one; a tile counts more by name. */
const FEW_GOALS = 3;

/** Tells how it ended: the goals reached and when, and where the visitor was last. */
function endOf(model, sessions) {
  const { at, kind } = model.rows;
  const rows = sessions.flatMap((session) => session.rows);
  const dated = rows.filter((row) => at[row] != null);
  const days = new Set(dated.map((row) => dayOf(at[row], zoneAt(model, row))));
  let day = days.size === 1 ? [...days][0] : "";
  const when = (row) => {
    if (at[row] == null) return "at an unknown time";
    const zone = zoneAt(model, row);
    const [today, before] = [dayOf(at[row], zone), day];
    day = today;
    return `${today === before ? "" : `on ${dateFormat(zone, { month: "short", day: "numeric" }).format(at[row])} `}at ${timeOfDay(at[row], zone, MINUTE)}`;
  };
  const name = (row) => element("b", { class: "t5" }, isolated(friendly(model, nameOf(model, row))));
  const goals = rows.filter((row) => kind[row] === OUTCOME);
  const words = [];
  if (goals.length === 0) words.push("no goal reached");
  else if (goals.length === 1) words.push("reached the goal ", name(goals[0]), ` ${when(goals[0])}`);
  else if (goals.length <= FEW_GOALS) words.push(`reached ${goals.length} goals: `, ...goals.flatMap((row, index) => [index === 0 ? "" : index === goals.length - 1 ? " and " : ", ", name(row), ` ${when(row)}`]));
  else words.push(`reached ${figure(goals.length)} goals, the last one `, name(goals.at(-1)), ` ${when(goals.at(-1))}`);
  const last = dated.at(-1);
  const page = last === undefined ? "" : openTitle(model, last);
  if (last !== undefined) words.push(`; last seen ${when(last)}`, ...(page === "" ? [] : [" on ", element("b", {}, isolated(page))]));
  return [element("span", { class: "label" }, "How it ended: "), ...words];
}

/** Describes when sessions took place, how long they took and how much of it was active. */
function whenOf(sessions) {
  const dated = sessions.filter(({ first }) => first != null);
  if (dated.length === 0) return ["no dates"];
  const [first, last] = [Math.min(...dated.map((session) => session.first)), Math.max(...dated.map((session) => session.last))];
  const zones = new Set(dated.map(zoneOf));
  const zone = zones.size === 1 ? [...zones][0] : "UTC";
  const active = sum(dated.map((session) => session.active));
  const total = sum(dated.map((session) => session.last - session.first));
  return [`${timeSpan(first, last, zone)} ${zoneLabel(zone)}`,
    total === 0 ? "" : active === total ? roughly(total) : `${roughly(total)}, ${roughly(active)} of it active`];
}

const zoneLabel = (zone) => (zone === "UTC" ? "UTC" : `(${zone.replaceAll("_", " ")})`);

/** Creates the page's tools; returns a function that updates them. */
function showTools(model) {
  const zone = element("select", { "aria-label": "Time zone", onchange: () => updateView({ zone: zone.value }) },
    ...Object.entries(ZONES).map(([value, text]) => element("option", { value }, text)));
  const tools = byId("page-tools");
  tools.replaceChildren(zone, copyButton("Copy link", () => {
    writeAddress();
    return location.href;
  }));
  // On a phone, the first screen is for the journey.
  const place = () => document.querySelector(NARROW.matches ? "footer" : "header").append(tools);
  NARROW.addEventListener("change", place);
  place();
  byId("generated").textContent = `Generated by journey-events ${model.version} on ${dateTime(Date.parse(model.generated), "UTC")} UTC. Idle means ${duration(model.idle)} or more without an event.`;
  showProblems(model.problems);
  return () => { zone.value = view.zone; };
}

function showProblems(problems) {
  byId("problems").hidden = problems.length === 0;
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${plural(others.length, "more note")})` : "";
  byId("problems").replaceChildren(element("summary", {}, "Note: ", isolated(first), more),
    ...(others.length > 0 ? [element("ul", {}, ...others.map((problem) => element("li", {}, isolated(problem))))] : []));
}

/** Creates a button that copies a text to the clipboard and shows whether it worked. */
function copyButton(label, text) {
  const button = element("button", { type: "button", onclick: async () => {
    let result = "Copied";
    try {
      await navigator.clipboard.writeText(await text());
    } catch {
      result = "Blocked by the browser";
    }
    button.textContent = result;
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}
