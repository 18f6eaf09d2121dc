"""What report pages tell: compared with the events that they were made of."""

import json
from zoneinfo import ZoneInfo

import events as made
from reports import at, body, count, counts_to, detail_has, duration, glance, name, rows_of, settled, shown, until


#: Pictures that the page did not draw itself.
FOREIGN = "svg:not(#patterns, #axis, .lane > svg)"


def address(event):
    page = body(event).get("page")
    return page["hostname"] + page["pathname"] if page else None


def states(events):
    """The states of each action, in their order."""
    chains = {}
    for event in events:
        if "action" in body(event):
            chains.setdefault(body(event)["action"]["id"], []).append((body(event)["action"]["state"], event))
    return list(chains.values())


def gaps(events):
    return [(before, after, (at(after) - at(before)).total_seconds()) for before, after in zip(events, events[1:])]


def a_stranger_is_told_what_the_events_say(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    idle = [gap for gap in gaps(events) if gap[2] >= 60]
    before, after, longest = max(idle, key=lambda gap: gap[2])
    assert glance(page, "Idle").startswith(f"{len(idle):,} times, "), glance(page, "Idle")
    assert f"longest {int(longest // 60)} min" in glance(page, "Idle")
    assert f": {shown(at(before))} to " in glance(page, "Idle")
    chains = states(events)
    accepted = [dict(chain)["accepted"] for chain in chains if "accepted" in dict(chain)]
    assert accepted
    told = glance(page, "Offers")
    assert told.startswith(f"{len(chains)} offers: {len(accepted)} accepted"), told
    assert f"accepted {shown(at(accepted[0]))}: {body(accepted[0])['action']['prompt']} (" in told, told
    before = events[:events.index(accepted[0])]
    page_then = next(body(event)["page"]["title"] for event in reversed(before) if address(event))
    assert f"), on {page_then}" in told.split("\n")[1], told
    for state, word in [("rejected", "rejected"), ("timedout", "timed out"), ("errored", "failed")]:
        assert f", {sum(state in dict(chain) for chain in chains)} {word}" in told, (state, told)
    referrer = body(events[0])["referrer"]["name"]
    assert glance(page, "Came from").startswith(f"{referrer}, at first\nlater also "), glance(page, "Came from")
    campaign = body(events[0])["mktCampaign"]["name"]
    assert glance(page, "Campaign").startswith(f"{campaign}, at first"), glance(page, "Campaign")
    place = body(events[0])["geolocation"]
    assert glance(page, "Place") == f"{place['locality']}, {place['regionName']}, {place['countryName']}"
    outcomes = {body(event)["outcome"]["displayName"] for event in events if "outcome" in body(event)}
    assert outcomes and all(f"{outcome}: " in glance(page, "Outcomes") for outcome in outcomes)
    there = at(events[0]).astimezone(ZoneInfo(place["timezone"]))
    assert f"for the visitor {shown(there)} to " in glance(page, "When"), glance(page, "When")
    assert f"{len(events):,} events, {sum(name(event) == 'page_viewed' for event in events):,} page views, " in glance(page, "When")


def tables_have_what_the_events_say(reports):
    source = reports.demo(1000)
    events, page = made.lines(source), reports.open(reports.report(source))
    more = page.locator("#sessions").get_by_role("button", name="Show all")
    assert more.count() > 3
    while more.count() > 0:
        more.first.click()

    views, times, titles, current = {}, {}, {}, None
    for event, gap in zip(events, [*[gap[2] for gap in gaps(events)], 0]):
        current = address(event) or current
        if address(event):
            titles.setdefault(current, body(event)["page"]["title"])
            views[current] = views.get(current, 0) + (name(event) == "page_viewed")
        times[current] = times.get(current, 0) + (gap if gap < 60 else 0)
    expected = sorted(titles, key=lambda page: -times[page])
    told = rows_of(page, "Pages by time spent")
    assert [row[0] for row in told] == [f"{titles[page]}\n{page}" for page in expected]
    assert [row[1] for row in told] == [f"{views[page]}" for page in expected]
    assert [row[2] for row in told] == [duration(times[page]) for page in expected]
    assert told[0][3] == f"{round(times[expected[0]] / sum(times.values()) * 100)} %"
    assert glance(page, "Looked at longest").startswith(
        f"{titles[expected[0]]}: {duration(times[expected[0]])} in all, over {views[expected[0]]} views")

    idle = sorted((gap for gap in gaps(events) if gap[2] >= 60), key=lambda gap: -gap[2])
    told = rows_of(page, "Idle times, longest first")
    assert [[row[0], row[1].split("\n")[0]] for row in told] == [[shown(at(before)), shown(at(after))] for before, after, _ in idle]
    titled = events[:events.index(idle[0][0]) + 1]
    assert told[0][3] == next(body(event)["page"]["title"] for event in reversed(titled) if address(event))

    chains = states(events)
    chains.sort(key=lambda chain: "accepted" not in dict(chain))
    told = rows_of(page, "Offers and what became of them")
    assert len(told) == len(chains)
    words = {"timedout": "timed out", "errored": "failed"}
    for row, chain in zip(told, chains):
        state, event = next((step for step in chain if step[0] == "accepted"), chain[-1])
        offered = next(event for state, event in chain if state == "offered")
        assert row[0] == shown(at(offered)), row
        assert row[2].startswith(f"{words.get(state, state)} {shown(at(event))}\n"), (row, chain[-1])
        assert row[2].endswith(" → ".join(words.get(state, state) for state, _ in chain)), row

    outcomes = [event for event in events if "outcome" in body(event)]
    told = rows_of(page, "Outcomes")
    assert [row[0] for row in told] == [shown(at(event)) for event in outcomes]
    bought = next(event for event in events if name(event) == "order_completed")
    product = body(bought)["attributes"]["product_name"]["value"]
    assert "\nafter order_completed (" in told[0][1] and f"product_name: {product}" in told[0][1], told[0]
    assert f"\ncame from {body(outcomes[0])['visitReferrer']['name']}" in told[0][1], told[0]

    landings = [event for event in events if name(event) == "page_viewed" and body(event).get("referrer", {}).get("name")]
    told = rows_of(page, "Arrivals")
    assert told[0][0] == shown(at(landings[0])) and body(landings[0])["referrer"]["name"] in told[0][1]
    assert f"source {body(landings[0])['mktCampaign']['source']}" in told[0][2]
    assert f", {len(told)} arrivals" in glance(page, "When")
    sources = rows_of(page, "Where the visitor came from")
    assert sum(int(row[2]) for row in sources) == len(told) and sum(int(row[3]) for row in sources) == len(outcomes)
    came = {}
    for event in outcomes:
        come = body(event)["visitReferrer"]["name"]
        came[come] = came.get(come, 0) + 1
    for source, number in came.items():
        assert sum(int(row[3]) for row in sources if row[0].split(" (")[0] == source) == number, (source, sources)
    returns = [row for row in rows_of(page, "Idle times, longest first") if "came from" in row[1]]
    assert returns and f"{len(returns)} of {len(idle)} ended with a new arrival" in glance(page, "Idle")

    segments = [event for event in events if "segment" in body(event)]
    assert rows_of(page, "Segments") == [[shown(at(event)), body(event)["segment"]["id"]] for event in segments]
    counts = {row[0]: int(row[2]) for row in rows_of(page, "Events by name and type") if row[1] in ("Page view", "Activity")}
    for event in ["page_viewed", "object_clicked", "order_completed"]:
        assert counts[event] == sum(name(other) == event for other in events)


def hostile_events_are_shown_as_text(reports):
    samples, types = [], set()
    for event in made.lines(reports.sessions(3, 300)):
        if event["eventType"] not in types:
            types.add(event["eventType"])
            samples.append(event)
    assert len(samples) == 5
    events = made.hostile(samples)
    path = reports.of("hostile", events)
    page = reports.open(path)
    counts_to(page, len(events))
    seen = 0
    for session in range(page.locator("#glance tbody tr").count()):
        page = reports.open(path, f"#session={session}")
        assert page.locator("script").count() == 3
        assert page.locator(f"img, {FOREIGN}, iframe, a[href^=javascript], [onerror], [onload], [onclick]").count() == 0
        text = page.inner_text("body")
        assert "[object" not in text and "undefined" not in text
        assert not any(letter in text for letter in "\u202e\u2066\u200b\u00ad"), session
        if made.SCRIPT in page.inner_text("#glance"):
            assert made.SCRIPT in page.inner_text("#sessions .parts")
            seen += 1
        if "⟨U+202E⟩" in text:
            assert "⟨U+200B⟩" in text and "⟨U+00AD⟩" in text
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(f"img, {FOREIGN}, iframe").count() == 0
        page.context.close()
    assert seen >= 1
    page = reports.open(path)
    for row in [0, 23, 28, len(events) - 8]:
        page.evaluate("(row) => look({ row })", row)
        detail_has(page, json.dumps(events[row]["id"]))
        assert json.loads(page.locator("#detail pre").text_content()) == events[row], row
    big = next(row for row, event in enumerate(events) if len(json.dumps(event)) > 2**20)
    page.evaluate("(row) => look({ row })", big)
    page.get_by_role("button", name="Show all").last.wait_for()
    assert len(page.locator("#detail pre").text_content()) == 100_000
    page.get_by_role("button", name="Show all").last.click()
    assert json.loads(page.locator("#detail pre").text_content()) == events[big]
    page.get_by_role("searchbox").fill("onerror=alert(2)")
    until(page, "location.hash.includes('onerror')")
    settled(page)
    assert page.locator("script").count() == 3


def odd_events_are_told_of(reports):
    page = reports.open(reports.of("odd", made.odd(), "no event\n\n{\"eventType\":3}\n", status=1))
    problems = page.inner_text("#problems")
    for told in ["2 lines left out, as no event can be read there: 9, 11", "without a date", "1 event without an id",
                 "1 event there twice, counted once", "with the id of another one", "earlier than the one before, by up to 3600 s",
                 "HologramEvent", "without a session's id"]:
        assert told in problems, (told, problems)
    counts_to(page, 7)
    # An event without a date says nothing of the time before the next one.
    assert "1 event with values that can't be shown here" in problems and "half of a pair" in page.inner_text("#list")
    assert page.locator("#list .after-idle").count() == 1
    assert page.locator("#list .after-idle").get_attribute("aria-rowindex") == "2"
    assert "after 1 h idle" in page.locator("#list .after-idle").inner_text()
    # The late event of 09:00 is not what the one of 10:00:05 came after.
    assert "longest 1 h: 1 Jan 2026, 09:00:00 to 10:00:00" in glance(page, "Idle"), glance(page, "Idle")
    page = reports.open(reports.of("empty", []))
    assert "There are no events." in page.inner_text("#problems")
    assert page.locator("#timeline").is_hidden()
    page = reports.open(reports.of("undated", [{"eventType": "x", "id": "1"}, {"eventType": "y", "id": "2", "createdDate": None}]))
    assert page.locator("#timeline").is_hidden() and glance(page, "Idle") == "not known"
    counts_to(page, 2)
    far = [{"eventType": "x", "id": str(year), "createdDate": f"{year:04}-01-01T00:00:00Z"} for year in (1, 9999)]
    counts_to(reports.open(reports.of("far", far)), 2)


def times_are_in_the_zone_that_is_asked_for(reports):
    source = reports.demo(100)
    events, page = made.lines(source), reports.open(reports.report(source), timezone_id="Asia/Tokyo")
    zones = [("UTC", "UTC", "UTC"), ("visitor", "the visitor's", body(events[0])["geolocation"]["timezone"]), ("local", "this computer's", "Asia/Tokyo")]
    for choice, whose, zone in zones:
        page.get_by_label("Times", exact=True).select_option(choice)
        settled(page)
        first = shown(at(events[0]).astimezone(ZoneInfo(zone)))
        assert page.locator("#list .body [role=gridcell]").first.inner_text() == first, choice
        assert page.locator("#list [role=columnheader]").first.inner_text() == f"Time ({whose})"
        assert glance(page, "When").startswith(f"{first} to "), choice
        assert f"({zone})" in page.locator("#lanes .lane svg").get_attribute("aria-label")
        assert f"Times are in {zone}." in page.inner_text("#timeline-hint")
        page.evaluate("look({ row: 0 })")
        assert f"({zone})" in page.inner_text("#detail dl")
    unknown = {"eventType": "com.genesys.journey.WebEvent", "createdDate": "2026-01-01T10:00:00Z",
               "webEvent": {"geolocation": {"timezone": "Mars/Phobos"}}}
    page = reports.open(reports.of("mars", [unknown]), "#zone=visitor&row=0")
    assert "10:00:00.000 (UTC)" in page.inner_text("#detail dl")


def many_sessions_are_a_table_until_one_is_chosen(reports):
    source = reports.sessions(8, 20)
    events, page = made.lines(source), reports.open(reports.report(source))
    ids = []
    for event in sorted(events, key=at):
        if event["session"]["id"] not in ids:
            ids.append(event["session"]["id"])
    told = rows_of(page, "Sessions")
    assert [row[0].split()[-1] for row in told] == ids, "in the order of their first events"
    assert page.locator("#glance article").count() == 1 and page.locator("#sessions table").count() == 0
    assert page.locator("#lanes .lane:visible").count() == 8
    page.get_by_role("button", name="Session 3", exact=True).click()
    counts_to(page, 20)
    settled(page)
    assert ids[2] in page.inner_text("#glance h2")
    assert page.locator("#lanes .lane:visible").count() == 1
    assert page.locator("#sessions article").count() == 1
    page.get_by_label("Session", exact=True).select_option("")
    counts_to(page, 160)
    assert len(rows_of(page, "Sessions")) == 8


def print_has_what_is_looked_at(reports):
    source = reports.demo(1000)
    page = reports.open(reports.report(source))
    page.get_by_label("Offer steps (").check()
    settled(page)
    page.focus("#list")
    page.keyboard.press("End")
    settled(page)
    seen = "() => [document.activeElement.id, document.getElementById('list').scrollTop, document.querySelectorAll('#list .active').length]"
    before = page.evaluate(seen)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#printed tbody tr").count() == count(page)
    assert page.locator("#list").is_hidden() and page.locator("#filters").is_hidden()
    offers = page.locator("#sessions section", has=page.locator("h3:text-is('Offers and what became of them')"))
    assert offers.locator(".on-paper").inner_text() == f"The first 10 of {len(states(made.lines(source)))}."
    for width in [500, 720, 1000]:
        page.set_viewport_size({"width": width, "height": 900})
        for svg in page.locator("#lanes svg").all():
            box, ratio = svg.bounding_box(), svg.evaluate("(svg) => svg.viewBox.baseVal.width / svg.viewBox.baseVal.height")
            assert abs(box["width"] / box["height"] / ratio - 1) < 0.02, "not squashed"
    tops = [page.locator(part).bounding_box()["y"] for part in ["#glance", "#timeline", "#sessions", "#events-section"]]
    assert tops == sorted(tops)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed tr").count() == 0
    assert page.pdf()[:4] == b"%PDF"
    settled(page)
    assert page.evaluate(seen) == before and before[1] > 0, (before, page.evaluate(seen))


CHECKS = [
    a_stranger_is_told_what_the_events_say, tables_have_what_the_events_say, hostile_events_are_shown_as_text, odd_events_are_told_of,
    times_are_in_the_zone_that_is_asked_for, many_sessions_are_a_table_until_one_is_chosen, print_has_what_is_looked_at,
]
