// Events in words a person would use. A sentence is a list of texts; those in a list of their own are names
// from the service.

const PENDING_STATES = ["qualified", "offered", "qualifiedOutsideSchedule", "offeredOutsideSchedule"];
const isAcceptance = ({ state }) => state === "accepted";

/** Returns the step at which an offer was shown. */
const shownAt = ({ steps }) => steps.find(({ state }) => state.startsWith("offered"));

/** Returns the response to an offer in a word: accepted, or else the last step after it was offered. */
function responseTo(offer) {
  const responses = offer.steps.filter(({ state }) => !PENDING_STATES.includes(state));
  const step = responses.find(isAcceptance) ?? responses.at(-1);
  return (step && humanized(step.state)) || (shownAt(offer) ? "unanswered" : "not shown");
}

/** Returns what became of an offer, as in `FATES`. */
function fateOf(offer) {
  const response = responseTo(offer);
  return FATES.has(response) ? response : "open";
}

/** Returns the step of an offer that an event is, and the offer. */
const stepAt = (model, row) => model.sessions[model.rows.session[row]].offerAt.get(row);

/** Returns the offer that an event is a step of. */
const offerOf = (model, row) => stepAt(model, row)?.offer;

/** Returns the state that a step of an offer reports. */
const stateAt = (model, row) => stepAt(model, row)?.step.state ?? "";

/** Returns what became of an event's offer; undefined if there is none. */
function fateAt(model, row) {
  if (model.rows.kind[row] !== OFFER) return undefined;
  const offer = offerOf(model, row);
  return offer === undefined ? "open" : fateOf(offer);
}

/** What visitors do, by event name; the subject goes between the two parts. */
const ACTIVITIES = {
  product_viewed: ["Looked at"], product_added: ["Added", "to the basket"], product_removed: ["Removed", "from the basket"],
  checkout_started: ["Started the checkout with"], order_completed: ["Ordered"], form_submitted: ["Sent the form"],
  form_abandoned: ["Left the form", "unfinished"], object_clicked: ["Clicked an element"], element_tapped: ["Tapped an element"],
  scroll_depth_reached: ["Scrolled down"], screen_scrolled: ["Scrolled down"], user_inactive: ["Became inactive"],
  app_in_background: ["Left the app in the background"], signed_in: ["Signed in"], signed_out: ["Signed out"], gallery_opened: ["Opened the pictures of"],
  gallery_swiped: ["Looked through the pictures of"], filter_applied: ["Filtered the list"], push_scheduled: ["Notification scheduled"],
  push_received: ["Received a notification"], push_opened: ["Opened a notification"],
};
/** The activities whose form or element has no name worth reading. */
const WITHOUT_SUBJECT = new Set(["signed_in", "signed_out"]);
/** The activities that a story can do without: they are folded. */
const SMALL_STEPS = new Set([
  "object_clicked", "element_tapped", "scroll_depth_reached", "screen_scrolled", "user_inactive", "app_in_background", "gallery_opened", "gallery_swiped",
  "filter_applied", "product_viewed", "push_scheduled", "push_received",
]);

const OFFER_STEPS = new Map([
  ["qualified", ["Qualified for", ""]], ["offered", ["Was offered", ""]], ["accepted", ["Accepted", ""]], ["rejected", ["Declined", ""]],
  ["ignored", ["Ignored", ""]], ["timedout", ["Let", "time out"]], ["errored", ["Failed to show", ""]],
]);

/** Returns a name for people: an id is shortened. */
const friendly = (model, name) => (IS_UUID.test(name) ? model.shortNames.get(name) ?? name : name);

const quoted = (text) => (text === "" ? ["an offer"] : ["“", [text], "”"]);

/** Names what an event's mark is about, in a few words. */
function brief(model, row) {
  const { kind, subject } = model.rows;
  if (kind[row] === SEARCH) return model.strings[subject[row]];
  if (kind[row] !== OFFER) return friendly(model, nameOf(model, row));
  const offer = offerOf(model, row);
  return offer ? responseTo(offer) : "";
}

/** Describes an event. */
function sentence(model, row) {
  const { kind, subject } = model.rows;
  const [name, about] = [nameOf(model, row), model.strings[subject[row]]];
  switch (kind[row]) {
    case VIEW: {
      const visit = model.visitOf[row];
      const isFirst = visit.row === row;
      const verb = !isFirst ? "Viewed" : visit.number === 0 ? "Arrived on" : "Returned to";
      return [`${verb} `, [titleOf(model, row) || name], ...(about === "" ? [] : [" looking for ", [about]])];
    }
    case SEARCH: return ["Searched for ", [about]];
    case SEGMENT: return ["Assigned to segment ", [friendly(model, name)]];
    case OUTCOME: return ["Reached the goal ", [friendly(model, name)]];
    case OFFER: {
      const state = stateAt(model, row);
      const known = OFFER_STEPS.get(state);
      if (known) return [`${known[0]} `, ...quoted(about), ...(known[1] ? [` ${known[1]}`] : [])];
      return ["Offer ", ...quoted(about), ": ", [humanized(state) || "no state"]];
    }
    case ACTIVITY: {
      const known = Object.hasOwn(ACTIVITIES, name) ? ACTIVITIES[name] : null;
      const subjectOf = about === "" || WITHOUT_SUBJECT.has(name) ? null : about;
      if (!known) return [[capitalized(humanized(name))], ...(subjectOf ? [": ", [subjectOf]] : [])];
      const [before, after] = known;
      if (subjectOf) return [`${before} `, [subjectOf], ...(after ? [` ${after}`] : [])];
      return [`${before.replace(/ (with|of|at)$/, "")}${after ? ` ${after}` : ""}`];
    }
    default: return ["Unknown event ", [name]];
  }
}

/** What a row adds in a lighter tone: page, response, cause, source. `shown` is the page already named above it. */
function addition(model, row, shown) {
  const { kind } = model.rows;
  const session = model.sessions[model.rows.session[row]];
  const page = openTitle(model, row);
  const onPage = kind[row] !== VIEW && page !== "" && page !== shown ? ["on ", [page]] : [];
  const parts = [];
  if (kind[row] === OFFER) {
    const known = stepAt(model, row);
    parts.push(...offerProgress(model, known, row));
    if (known?.offer.media_type) parts.push([[humanized(known.offer.media_type)]]);
    parts.push(onPage);
  } else if (kind[row] === OUTCOME) {
    const { arrival, activity } = session.outcomeAt.get(row) ?? {};
    if (activity != null) parts.push(["after: ", ...sentence(model, activity)]);
    if (session.arrivals[arrival]) parts.push(["came from ", [originOf(session.arrivals[arrival])]]);
  } else parts.push(onPage);
  return parts.filter((part) => part.length > 0).flatMap((part) => [" · ", ...part]);
}

/** An offer and what became of it, by the response. */
const WHOLE_OFFERS = new Map([
  ["accepted", "Was offered and accepted"], ["declined", "Was offered and declined"], ["ignored", "Was offered and ignored"],
  ["timed out", "Was offered and let time out"], ["failed", "Was offered, which failed:"],
]);

/** Describes a whole offer by the step of its response; undefined if that isn't one of the known ones, or a failure before it was shown. */
function wholeOffer(model, offer, row) {
  const response = responseTo(offer);
  const known = response === "failed" && !shownAt(offer) ? undefined : WHOLE_OFFERS.get(response);
  return known && [`${known} `, ...quoted(model.strings[model.rows.subject[row]])];
}

/** What became of an offer, or how long its response took. */
function offerProgress(model, known, row) {
  if (!known) return [];
  const { offer, step } = known;
  const { at } = model.rows;
  const offered = shownAt(offer);
  if (step === offered) return [["then ", [responseTo(offer)]]];
  if (PENDING_STATES.includes(step.state) || !offered || at[row] == null || at[offered.row] == null) return [];
  return [[`${elapsed(at[offered.row], at[row])} after it was shown`]];
}

/** Names where a visitor came from, with the campaign. */
function originOf(arrival) {
  const campaign = campaignOf(arrival.campaign);
  const source = sourceOf(arrival);
  return campaign === "" || campaign === source ? source : `${source}, campaign ${campaign}`;
}

const sourceOf = (arrival) => (arrival.source === "" ? "direct or unknown" : arrival.source);

/** Returns a campaign's name; empty if there is none. */
const campaignOf = ({ name, source, medium, term }) => name || source || medium || term;

/** Lists a campaign's other tags. */
function tagsOf(campaign) {
  const { source, medium, term } = campaign;
  const tags = [["medium", medium], ["source", source], ["keyword", term]];
  return tags.filter(([, text]) => text && text !== campaignOf(campaign)).map(([tag, text]) => `${tag} ${apart(text)}`).join(", ");
}

/** A sentence as text. */
const plain = (texts) => texts.map((text) => (Array.isArray(text) ? text[0] : text)).join("");

/** A sentence as elements: names in bold. */
const written = (texts, tag = "b") => texts.map((text) => (Array.isArray(text) ? element(tag, {}, isolated(text[0])) : text));

/** Ids named at the top of the page; the visitor's facts have more. */
const FEW_IDS = 2;

/** What kind of id a customer has, in words. */
const ID_TYPES = new Map([["externalContactId", "contact"]]);

/** Names a customer: who they are, or else what kind of id they have and its short form. */
function whoIs(model, { ids, name, emails, phones, sessions }) {
  const word = (type) => (type === "" ? "id" : ID_TYPES.get(type) ?? humanized(type));
  const short = (id) => friendly(model, model.shortNames.get(id) ?? id);
  const isPersonal = ({ type }) => type === "email" || type === "phone";
  const all = [...emails.values, ...phones.values, ...ids.values.filter(isPersonal).map(({ id }) => id)];
  const addresses = all.filter((one, index) => all.findIndex((other) => other.toLowerCase() === one.toLowerCase()) === index);
  const others = ids.values.filter((id) => !isPersonal(id));
  let who = name || addresses.shift();
  const shown = name ? addresses.splice(0, 1) : [];
  if (!who && others.length > 0) {
    const { type, id } = others.shift();
    who = `${type === "cookie" ? "Visitor" : word(type) === "contact" ? "Contact" : "Customer"} ${short(id)}`;
    if (!["id", "contact"].includes(word(type))) shown.push(`${word(type)} id`);
  }
  shown.push(...others.splice(0, FEW_IDS).map(({ type, id }) => `${word(type)} ${short(id)}`));
  const more = addresses.length + others.length + ids.more + emails.more + phones.more;
  if (more > 0) shown.push(more === 1 ? "1 more address or id" : `${figure(more)} more addresses or ids`);
  if (who) return { who, identity: joined(shown) };
  const { id } = sessions[0];
  return { who: "Unknown visitor", identity: id === "" ? "" : `session ${model.shortNames.get(id)}` };
}
