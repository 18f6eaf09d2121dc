"""Compares what report pages show with their events."""

import json
from zoneinfo import ZoneInfo

import samples
from reports import at, body, count, duration, glance, name, rows_of, shown, until, wait_for_count, wait_for_detail, wait_for_frames


#: SVG that the page didn't draw itself.
FOREIGN = "svg:not(#patterns, #axis, .lane > svg)"


def address(event):
    page = body(event).get("page")
    return page["hostname"] + page["pathname"] if page else None


def states(events):
    """Returns each action's states with their events, in order."""
    chains = {}
    for event in events:
        if "action" in body(event):
            chains.setdefault(body(event)["action"]["id"], []).append((body(event)["action"]["state"], event))
    return list(chains.values())


def gaps(events):
    return [(before, after, (at(after) - at(before)).total_seconds()) for before, after in zip(events, events[1:])]


def cards_match_the_events(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    idle = [gap for gap in gaps(events) if gap[2] >= 60]
    before, after, longest = max(idle, key=lambda gap: gap[2])
    assert glance(page, "Idle").startswith(f"{len(idle):,} times, "), glance(page, "Idle")
    assert f"longest {int(longest // 60)} min" in glance(page, "Idle")
    assert f": {shown(at(before))} to " in glance(page, "Idle")
    chains = states(events)
    accepted = [dict(chain)["accepted"] for chain in chains if "accepted" in dict(chain)]
    assert accepted
    offers = glance(page, "Offers")
    assert offers.startswith(f"{len(chains)} offers: {len(accepted)} accepted"), offers
    assert f"accepted {shown(at(accepted[0]))}: {body(accepted[0])['action']['prompt']} (" in offers, offers
    before = events[:events.index(accepted[0])]
    page_then = next(body(event)["page"]["title"] for event in reversed(before) if address(event))
    assert f"), on {page_then}" in offers.split("\n")[1], offers
    for state, word in [("rejected", "rejected"), ("timedout", "timed out"), ("errored", "failed")]:
        assert f", {sum(state in dict(chain) for chain in chains)} {word}" in offers, (state, offers)
    referrer = body(events[0])["referrer"]["name"]
    assert glance(page, "Source").startswith(f"{referrer} at first\nlater: "), glance(page, "Source")
    campaign = body(events[0])["mktCampaign"]["name"]
    assert glance(page, "Campaign").startswith(f"{campaign} at first"), glance(page, "Campaign")
    place = body(events[0])["geolocation"]
    assert glance(page, "Location") == f"{place['locality']}, {place['regionName']}, {place['countryName']}"
    outcomes = {body(event)["outcome"]["displayName"] for event in events if "outcome" in body(event)}
    assert outcomes and all(f"{outcome}: " in glance(page, "Outcomes") for outcome in outcomes)
    there = at(events[0]).astimezone(ZoneInfo(place["timezone"]))
    assert f"visitor's time: {shown(there)} to " in glance(page, "When"), glance(page, "When")
    assert f"{len(events):,} events, {sum(name(event) == 'page_viewed' for event in events):,} page views, " in glance(page, "When")


def tables_match_the_events(reports):
    source = reports.demo(1000)
    events, page = samples.read(source), reports.open(reports.report(source))
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
    rows = rows_of(page, "Pages by time spent")
    assert [row[0] for row in rows] == [f"{titles[page]}\n{page}" for page in expected]
    assert [row[1] for row in rows] == [f"{views[page]}" for page in expected]
    assert [row[2] for row in rows] == [duration(times[page]) for page in expected]
    assert rows[0][3] == f"{round(times[expected[0]] / sum(times.values()) * 100)} %"
    assert glance(page, "Most time on").startswith(
        f"{titles[expected[0]]}: {duration(times[expected[0]])} in total, {views[expected[0]]} views")

    idle = sorted((gap for gap in gaps(events) if gap[2] >= 60), key=lambda gap: -gap[2])
    rows = rows_of(page, "Idle periods, longest first")
    assert [[row[0], row[1].split("\n")[0]] for row in rows] == [[shown(at(before)), shown(at(after))] for before, after, _ in idle]
    titled = events[:events.index(idle[0][0]) + 1]
    assert rows[0][3] == next(body(event)["page"]["title"] for event in reversed(titled) if address(event))

    chains = states(events)
    chains.sort(key=lambda chain: "accepted" not in dict(chain))
    rows = rows_of(page, "Offers and responses")
    assert len(rows) == len(chains)
    words = {"timedout": "timed out", "errored": "failed"}
    for row, chain in zip(rows, chains):
        state, event = next((step for step in chain if step[0] == "accepted"), chain[-1])
        offered = next(event for state, event in chain if state == "offered")
        assert row[0] == shown(at(offered)), row
        assert row[2].startswith(f"{words.get(state, state)} {shown(at(event))}\n"), (row, chain[-1])
        assert row[2].endswith(" → ".join(words.get(state, state) for state, _ in chain)), row

    outcomes = [event for event in events if "outcome" in body(event)]
    rows = rows_of(page, "Outcomes")
    assert [row[0] for row in rows] == [shown(at(event)) for event in outcomes]
    bought = next(event for event in events if name(event) == "order_completed")
    product = body(bought)["attributes"]["product_name"]["value"]
    assert "\nafter order_completed (" in rows[0][1] and f"product_name: {product}" in rows[0][1], rows[0]
    assert f"\nsource: {body(outcomes[0])['visitReferrer']['name']}" in rows[0][1], rows[0]

    landings = [event for event in events if name(event) == "page_viewed" and body(event).get("referrer", {}).get("name")]
    rows = rows_of(page, "Arrivals")
    assert rows[0][0] == shown(at(landings[0])) and body(landings[0])["referrer"]["name"] in rows[0][1]
    assert f"source {body(landings[0])['mktCampaign']['source']}" in rows[0][2]
    assert f", {len(rows)} arrivals" in glance(page, "When")
    sources = rows_of(page, "Traffic sources")
    assert sum(int(row[2]) for row in sources) == len(rows) and sum(int(row[3]) for row in sources) == len(outcomes)
    outcomes_of = {}
    for event in outcomes:
        source = body(event)["visitReferrer"]["name"]
        outcomes_of[source] = outcomes_of.get(source, 0) + 1
    for source, number in outcomes_of.items():
        assert sum(int(row[3]) for row in sources if row[0].split(" (")[0] == source) == number, (source, sources)
    returns = [row for row in rows_of(page, "Idle periods, longest first") if "source: " in row[1]]
    assert returns and f"{len(returns)} of {len(idle)} ended with a new arrival" in glance(page, "Idle")

    segments = [event for event in events if "segment" in body(event)]
    assert rows_of(page, "Segments") == [[shown(at(event)), body(event)["segment"]["id"]] for event in segments]
    counts = {row[0]: int(row[2]) for row in rows_of(page, "Events by name and type") if row[1] in ("Page view", "Activity")}
    for event in ["page_viewed", "object_clicked", "order_completed"]:
        assert counts[event] == sum(name(other) == event for other in events)


def hostile_events_are_shown_as_text(reports):
    by_type = {}
    for event in samples.read(reports.sessions(3, 300)):
        by_type.setdefault(event["eventType"], event)
    assert len(by_type) == 5
    events = samples.hostile(by_type.values())
    path = reports.of("hostile", events)
    page = reports.open(path)
    wait_for_count(page, len(events))
    seen = 0
    for session in range(page.locator("#glance tbody tr").count()):
        page = reports.open(path, f"#session={session}")
        assert page.locator("script").count() == 3
        assert page.locator(f"img, {FOREIGN}, iframe, a[href^=javascript], [onerror], [onload], [onclick]").count() == 0
        text = page.inner_text("body")
        assert "[object" not in text and "undefined" not in text
        assert not any(letter in text for letter in "\u202e\u2066\u200b\u00ad"), session
        if samples.SCRIPT in page.inner_text("#glance"):
            assert samples.SCRIPT in page.inner_text("#sessions .parts")
            seen += 1
        if "⟨U+202E⟩" in text:
            assert "⟨U+200B⟩" in text and "⟨U+00AD⟩" in text
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(f"img, {FOREIGN}, iframe").count() == 0
        page.context.close()
    assert seen >= 1
    page = reports.open(path)
    for row in [0, 23, 28, len(events) - 8]:
        page.evaluate("(row) => updateView({ row })", row)
        wait_for_detail(page, json.dumps(events[row]["id"]))
        assert json.loads(page.locator("#detail pre").text_content()) == events[row], row
    big = next(row for row, event in enumerate(events) if len(json.dumps(event)) > 2**20)
    page.evaluate("(row) => updateView({ row })", big)
    page.get_by_role("button", name="Show all").last.wait_for()
    assert len(page.locator("#detail pre").text_content()) == 100_000
    page.get_by_role("button", name="Show all").last.click()
    assert json.loads(page.locator("#detail pre").text_content()) == events[big]
    page.get_by_role("searchbox").fill("onerror=alert(2)")
    until(page, "location.hash.includes('onerror')")
    wait_for_frames(page)
    assert page.locator("script").count() == 3


def odd_events_are_reported(reports):
    page = reports.open(reports.of("odd", samples.odd(), "not an event\n\n{\"eventType\":3}\n", status=1))
    problems = page.inner_text("#problems")
    for expected in ["2 lines skipped, not a valid event: 9, 11", "without a valid date", "1 event without an id",
                     "1 duplicate event skipped", "with the id of another event", "up to 3600 s earlier than the event before",
                     "HologramEvent", "without a session id"]:
        assert expected in problems, (expected, problems)
    wait_for_count(page, 7)
    assert "1 event with values that can't be shown here" in problems and "unpaired surrogate" in page.inner_text("#list")
    # An undated event neither starts nor ends an idle period.
    assert page.locator("#list .after-idle").count() == 1
    assert page.locator("#list .after-idle").get_attribute("aria-rowindex") == "2"
    assert "after 1 h idle" in page.locator("#list .after-idle").inner_text()
    # The idle period goes by dates: the event of 09:00 arrived after the one of 10:00.
    assert "longest 1 h: 1 Jan 2026, 09:00:00 to 10:00:00" in glance(page, "Idle"), glance(page, "Idle")
    page = reports.open(reports.of("empty", []))
    assert "There are no events." in page.inner_text("#problems")
    assert page.locator("#timeline").is_hidden()
    page = reports.open(reports.of("undated", [{"eventType": "x", "id": "1"}, {"eventType": "y", "id": "2", "createdDate": None}]))
    assert page.locator("#timeline").is_hidden() and glance(page, "Idle") == "unknown"
    wait_for_count(page, 2)
    far = [{"eventType": "x", "id": str(year), "createdDate": f"{year:04}-01-01T00:00:00Z"} for year in (1, 9999)]
    wait_for_count(reports.open(reports.of("far", far)), 2)


def times_use_the_selected_time_zone(reports):
    source = reports.demo(100)
    events, page = samples.read(source), reports.open(reports.report(source), timezone_id="Asia/Tokyo")
    zones = [("UTC", "UTC", "UTC"), ("visitor", "visitor's", body(events[0])["geolocation"]["timezone"]), ("local", "this computer's", "Asia/Tokyo")]
    for choice, label, zone in zones:
        page.get_by_label("Time zone", exact=True).select_option(choice)
        wait_for_frames(page)
        first = shown(at(events[0]).astimezone(ZoneInfo(zone)))
        assert page.locator("#list .body [role=gridcell]").first.inner_text() == first, choice
        assert page.locator("#list [role=columnheader]").first.inner_text() == f"Time ({label})"
        assert glance(page, "When").startswith(f"{first} to "), choice
        assert f"({zone})" in page.locator("#lanes .lane svg").get_attribute("aria-label")
        assert f"Times are in {zone}." in page.inner_text("#timeline-hint")
        page.evaluate("updateView({ row: 0 })")
        assert f"({zone})" in page.inner_text("#detail dl")
    unknown = {"eventType": "com.genesys.journey.WebEvent", "createdDate": "2026-01-01T10:00:00Z",
               "webEvent": {"geolocation": {"timezone": "Mars/Phobos"}}}
    page = reports.open(reports.of("mars", [unknown]), "#zone=visitor&row=0")
    assert "10:00:00.000 (UTC)" in page.inner_text("#detail dl")


def many_sessions_are_a_table_until_one_is_selected(reports):
    source = reports.sessions(8, 20)
    events, page = samples.read(source), reports.open(reports.report(source))
    ids = []
    for event in sorted(events, key=at):
        if event["session"]["id"] not in ids:
            ids.append(event["session"]["id"])
    rows = rows_of(page, "Sessions")
    assert [row[0].split()[-1] for row in rows] == ids, "sorted by their first events"
    assert page.locator("#glance article").count() == 1 and page.locator("#sessions table").count() == 0
    assert page.locator("#lanes .lane:visible").count() == 8
    page.get_by_role("button", name="Session 3", exact=True).click()
    wait_for_count(page, 20)
    wait_for_frames(page)
    assert ids[2] in page.inner_text("#glance h2")
    assert page.locator("#lanes .lane:visible").count() == 1
    assert page.locator("#sessions article").count() == 1
    page.get_by_label("Session", exact=True).select_option("")
    wait_for_count(page, 160)
    assert len(rows_of(page, "Sessions")) == 8


def print_shows_the_current_view(reports):
    source = reports.demo(1000)
    page = reports.open(reports.report(source))
    page.get_by_label("Offer steps (").check()
    wait_for_frames(page)
    page.focus("#list")
    page.keyboard.press("End")
    wait_for_frames(page)
    focus_and_scroll = "() => [document.activeElement.id, document.getElementById('list').scrollTop, document.querySelectorAll('#list .active').length]"
    before = page.evaluate(focus_and_scroll)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#printed tbody tr").count() == count(page)
    assert page.locator("#list").is_hidden() and page.locator("#filters").is_hidden()
    offers = page.locator("#sessions section", has=page.locator("h3:text-is('Offers and responses')"))
    assert offers.locator(".print-only").inner_text() == f"First 10 of {len(states(samples.read(source)))}."
    for width in [500, 720, 1000]:
        page.set_viewport_size({"width": width, "height": 900})
        for svg in page.locator("#lanes svg").all():
            box, ratio = svg.bounding_box(), svg.evaluate("(svg) => svg.viewBox.baseVal.width / svg.viewBox.baseVal.height")
            assert abs(box["width"] / box["height"] / ratio - 1) < 0.02, "the chart is distorted"
    tops = [page.locator(part).bounding_box()["y"] for part in ["#glance", "#timeline", "#sessions", "#events-section"]]
    assert tops == sorted(tops)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed tr").count() == 0
    assert page.pdf()[:4] == b"%PDF"
    wait_for_frames(page)
    assert page.evaluate(focus_and_scroll) == before and before[1] > 0, (before, page.evaluate(focus_and_scroll))


CHECKS = [
    cards_match_the_events, tables_match_the_events, hostile_events_are_shown_as_text, odd_events_are_reported,
    times_use_the_selected_time_zone, many_sessions_are_a_table_until_one_is_selected, print_shows_the_current_view,
]
