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
  return { who: { name: `${figure(model.customers.length)} customers`, more: [] }, end: [], lines: [
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
  const app = brief("App", "app", first);
  // Of several sessions, some may be in an app.
  const program = sessions.length > 1 ? "" : app === "" ? brief("Browser", "browser", first) : `app ${app}`;
  return [brief("Location", "place", ends), brief("Device", "device", first), program, brief("Language", "language", languageOf)];
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

/** Names a language for people, without its region. */
function languageOf(tag) {
  try {
    return LANGUAGES.of(tag.split(/[-_]/)[0]);
  } catch {
    return tag;
  }
}

/** Earlier goals named at the top of the page; a tile counts more by name. */
const FEW_GOALS = 2;
/** A visitor who is gone within this time left right after the goal, in milliseconds. */
const RIGHT_AFTER = 60_000;

/** Describes how it ended: where the visitor was last, the last goal and what led to it, and the goals before. */
function endOf(model, sessions) {
  const { at, kind } = model.rows;
  // Sessions may overlap. Undated events at the start have the time -Infinity, whose difference is NaN.
  const { time } = model;
  const rows = sessions.flatMap((session) => session.rows).sort((one, other) => time[one] - time[other] || 0);
  const dated = rows.filter((row) => at[row] != null);
  const goals = rows.filter((row) => kind[row] === OUTCOME);
  const [last, goal] = [dated.at(-1), goals.at(-1)];
  const moment = (row) => (at[row] == null ? "at an unknown time"
    : `on ${dateFormat(zoneAt(model, row), { month: "short", day: "numeric" }).format(at[row])} at ${timeOfDay(at[row], zoneAt(model, row), MINUTE)}`);
  const named = (row) => element("b", { class: "t5" }, isolated(friendly(model, nameOf(model, row))));
  const page = last === undefined ? "" : openTitle(model, last);
  const pageAfter = (word) => (page === "" ? [] : [` ${word} the page `, element("b", {}, isolated(page))]);
  const seen = last === undefined ? [] : ["last seen ", moment(last), ...pageAfter("on")];
  const words = [];
  if (goal === undefined) words.push(...seen, seen.length > 0 ? "; " : "", "no goal reached");
  else {
    const earlier = goals.slice(0, -1);
    const reached = ["the goal ", named(goal), ...(earlier.length > FEW_GOALS ? [] : causeOf(model, goal))];
    const since = at[goal] == null || last === undefined ? NaN : at[last] - at[goal];
    const isSameSession = model.rows.session[last] === model.rows.session[goal];
    if (since < RIGHT_AFTER) words.push("reached ", ...reached, ` ${moment(goal)}, and left`, ...pageAfter("from"));
    else if (isSameSession && since >= RIGHT_AFTER) words.push(...seen, `, ${duration(since, 1)} after reaching `, ...reached);
    else words.push(...seen, seen.length > 0 ? "; " : "", "reached ", ...reached, ` ${moment(goal)}`);
    if (earlier.length > FEW_GOALS) words.push(`; ${plural(earlier.length, "goal")} before`);
    else if (earlier.length > 0) words.push("; before: ", ...earlier.flatMap((row, index) => [index === 0 ? "" : ", ", named(row), ` ${moment(row)}`]));
  }
  return [element("span", { class: "label" }, "How it ended: "), ...words];
}

/** What the visitor did to reach a goal, such as an order. */
function causeOf(model, goal) {
  const { activity } = model.sessions[model.rows.session[goal]].outcomeAt.get(goal) ?? {};
  if (activity == null || model.rows.kind[activity] !== ACTIVITY || SMALL_STEPS.has(nameOf(model, activity))) return [];
  const [first, ...others] = sentence(model, activity);
  return typeof first === "string" ? [" (", uncapitalized(first), ...written(others), ")"] : [];
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
