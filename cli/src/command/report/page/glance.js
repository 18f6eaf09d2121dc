// One card per session with the most important facts.

/** Accepted offers, and other names, listed per card; the rest are counted. */
const MAX_OFFERS = 3;
const MAX_NAMES = 8;

/** With more sessions than this, a table replaces the cards. */
const MAX_CARDS = 6;

function showGlance(model) {
  const sessions = visibleSessions(model);
  byId("glance").classList.toggle("one", sessions.length === 1);
  byId("glance").replaceChildren(...(sessions.length > MAX_CARDS
    ? [element("article", { class: "card all" }, element("h2", {}, "At a glance"), sessionTable(model))] : sessions.map((session) => glance(model, session))));
}

/** Lists all sessions, one row each. */
function sessionTable(model) {
  const firstLines = ([first]) => element("div", {}, ...[first].flat().map((text) => element("div", {}, isolated(text))));
  return table("Sessions", "Select a session to see only that one.", ["Session", "When", "Source", "Most time on", "Idle", "Offers", "Outcomes"],
    model.sessions, (session) => [
      element("div", {}, element("button", { class: "link", type: "button", onclick: () => {
        updateView({ ...unfiltered(), session: session.number });
        byId("glance").focus();
      } }, session.label),
        element("div", { class: "id" }, isolated(`${session.type} ${session.id}`))),
      ...[whenOf(session, zoneOf(session)), originsOf(session), longestOf(session), idleOf(model, session), offersOf(model, session), outcomesOf(model, session)].map(firstLines),
    ], model.sessions.length);
}

function glance(model, session) {
  const list = element("dl");
  const lines = (style, texts) => texts.map((text) => element("div", { class: style }, isolated(text)));
  const add = (name, [first, ...more], isMain) => {
    const definition = element("dd", {}, ...lines(isMain && "main", [first].flat()), ...lines("more", more));
    list.append(element("div", {}, element("dt", {}, name), definition));
  };
  add("When", whenOf(session, zoneOf(session)));
  add("Source", originsOf(session), true);
  if (session.arrivals.some(({ campaign }) => campaignOf(campaign) !== "")) add("Campaign", campaignsOf(session), true);
  add("Most time on", longestOf(session), true);
  add("Idle", idleOf(model, session), true);
  add("Offers", offersOf(model, session), true);
  add("Outcomes", outcomesOf(model, session), true);
  for (const { name, values } of session.facts) add(name, values);
  return element("article", { class: "card" }, heading(session.label, session), list);
}

function heading(text, session) {
  const id = session.id === "" ? "without an id" : session.id;
  return element("h2", {}, text, " ", element("span", { class: "id" }, isolated(`${session.type} ${id}`)));
}

/** Describes when a session took place, also in the visitor's time zone. */
function whenOf(session, zone) {
  const { events, views, arrivals } = session;
  const numbers = [[events, "event"], [views, "page view"], [arrivals.length, "arrival"]]
    .filter(([number]) => number > 0).map(([number, noun]) => plural(number, noun)).join(", ");
  if (session.first == null) return ["no dates", numbers];
  const lines = [timeSpan(session.first, session.last, zone)];
  if (session.first !== session.last) lines.push(`${elapsed(session.first, session.last)}, ${duration(session.active)} of it active`);
  lines.push(numbers);
  if (session.zone && session.zone !== zone) lines.push(`visitor's time: ${timeSpan(session.first, session.last, session.zone)}`);
  return lines;
}

/** Describes the first name and the ones that followed. */
function firstAndLater(names) {
  const [first, ...others] = new Set(names);
  if (others.length === 0) return [first];
  return [`${first} at first`, `later: ${listed(others)}`];
}

function listed(names) {
  const left = names.length - MAX_NAMES;
  return left > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${left.toLocaleString("en")} more` : names.join(", ");
}

function originsOf({ arrivals }) {
  return arrivals.length === 0 ? ["direct or unknown"] : firstAndLater(arrivals.map(sourceOf));
}

function campaignsOf({ arrivals }) {
  const campaigns = arrivals.map(({ campaign }) => campaign).filter((campaign) => campaignOf(campaign) !== "");
  const lines = firstAndLater(campaigns.map(campaignOf));
  const tags = tagsOf(campaigns[0]);
  if (tags !== "") lines.splice(1, 0, tags);
  return lines;
}

function longestOf({ pages, active }) {
  const [first, ...others] = pages.filter((page) => page.time > 0);
  if (first === undefined) return ["unknown"];
  const lines = [`${first.title}: ${duration(first.time)} in total, ${plural(first.views, "view")}`];
  const then = others.slice(0, 2).map((page) => `${page.title} (${duration(page.time)})`);
  if (then.length > 0) lines.push(`then ${then.join(", ")}`);
  lines.push(`of ${duration(active)} active time`);
  return lines;
}

function idleOf(model, session) {
  const { idle } = session;
  if (session.first === null) return ["unknown"];
  if (idle.length === 0) return ["never"];
  const [longest] = longestFirst(idle);
  const total = idle.reduce((sum, { from, to }) => sum + to - from, 0);
  const page = openTitle(model, longest.before);
  const returns = idle.filter(({ after }) => session.arrivalAt.has(after)).length;
  return [
    idle.length === 1 ? "once" : `${idle.length.toLocaleString("en")} times, ${duration(total)} in total`,
    `longest ${elapsed(longest.from, longest.to)}: ${timeSpan(longest.from, longest.to, zoneOf(session))}`,
    ...(page === "" ? [] : [`last page before it: ${page}`]),
    ...(returns === 0 ? [] : [`${returns.toLocaleString("en")} of ${idle.length.toLocaleString("en")} ended with a new arrival`]),
    `idle means ${duration(model.idle)} or more without an event`,
  ];
}

function offersOf(model, session) {
  const { offers } = session;
  if (offers.length === 0) return ["none"];
  const responses = new Map(tally(offers.map((offer) => responseTo(offer).word)));
  const accepted = offers.filter(isAccepted);
  responses.delete("accepted");
  const others = [...responses].map(([response, count]) => `, ${count.toLocaleString("en")} ${response}`);
  const number = accepted.length === 0 ? "none" : accepted.length.toLocaleString("en");
  const zone = zoneOf(session);
  const each = accepted.slice(0, MAX_OFFERS).map((offer) => {
    const { row } = responseTo(offer).step;
    return `accepted ${dateTime(model.rows.at[row], zone)}: ${titleOf(offer)}${onPage(model, row)}`;
  });
  const left = accepted.length - each.length;
  return [
    `${plural(offers.length, "offer")}: ${number} accepted${others.join("")}`,
    ...each, ...(left > 0 ? [`and ${left.toLocaleString("en")} more accepted, listed below`] : []),
  ];
}

/** Returns the page open at an event, as a suffix. */
function onPage(model, row) {
  const page = openTitle(model, row);
  return page && `, on ${page}`;
}

const titleOf = (offer) => [offer.prompt, offer.media_type && `(${humanized(offer.media_type)})`].filter(Boolean).join(" ") || "untitled";

function outcomesOf(model, session) {
  const zone = zoneOf(session);
  const rows = new Map();
  for (const { row } of session.outcomes) {
    const name = model.strings[model.rows.name[row]];
    if (!rows.has(name)) rows.set(name, []);
    rows.get(name).push(row);
  }
  const lines = [...rows].sort((one, other) => other[1].length - one[1].length).map(([name, [first, ...others]]) => {
    const times = others.length === 0 ? "once," : `${(others.length + 1).toLocaleString("en")} times, first`;
    return `${name}: ${times} ${dateTime(model.rows.at[first], zone)}`;
  });
  const left = lines.length - MAX_NAMES;
  const more = left > 0 ? [`and ${left.toLocaleString("en")} more, listed below`] : [];
  return lines.length === 0 ? ["none"] : [lines.slice(0, MAX_NAMES), ...more];
}
