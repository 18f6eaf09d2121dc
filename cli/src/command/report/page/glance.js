// A card a session: what a reader wants to know first.

/** Accepted offers that are named one by one, and sources or campaigns; of more, the number is told. */
const MOST_OFFERS = 3;
const MOST_NAMED = 8;

/** Sessions that have a card each; of more there is a table. */
const MOST_CARDS = 6;

function showGlance(model) {
  const sessions = shownSessions(model);
  byId("glance").classList.toggle("one", sessions.length === 1);
  byId("glance").replaceChildren(...(sessions.length > MOST_CARDS
    ? [element("article", { class: "card all" }, element("h2", {}, "At a glance"), sessionTable(model))] : sessions.map((session) => glance(model, session))));
}

/** All sessions, a row each. */
function sessionTable(model) {
  const short = ([first]) => element("div", {}, ...[first].flat().map((text) => element("div", {}, isolated(text))));
  return table("Sessions", "Choose one to see it alone.", ["Session", "When", "Came from", "Looked at longest", "Idle", "Offers", "Outcomes"],
    model.sessions, (session) => [
      element("div", {}, element("button", { class: "link", type: "button", onclick: () => {
        look({ ...unfiltered(), session: session.number });
        byId("glance").focus();
      } }, session.label),
        element("div", { class: "id" }, isolated(`${session.type} ${session.id}`))),
      ...[whenOf(session, zoneOf(session)), originsOf(session), longestOf(session), idleOf(model, session), offersOf(model, session), outcomesOf(model, session)].map(short),
    ], model.sessions.length);
}

function glance(model, session) {
  const list = element("dl");
  const lines = (style, texts) => texts.map((text) => element("div", { class: style }, isolated(text)));
  const tell = (name, [first, ...more], isMain) => {
    const told = element("dd", {}, ...lines(isMain && "main", [first].flat()), ...lines("more", more));
    list.append(element("div", {}, element("dt", {}, name), told));
  };
  tell("When", whenOf(session, zoneOf(session)));
  tell("Came from", originsOf(session), true);
  if (session.arrivals.some(({ campaign }) => campaignOf(campaign) !== "")) tell("Campaign", campaignsOf(session), true);
  tell("Looked at longest", longestOf(session), true);
  tell("Idle", idleOf(model, session), true);
  tell("Offers", offersOf(model, session), true);
  tell("Outcomes", outcomesOf(model, session), true);
  for (const { name, values } of session.facts) tell(name, values);
  return element("article", { class: "card" }, heading(session.label, session), list);
}

function heading(text, session) {
  const id = session.id === "" ? "without an id" : session.id;
  return element("h2", {}, text, " ", element("span", { class: "id" }, isolated(`${session.type} ${id}`)));
}

/** When it was, and when that was for the visitor. */
function whenOf(session, zone) {
  const { events, views, arrivals } = session;
  const numbers = [[events, "event"], [views, "page view"], [arrivals.length, "arrival"]]
    .filter(([number]) => number > 0).map(([number, noun]) => counted(number, noun)).join(", ");
  if (session.first == null) return ["no dates", numbers];
  const told = [timeSpan(session.first, session.last, zone)];
  if (session.first !== session.last) told.push(`${between(session.first, session.last)}, of which ${duration(session.active)} active`);
  told.push(numbers);
  if (session.zone && session.zone !== zone) told.push(`for the visitor ${timeSpan(session.first, session.last, session.zone)}`);
  return told;
}

/** The first of some texts, and which others came later. */
function firstAndLater(texts) {
  const [first, ...others] = new Set(texts);
  if (others.length === 0) return [first];
  return [`${first}, at first`, `later also ${named(others)}`];
}

function named(texts) {
  const left = texts.length - MOST_NAMED;
  return left > 0 ? `${texts.slice(0, MOST_NAMED).join(", ")} and ${left.toLocaleString("en")} more` : texts.join(", ");
}

function originsOf({ arrivals }) {
  return arrivals.length === 0 ? ["directly, or not known"] : firstAndLater(arrivals.map(sourceOf));
}

function campaignsOf({ arrivals }) {
  const campaigns = arrivals.map(({ campaign }) => campaign).filter((campaign) => campaignOf(campaign) !== "");
  const told = firstAndLater(campaigns.map(campaignOf));
  const links = linksOf(campaigns[0]);
  if (links !== "") told.splice(1, 0, links);
  return told;
}

function longestOf({ pages, active }) {
  const [first, ...others] = pages.filter((page) => page.time > 0);
  if (first === undefined) return ["not known"];
  const told = [`${first.title}: ${duration(first.time)} in all, over ${counted(first.views, "view")}`];
  const then = others.slice(0, 2).map((page) => `${page.title} (${duration(page.time)})`);
  if (then.length > 0) told.push(`then ${then.join(", ")}`);
  told.push(`of ${duration(active)} that were not idle`);
  return told;
}

function idleOf(model, session) {
  const { idle } = session;
  if (session.first === null) return ["not known"];
  if (idle.length === 0) return ["never"];
  const [longest] = longestFirst(idle);
  const total = idle.reduce((sum, { from, to }) => sum + to - from, 0);
  const page = placeAt(model, longest.before);
  const returns = idle.filter(({ after }) => session.arrivalAt.has(after)).length;
  return [
    idle.length === 1 ? "once" : `${idle.length.toLocaleString("en")} times, ${duration(total)} in all`,
    `longest ${between(longest.from, longest.to)}: ${timeSpan(longest.from, longest.to, zoneOf(session))}`,
    ...(page === "" ? [] : [`the last page before it was ${page}`]),
    ...(returns === 0 ? [] : [`${returns.toLocaleString("en")} of ${idle.length.toLocaleString("en")} ended with a new arrival`]),
    `idle: ${duration(model.idle)} or more in which nothing was recorded`,
  ];
}

function offersOf(model, session) {
  const { offers } = session;
  if (offers.length === 0) return ["none"];
  const answers = new Map(tally(offers.map((offer) => answerTo(offer).word)));
  const accepted = offers.filter(isAccepted);
  answers.delete("accepted");
  const others = [...answers].map(([answer, count]) => `, ${count.toLocaleString("en")} ${answer}`);
  const number = accepted.length === 0 ? "none" : accepted.length.toLocaleString("en");
  const zone = zoneOf(session);
  const each = accepted.slice(0, MOST_OFFERS).map((offer) => {
    const { row } = answerTo(offer).step;
    return `accepted ${dateTime(model.rows.at[row], zone)}: ${titleOf(offer)}${onPage(model, row)}`;
  });
  const left = accepted.length - each.length;
  return [
    `${counted(offers.length, "offer")}: ${number} accepted${others.join("")}`,
    ...each, ...(left > 0 ? [`and ${left.toLocaleString("en")} more accepted, below`] : []),
  ];
}

/** Where an event was, behind something else. */
function onPage(model, row) {
  const page = placeAt(model, row);
  return page && `, on ${page}`;
}

const titleOf = (offer) => [offer.prompt, offer.medium && `(${inWords(offer.medium)})`].filter(Boolean).join(" ") || "without a text";

function outcomesOf(model, session) {
  const zone = zoneOf(session);
  const rows = new Map();
  for (const { row } of session.outcomes) {
    const name = model.texts[model.rows.name[row]];
    if (!rows.has(name)) rows.set(name, []);
    rows.get(name).push(row);
  }
  const told = [...rows].sort((one, other) => other[1].length - one[1].length).map(([name, [first, ...others]]) => {
    const times = others.length === 0 ? "once," : `${(others.length + 1).toLocaleString("en")} times, first`;
    return `${name}: ${times} ${dateTime(model.rows.at[first], zone)}`;
  });
  const left = told.length - MOST_NAMED;
  const more = left > 0 ? [`and ${left.toLocaleString("en")} others, below`] : [];
  return told.length === 0 ? ["none"] : [told.slice(0, MOST_NAMED), ...more];
}
