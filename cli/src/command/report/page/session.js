// Wording shared by cards, tables and timeline.

const sourceOf = (arrival) => (arrival.source === "" ? "direct or unknown" : arrival.source);

/** Returns a campaign's name; empty if there is none. */
const campaignOf = ({ name, source, medium, term }) => name || source || medium || term;

/** Lists a campaign's other tags. */
function tagsOf(campaign) {
  const { source, medium, term } = campaign;
  const tags = [["medium", medium], ["source", source], ["keyword", term]];
  return tags.filter(([, text]) => text && text !== campaignOf(campaign)).map((tag) => tag.join(" ")).join(", ");
}

const longestFirst = (idle) => [...idle].sort((one, other) => other.to - other.from - (one.to - one.from));

const PENDING_STATES = ["qualified", "offered", "qualifiedOutsideSchedule", "offeredOutsideSchedule"];
const isAcceptance = ({ state }) => state === "accepted";
const isAccepted = ({ steps }) => steps.some(isAcceptance);

/** Returns the response to an offer: accepted, or else the last step after it was offered. */
function responseTo({ steps }) {
  const responses = steps.filter(({ state }) => !PENDING_STATES.includes(state));
  const step = responses.find(isAcceptance) ?? responses.at(-1);
  return step === undefined ? { word: "unanswered" } : { word: humanized(step.state) || "unanswered", step };
}

/** Counts each value, most frequent first. */
function tally(values) {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return [...counts].sort((one, other) => other[1] - one[1]);
}
