// What cards, tables and the timeline say of a session in the same way.

/** Where an arrival was from. */
const sourceOf = (arrival) => (arrival.source === "" ? "directly, or not known" : arrival.source);

/** What a campaign is called; empty if there is none. */
const campaignOf = ({ name, source, medium, term }) => name || source || medium || term;

/** What a campaign's links say beside its name. */
function linksOf(campaign) {
  const { source, medium, term } = campaign;
  const links = [["medium", medium], ["source", source], ["keyword", term]];
  return links.filter(([, text]) => text && text !== campaignOf(campaign)).map((link) => link.join(" ")).join(", ");
}

const longestFirst = (idle) => [...idle].sort((one, other) => other.to - other.from - (one.to - one.from));

const ANSWERLESS = ["qualified", "offered", "qualifiedOutsideSchedule", "offeredOutsideSchedule"];
const isAcceptance = ({ state }) => state === "accepted";
const isAccepted = ({ steps }) => steps.some(isAcceptance);

/** What became of an offer: accepted, or else the last step that was more than offering it. */
function answerTo({ steps }) {
  const answers = steps.filter(({ state }) => !ANSWERLESS.includes(state));
  const step = answers.find(isAcceptance) ?? answers.at(-1);
  return step === undefined ? { word: "without an answer" } : { word: inWords(step.state) || "without an answer", step };
}

/** How often each is there, the most first. */
function tally(words) {
  const counts = new Map();
  words.forEach((word) => counts.set(word, (counts.get(word) ?? 0) + 1));
  return [...counts].sort((one, other) => other[1] - one[1]);
}
