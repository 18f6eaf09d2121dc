// The story's rows: visits with their events, of which repeated ones are one row.

/** Returns a row for each visit and event; repeated views of a page, and repetitions of an activity, are one. */
function storyItems(model, rows) {
  const items = [];
  let visit = null;
  let page = "";
  for (const row of rows) {
    if (model.visitOf[row] !== visit) {
      visit = model.visitOf[row];
      items.push({ visit });
      page = "";
    }
    const last = items.at(-1);
    if (last.rows && isRepetition(model, last.rows.at(-1), row)) last.rows.push(row);
    else items.push({ rows: [row], page });
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

/** Describes a visit: when, from where, how long. */
function visitHeading(model, visit) {
  const { session } = visit;
  const zone = zoneOf(session);
  const sessions = sessionsInView(model);
  const arrival = session.arrivalAt.get(visit.row);
  const title = sessions.length === 1 ? `Visit ${visit.number + 1}` : visit.from == null ? "No date" : dateTime(visit.from, zone, MINUTE);
  const place = sessions.length === 1 ? "" : `session ${sessions.indexOf(session) + 1} of ${sessions.length}${session.type ? ` (${session.type})` : ""}${visit.number > 0 ? `, visit ${visit.number + 1}` : ""}`;
  const before = visit.number > 0 ? session.visits[visit.number - 1].to : null;
  const later = before != null && visit.from != null ? `${elapsed(before, visit.from)} later` : "";
  const isNewDay = visit.from != null && (visit.number === 0 || dayOf(visit.from, zone) !== dayOf(before ?? visit.from, zone));
  const when = sessions.length > 1 ? later : [visit.from == null ? "" : isNewDay ? dateTime(visit.from, zone, MINUTE) : timeOfDay(visit.from, zone, MINUTE), later].filter(Boolean).join(", ");
  const source = arrival ? `from ${originOf(arrival)}` : "";
  const length = visit.to > visit.from ? duration(visit.to - visit.from) : "";
  return { title, notes: [place, source, when, length, visit.views > 0 ? plural(visit.views, "page") : "", arrival ? tagsOf(arrival.campaign) : ""].filter(Boolean) };
}

/** The time since the previous event of the session. */
function sinceBefore(model, row) {
  const before = model.before[row];
  const { at } = model.rows;
  if (before < 0 || at[row] == null || at[before] == null || at[row] < at[before]) return "";
  if (at[row] - at[before] < 50) return "";
  const isIdle = at[row] - at[before] >= model.idle;
  return `${isIdle ? "idle " : "+"}${elapsed(at[before], at[row])}`;
}

/** The texts of an event's row. */
function eventTexts(model, { rows, page }) {
  const [row] = rows;
  const text = sentence(model, row);
  if (rows.length > 1) text.push(` ${rows.length.toLocaleString("en")} times`);
  return { text, more: addition(model, row, page), time: timeOfDay(model.rows.at[row], zoneAt(model, row)), since: sinceBefore(model, row) };
}

/** Whether an event's shape is filled: an offer is once it is accepted. */
const isFilledAt = (model, row) => {
  const known = model.sessions[model.rows.session[row]].offerAt.get(row);
  return model.rows.kind[row] !== OFFER || (known !== undefined && isAccepted(known.offer));
};
