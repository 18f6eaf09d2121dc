// Events in words a person would use. A sentence is a list of texts; those in a list of their own are names
// from the service.

const PENDING_STATES = ["qualified", "offered", "qualifiedOutsideSchedule", "offeredOutsideSchedule"];
const isAcceptance = ({ state }) => state === "accepted";
const isAccepted = ({ steps }) => steps.some(isAcceptance);

/** Returns the response to an offer: accepted, or else the last step after it was offered. */
function responseTo({ steps }) {
  const responses = steps.filter(({ state }) => !PENDING_STATES.includes(state));
  const step = responses.find(isAcceptance) ?? responses.at(-1);
  return step === undefined ? { word: "unanswered" } : { word: humanized(step.state) || "unanswered", step };
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

const OFFER_STEPS = new Map([
  ["qualified", ["Qualified for", ""]], ["offered", ["Was offered", ""]], ["accepted", ["Accepted", ""]], ["rejected", ["Declined", ""]],
  ["ignored", ["Ignored", ""]], ["timedout", ["Let", "time out"]], ["errored", ["Failed to show", ""]],
]);

/** Returns a name for people: an id is shortened. */
const friendly = (model, name) => (IS_UUID.test(name) ? model.shortNames.get(name) ?? name : name);

const quoted = (text) => (text === "" ? ["an offer"] : ["“", [text], "”"]);

/** Names what a mark's events are about, in a few words. */
function brief(model, [row]) {
  const { kind, subject } = model.rows;
  if (kind[row] === SEARCH) return model.strings[subject[row]];
  if (kind[row] !== OFFER) return friendly(model, nameOf(model, row));
  const known = model.sessions[model.rows.session[row]].offerAt.get(row);
  return known ? responseTo(known.offer).word : "";
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
    case SEGMENT: return ["Joined segment ", [friendly(model, name)]];
    case OUTCOME: return ["Reached the goal ", [friendly(model, name)]];
    case OFFER: {
      const state = model.sessions[model.rows.session[row]].offerAt.get(row)?.step.state ?? "";
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
    const known = session.offerAt.get(row);
    if (known?.offer.media_type) parts.push([[humanized(known.offer.media_type)]]);
    parts.push(onPage, ...offerProgress(model, known, row));
  } else if (kind[row] === OUTCOME) {
    const { arrival, activity } = session.outcomeAt.get(row) ?? {};
    if (activity != null) parts.push(["after: ", ...sentence(model, activity)]);
    if (session.arrivals[arrival]) parts.push(["came from ", [originOf(session.arrivals[arrival])]]);
  } else parts.push(onPage);
  return parts.filter((part) => part.length > 0).flatMap((part) => [" · ", ...part]);
}

/** What became of an offer, or how long its response took. */
function offerProgress(model, known, row) {
  if (!known) return [];
  const { offer, step } = known;
  const { at } = model.rows;
  const offered = offer.steps.find(({ state }) => state.startsWith("offered"));
  if (step === offered) {
    return [["then ", [responseTo(offer).word]]];
  }
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
  return tags.filter(([, text]) => text && text !== campaignOf(campaign)).map((tag) => tag.join(" ")).join(", ");
}

/** A sentence as text. */
const plain = (texts) => texts.map((text) => (Array.isArray(text) ? text[0] : text)).join("");

/** A sentence as elements: names in bold. */
const written = (texts, tag = "b") => texts.map((text) => (Array.isArray(text) ? element(tag, {}, isolated(text[0])) : text));

/** What kind of id a customer has, in words. */
const ID_TYPES = new Map([["externalContactId", "contact"]]);

/** Names a customer: who they are, or else what kind of id they have and its short form. */
function whoIs(model, customer) {
  const { name, email, phone, id, type } = customer;
  const word = type === "" ? "id" : ID_TYPES.get(type) ?? humanized(type);
  const short = friendly(model, model.shortNames.get(id) ?? id);
  const identity = id === "" ? "" : `${word} ${short}`;
  const known = name || email || phone || (type === "email" || type === "phone" ? id : "");
  if (known) return { who: known, identity: known === id ? word : identity, more: name ? [email, phone].filter(Boolean).join(", ") : "" };
  if (id !== "") return { who: `${type === "cookie" ? "Visitor" : type === "contact" ? "Contact" : "Customer"} ${short}`, identity: word === "id" || word === "contact" ? "" : `${word} id`, more: "" };
  const [first] = customer.sessions;
  return { who: "Unknown visitor", identity: first.id === "" ? "" : `session ${model.shortNames.get(first.id)}`, more: "" };
}
