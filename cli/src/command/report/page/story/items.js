// The story's rows: visits with their events, of which repeated ones are one row and small steps are folded.

/**
 * Returns an item for each visit and event. Repeated views of a page, and repetitions of an activity, are one. With
 * `isFolding`, small steps on a page belong to the item before them (not to a segment), as its `steps`.
 */
function storyItems(model, rows, isFolding) {
  const items = [];
  let visit = null;
  let page = "";
  let head = null;
  for (const row of rows) {
    if (model.visitOf[row] !== visit) {
      visit = model.visitOf[row];
      items.push(head = { visit });
      page = "";
    }
    const last = items.at(-1).steps?.at(-1) ?? items.at(-1);
    if (last.rows && isRepetition(model, last.rows.at(-1), row)) last.rows.push(row);
    else if (isFolding && head.rows && isStepOf(model, head.rows[0], row)) head.steps.push({ rows: [row], page, head });
    else {
      items.push({ rows: [row], page, steps: [] });
      // The visitor doesn't notice a segment between two steps.
      if (model.rows.kind[row] !== SEGMENT) head = items.at(-1);
    }
    if (titleOf(model, row) !== "") page = titleOf(model, row);
  }
  return items;
}

function isRepetition(model, before, row) {
  const { at, kind, page, name, subject } = model.rows;
  if (at[row] - at[before] >= model.idle) return false;
  if (kind[row] !== kind[before] || page[row] !== page[before] || subject[row] !== subject[before]) return false;
  return kind[row] === VIEW ? page[row] !== null : kind[row] === ACTIVITY && name[row] === name[before];
}

/** Whether an event is a small step on the page of the `head` event, or the next step of its offer. */
function isStepOf(model, head, row) {
  const { at, kind, open } = model.rows;
  const before = model.before[row];
  if (before >= 0 && at[row] - at[before] >= model.idle) return false;
  if (kind[row] === OFFER) return kind[head] === OFFER && offerOf(model, row) === offerOf(model, head);
  return kind[row] === ACTIVITY && SMALL_STEPS.has(nameOf(model, row)) && [VIEW, ACTIVITY, SEARCH, OFFER].includes(kind[head]) && open[row] === open[head];
}

/** The number of events in an item's steps. */
const stepsOf = ({ steps }) => sum(steps.map(({ rows }) => rows.length));

/** Describes a visit: when, how long, how many pages; from where, if it is an arrival. */
function visitHeading(model, visit) {
  const { session } = visit;
  const zone = zoneOf(session);
  const sessions = sessionsInView(model);
  const arrival = session.arrivalAt.get(visit.row);
  const title = sessions.length === 1 ? `Visit ${visit.number + 1}` : `Session ${sessions.indexOf(session) + 1}, visit ${visit.number + 1}`;
  const before = visit.number > 0 ? session.visits[visit.number - 1].to : null;
  const later = before != null && visit.from != null ? `${elapsed(before, visit.from)} later` : "";
  const isNewDay = visit.from != null && (visit.number === 0 || dayOf(visit.from, zone) !== dayOf(before ?? visit.from, zone));
  const when = visit.from == null ? "no date" : isNewDay ? dateTime(visit.from, zone, MINUTE) : timeOfDay(visit.from, zone, MINUTE);
  const tags = arrival ? [campaignOf(arrival.campaign) && `campaign ${campaignOf(arrival.campaign)}`, tagsOf(arrival.campaign)].filter(Boolean).join(", ") : "";
  const source = arrival ? [`from ${sourceOf(arrival)}`, tags && `the link was tagged ${tags}`].filter(Boolean).join(" · ") : "";
  return { title, notes: [[when, later].filter(Boolean).join(", "), activeTime(visit.active), visit.views > 0 ? plural(visit.views, "page view") : "",
    ...(sessions.length > 1 && visit.number === 0 ? [session.type && `${session.type} session`, ...traitsOf([session]).slice(0, 2)] : [])].filter(Boolean), source };
}

/** Time without idle time, in words. */
const activeTime = (time) => (time > 0 ? `${duration(time)} active` : "");

/** The idle time before an event, or else the time since the row above it. */
function sinceBefore(model, row, above) {
  const before = model.before[row];
  const { at } = model.rows;
  if (before < 0 || at[row] == null || at[before] == null || at[row] < at[before]) return "";
  if (at[row] - at[before] >= model.idle) return `idle ${elapsed(at[before], at[row])}`;
  const from = at[above?.rows?.[0] ?? before] ?? at[before];
  return at[row] - from < 50 ? "" : `+${elapsed(from, at[row])}`;
}

/** The texts of an event's row, which is below the item `above`; with its small steps, unless they are listed below it. */
function eventTexts(model, item, above, isOpen) {
  const { rows, page, steps = [] } = item;
  const [row] = rows;
  const folded = isOpen ? [] : steps.flatMap((step) => step.rows);
  const times = (number) => (number > 1 ? ` ${figure(number)} times` : "");
  const offer = offerOf(model, row);
  const told = offer ? tellingStep(model, offer, [row, ...folded]) : row;
  const isWhole = told !== row && humanized(stateAt(model, told)) === responseTo(offer);
  const text = [...((isWhole && wholeOffer(model, offer, told)) || sentence(model, told)), times(rows.length)];
  const more = addition(model, told, page);
  const words = folded.filter((one) => model.rows.kind[one] === ACTIVITY).map((one) => stepWords(model, one, row));
  const parts = new Map(words.map((one) => [plain(one), one]));
  tally(words.map(plain)).forEach(([word, count], index) => more.push(index === 0 ? " · " : ", ", ...parts.get(word), times(count)));
  return { text, more, time: timeOfDay(model.rows.at[row], zoneAt(model, row)), since: sinceBefore(model, row, above) };
}

/** The step of an offer, among some events, that says most of it: its response, or else that it was shown. */
function tellingStep(model, offer, rows) {
  const steps = rows.filter((row) => model.rows.kind[row] === OFFER);
  return steps.findLast((row) => humanized(stateAt(model, row)) === responseTo(offer)) ?? steps.find((row) => row === shownAt(offer)?.row) ?? steps.at(-1);
}

/** A small step in words, as a sentence, without the name of the page or product that the row names. */
function stepWords(model, row, head) {
  const { subject } = model.rows;
  const about = model.strings[subject[row]];
  const isNamed = about !== "" && (about === titleOf(model, head) || subject[row] === subject[head]);
  const [first, ...others] = sentence(model, row);
  return [uncapitalized(first), ...others.map((part) => (isNamed && Array.isArray(part) && part[0] === about ? "it" : part))];
}
