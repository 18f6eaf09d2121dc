// What happened, in words and tables: a card a session at the top, its tables at the end.

/** Rows of a table before the button that shows all. */
const FIRST_ROWS = 10;
/** Rows of a table at all: more can be had from the list. */
const MOST_ROWS = 1000;
const ANSWERLESS = ["qualified", "offered", "qualifiedOutsideSchedule", "offeredOutsideSchedule"];

const IN_WORDS = new Map([["timedout", "timed out"], ["errored", "failed"]]);

function showSummary(model) {
  byId("glance").classList.toggle("one", model.sessions.length === 1);
  byId("sessions").classList.toggle("one", model.sessions.length === 1);
  byId("glance").replaceChildren(...model.sessions.map((session) => glance(model, session)));
  byId("sessions").replaceChildren(...model.sessions.map((session) => tables(model, session)));
}

function glance(model, session) {
  const zone = zoneOf(session);
  const list = element("dl");
  const tell = (name, values, isMain = false) => {
    const texts = values.map((text) => element("div", {}, isolated(text)));
    list.append(element("div", {}, element("dt", {}, name), element("dd", { class: isMain && "main" }, ...texts)));
  };
  const fact = (name) => session.facts.find((known) => known.name === name)?.values;
  tell("When", [whenOf(session, zone)]);
  const from = fact("Came from") ?? ["directly, or not known"];
  tell("Came from", from, true);
  if (fact("Campaign")) tell("Campaign", fact("Campaign"), true);
  const longest = session.pages.find((page) => page.time > 0);
  tell("Looked at longest", [longest
    ? `${longest.title}: ${duration(longest.time)} in ${counted(longest.views, "view")}` : "nothing for a time that is known"], true);
  tell("Idle", [idleOf(session, zone)], true);
  tell("Offers", [offersOf(session)], true);
  tell("Outcomes", [outcomesOf(model, session)], true);
  for (const { name, values } of session.facts) {
    if (!["Came from", "Campaign"].includes(name)) tell(name, values);
  }
  return element("article", { class: "card" }, heading(session), list);
}

function heading(session) {
  const id = session.id === "" ? "without an id" : session.id;
  return element("h2", {}, session.label, " ", element("span", { class: "id" }, isolated(`${session.type} ${id}`)));
}

function whenOf(session, zone) {
  const numbers = `${counted(session.events, "event")}, ${counted(session.views, "page view")}`;
  if (session.first == null) return `no dates; ${numbers}`;
  const when = timeSpan(session.first, session.last, zone);
  if (session.first === session.last) return `${when}; ${numbers}`;
  return `${when}: ${duration(session.last - session.first)}, of which ${duration(session.active)} active; ${numbers}`;
}

function idleOf(session, zone) {
  if (session.idle.length === 0) return "never";
  const longest = session.idle.reduce((most, span) => (span[1] - span[0] > most[1] - most[0] ? span : most));
  const total = session.idle.reduce((sum, [from, to]) => sum + to - from, 0);
  const times = session.idle.length === 1 ? "once" : `${session.idle.length.toLocaleString("en")} times, ${duration(total)} in all`;
  return `${times}; longest ${duration(longest[1] - longest[0])}, from ${timeSpan(...longest, zone)}`;
}

/** What became of an offer: the last that was more than offering it. */
function answerTo(offer) {
  const answers = offer.steps.map((step) => step.state).filter((state) => !ANSWERLESS.includes(state));
  const answer = answers.includes("accepted") ? "accepted" : answers.at(-1) ?? "without an answer";
  return IN_WORDS.get(answer) ?? answer;
}

function tally(words) {
  const counts = new Map();
  words.forEach((word) => counts.set(word, (counts.get(word) ?? 0) + 1));
  return [...counts].sort((one, other) => other[1] - one[1]);
}

function offersOf(session) {
  if (session.offers.length === 0) return "none";
  const answers = new Map(tally(session.offers.map(answerTo)));
  const accepted = answers.get("accepted") ?? 0;
  answers.delete("accepted");
  const others = [...answers].map(([answer, count]) => `, ${count.toLocaleString("en")} ${answer}`);
  return `${counted(session.offers.length, "offer")}: ${accepted === 0 ? "none" : accepted.toLocaleString("en")} accepted${others.join("")}`;
}

function outcomesOf(model, session) {
  const names = tally(session.outcomes.map((row) => model.texts[model.rows.name[row]]));
  return names.length === 0 ? "none" : names.map(([name, count]) => (count === 1 ? name : `${name} (${count.toLocaleString("en")} times)`)).join(", ");
}

function tables(model, session) {
  const zone = zoneOf(session);
  const text = (row) => model.texts[model.rows.name[row]];
  const when = (row) => jump(dateTime(model.rows.at[row], zone), row);
  const most = Math.max(1, ...session.pages.slice(0, 1).map((page) => page.time));
  const number = (text) => ({ text, isNumber: true });
  const idle = [...session.idle].sort((one, other) => other[1] - other[0] - (one[1] - one[0]));
  const parts = [
    table("Pages by time spent", "From a page's view to the next one; idle times are left out.", ["Page", "Views", "Time", "Share"],
      session.pages, (page) => [
        element("div", {}, filter(page.title, { place: model.numbers.get(page.title), name: null, session: session.number }), " ",
          element("span", { class: "id" }, isolated(page.address === page.title ? "" : page.address))),
        number(page.views.toLocaleString("en")), number(duration(page.time)),
        element("meter", { min: 0, max: most, value: page.time, "aria-label": `${duration(page.time)} of ${duration(most)}` }),
      ]),
    table("Offers and what became of them", "", ["Offered", "What", "What became of it"],
      session.offers, (offer) => [
        when(offer.steps[0].row),
        element("div", {}, isolated(offer.prompt), element("div", { class: "id" }, isolated(offer.medium))),
        element("div", {}, element("span", { class: `state ${answerTo(offer) === "accepted" ? "accepted" : ""}` }, isolated(answerTo(offer))),
          element("div", { class: "id" }, isolated(offer.steps.map((step) => step.state).join(" → ")))),
      ]),
    table("Outcomes", "", ["When", "Outcome"], session.outcomes, (row) => [when(row), isolated(text(row))]),
    table("Segments", "", ["When", "Segment"], session.segments, (row) => [when(row), isolated(text(row))]),
    table("Idle times, longest first", `Times of ${duration(model.idle)} and more without an event.`, ["From", "To", "For"],
      idle, ([from, to]) => [dateTime(from, zone), dateTime(to, zone), number(duration(to - from))]),
    table("Events by name and type", "", ["Name", "Type", "Events"],
      session.names, ({ kind, name, count }) => [
        filter(name, { name: model.numbers.get(name), place: null, session: session.number }), KINDS[kind], number(count.toLocaleString("en")),
      ]),
  ];
  return element("article", { class: "visit" }, heading(session), element("div", { class: "parts" }, ...parts.filter(Boolean)));
}

/** A button that shows an event. */
const jump = (text, row) => element("button", { class: "link when", type: "button", onclick: () => look({ row }) }, text);

/** A button that lists events of a kind. */
const filter = (text, changes) => element("button", { class: "link", type: "button", title: "List these events",
  onclick: () => {
    look(changes);
    byId("events-section").scrollIntoView();
  } }, isolated(text));

/** A table of things, a row each; `cells` makes its cells when it is shown. */
function table(title, hint, names, things, cells) {
  if (things.length === 0) return null;
  const isNumber = cells(things[0]).map((cell) => Boolean(cell.isNumber));
  const body = element("tbody");
  const show = (from, to) => things.slice(from, to).forEach((thing) => {
    const row = cells(thing).map((cell, column) => element("td", { class: isNumber[column] && "n" }, cell.isNumber ? cell.text : cell));
    body.append(element("tr", {}, ...row));
  });
  const head = names.map((name, column) => element("th", { scope: "col", class: isNumber[column] && "n" }, name));
  const section = element("section", {}, element("h3", {}, title),
    element("table", { "aria-label": title }, hint === "" ? "" : element("caption", {}, hint), element("thead", {}, element("tr", {}, ...head)), body));
  show(0, FIRST_ROWS);
  const all = Math.min(things.length, MOST_ROWS);
  if (all > FIRST_ROWS) {
    const number = all.toLocaleString("en");
    const label = all < things.length ? `Show the first ${number} of ${things.length.toLocaleString("en")}` : `Show all ${number}`;
    const more = element("button", { type: "button", onclick: () => {
      show(FIRST_ROWS, all);
      more.remove();
    } }, label);
    section.append(more);
  }
  return section;
}
