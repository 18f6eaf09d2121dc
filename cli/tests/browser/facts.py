"""Checks that every fact about a journey is on the page: in the header, a tile, a table, a row of the story or a mark."""

from collections import Counter

import samples
from content import address, gaps, states
from reports import at, body, duration, name, rows_of, shown, story, tile, until, wait_for_frames

STATE_WORDS = {"timedout": "timed out", "errored": "failed", "rejected": "declined"}
MEDIA_WORDS = {"webMessagingOffer": "web messaging offer", "architectFlow": "architect flow", "contentOffer": "content offer"}


def short(title):
    """A title without the site's name, which all pages of the shop have."""
    return title.removesuffix(" | Harbourlight")


def the_header_and_tiles_match_the_events(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    emails = [body(event)["traits"]["email"]["value"] for event in events if "email" in body(event).get("traits", {})]
    place = body(events[0])["geolocation"]
    title = page.inner_text("#title")
    assert title.startswith(emails[0]), title
    for part in ["cookie 4115 3178", f"{place['locality']}, {place['countryName']}", "Tablet", "Mobile Safari", "Portuguese"]:
        assert part in title, (part, title)
    summary = page.inner_text("#summary")
    total = (at(events[-1]) - at(events[0])).total_seconds()
    active = sum(gap for _, _, gap in gaps(events) if gap < 60)
    assert f"{duration(round(total / 60) * 60)}, {duration(round(active / 60) * 60)} of it active" in summary, summary
    assert f"first came from {body(events[0])['referrer']['name']}" in summary, summary
    visits = [row for row in story(page) if row["isVisit"]]
    assert f"{len(visits)} visits" in summary, (summary, len(visits))
    views = [event for event in events if name(event) == "page_viewed"]
    assert tile(page, "Page views") == [f"{len(views):,}", f"of {len({address(event) for event in events if address(event)})} different pages"]
    searches = [body(event)["searchQuery"] for event in events if name(event) == "search_performed"]
    words, most = Counter(searches).most_common(1)[0]
    figure, note = tile(page, "Searches")
    assert int(figure) == len(searches) and note.startswith(f"{len(set(searches))} different: {words} ({most})"), (figure, note, len(searches))
    chains = states(events)
    figure, note = tile(page, "Offers")
    assert figure == f"{len(chains)}" and note.startswith(f"{sum('accepted' in dict(chain) for chain in chains)} accepted"), note
    for state, word in [("rejected", "declined"), ("timedout", "timed out"), ("errored", "failed")]:
        assert f", {sum(state in dict(chain) for chain in chains)} {word}" in note, (state, note)
    segments = [body(event)["segment"]["id"] for event in events if "segment" in body(event)]
    figure, note = tile(page, "Segments")
    assert figure == f"{len(segments)}" and note.startswith(f"{len(set(segments))} different: "), (figure, note)
    outcomes = [body(event)["outcome"]["displayName"] for event in events if "outcome" in body(event)]
    assert tile(page, "Outcomes")[0] == f"{len(outcomes)}" and Counter(outcomes).most_common(1)[0][0] in tile(page, "Outcomes")[1]
    # The filters count the same.
    steps = sum(len(chain) for chain in chains)
    for kind, figure in [("Page views", f"{len(views):,}"), ("Searches", f"{len(searches)}"), ("Offers", f"{len(chains)} in {steps} events"),
                         ("Segments", f"{len(segments)}"), ("Outcomes", f"{len(outcomes)}")]:
        assert " ".join(page.locator("label.chip", has_text=kind).inner_text().split()) == f"{kind} {figure}", kind


def pages_and_sources_match_the_events(reports):
    source = reports.demo(1000)
    events, page = samples.read(source), reports.open(reports.report(source))
    more = page.locator("#tables").get_by_role("button", name="Show all")
    while more.count() > 0:
        more.first.click()
    views, times, titles, current = {}, {}, {}, None
    for event, gap in zip(events, [*[gap[2] for gap in gaps(events)], 0]):
        current = address(event) or current
        if address(event):
            titles.setdefault(current, short(body(event)["page"]["title"]))
            views[current] = views.get(current, 0) + (name(event) == "page_viewed")
        times[current] = times.get(current, 0) + (gap if gap < 60 else 0)
    expected = sorted(titles, key=lambda page: -times[page])
    rows = rows_of(page, "Pages")
    assert [row[0] for row in rows] == [f"{titles[page]}\n{page[page.index('/'):]}" for page in expected]
    assert [row[1] for row in rows] == [f"{views[page]}" for page in expected]
    assert [row[2] for row in rows] == [duration(times[page]) for page in expected]
    assert tile(page, "Viewed longest") == [duration(times[expected[0]]), titles[expected[0]]]
    outcomes = [event for event in events if "outcome" in body(event)]
    sources = rows_of(page, "Sources")
    assert sum(int(row[2]) for row in sources) == len(outcomes)
    assert sum(int(row[1]) for row in sources) == sum("from " in row["text"] for row in story(page) if row["isVisit"])
    assert any("source search.example" in row[0] and "keyword storm+lantern" in row[0] for row in sources), sources


def every_fact_of_the_tables_that_are_gone_is_in_a_row_or_a_mark(reports):
    """Arrivals, offers and responses, outcomes, segments, idle periods, names."""
    source = reports.demo(600)
    events, page = samples.read(source), reports.open(reports.report(source))
    rows = story(page)
    by_event, visit_of, visit = {}, {}, None
    for row in rows:
        visit = row if row["isVisit"] else visit
        if not row["isVisit"]:
            by_event[int(row["row"])] = row
            visit_of[int(row["row"])] = visit
    title, titles = None, []
    for event in events:
        title = short(body(event)["page"]["title"]) if address(event) else title
        titles.append(title)

    # Arrivals: when, from which source, with which campaign and its tags.
    landings = [row for row, event in enumerate(events) if body(event).get("referrer", {}).get("name") and row in by_event and is_first_of_visit(rows, by_event[row])]
    assert len(landings) > 10
    before, campaigns = None, 0
    for row in landings:
        heading, referrer, campaign = visit_of[row]["text"], body(events[row])["referrer"]["name"], body(events[row]).get("mktCampaign")
        campaign = campaign and {part: campaign[part] for part in ("name", "medium", "source", "term")}
        assert f"{at(events[row]):%H:%M}" in heading, heading
        # The same source as before isn't a new arrival.
        assert (f"from {referrer}" in heading) == ((referrer, campaign) != before), (heading, referrer, campaign, before)
        if campaign and (referrer, campaign) != before:
            campaigns += 1
            for part in [f"campaign {campaign['name']}", f"medium {campaign['medium']}", f"source {campaign['source']}", f"keyword {campaign['term']}"]:
                assert part in heading, (part, heading)
        before = referrer, campaign
    assert campaigns > 3

    # Offers: each step, its prompt, medium, page; what became of it, and how long that took.
    chains = states(events)
    together = 0
    page.evaluate("updateView({ kinds: new Set([4]) })")
    steps = {int(row["row"]): row["text"] for row in story(page) if not row["isVisit"]}
    page.evaluate("updateView(unfiltered())")
    assert list(steps) == [row for row, event in enumerate(events) if "action" in body(event)]
    whole = {"accepted": "Was offered and accepted", "rejected": "Was offered and declined", "ignored": "Was offered and ignored",
             "timedout": "Was offered and let time out", "errored": "Was offered, which failed:"}
    for chain in chains:
        offered = dict(chain)["offered"]
        for state, event in chain:
            row = events.index(event)
            text = steps[row]
            action = body(event)["action"]
            assert action["prompt"] in text and MEDIA_WORDS.get(action["mediaType"], action["mediaType"]) in text, text
            # Its page, which no row of this list names.
            assert text.endswith(f" · on {titles[row]}"), (text, titles[row])
        final, event = next((step for step in chain if step[0] == "accepted"), chain[-1])
        assert f"then {STATE_WORDS.get(final, final)}" in steps[events.index(offered)], (final, steps[events.index(offered)])
        assert " after it was shown" in steps[events.index(event)]
        # Among the other events, all steps are one row that says what became of it, if nothing was in between.
        first, last = events.index(chain[0][1]), events.index(event)
        if last - first == len(chain) - 1:
            text = by_event[first]["text"]
            assert text.startswith(f"{whole[final]} “{body(event)['action']['prompt']}”") and " after it was shown" in text, text
            together += 1
    assert together > len(chains) / 2
    # Which steps an offer had, in the details.
    page.evaluate("(row) => updateView({ row })", events.index(chains[0][-1][1]))
    assert " → ".join(STATE_WORDS.get(state, state) for state, _ in chains[0]) in page.inner_text("#detail dl")

    # Outcomes: the activity before it and the source; segments.
    for row, event in enumerate(events):
        if "outcome" in body(event):
            text = by_event[row]["text"]
            assert body(event)["outcome"]["displayName"] in text and f"came from {body(event)['visitReferrer']['name']}" in text, text
            assert "after: Ordered " in text, text
        if "segment" in body(event):
            id_ = body(event)["segment"]["id"]
            assert by_event[row]["text"].split(" · ")[0] == f"Assigned to segment {id_[-8:-4]} {id_[-4:]}"

    # Idle periods: their length in the row after each; in their mark, from when to when, and the last page.
    idle = [(events.index(after), gap) for _, after, gap in gaps(events) if gap >= 60]
    assert len(idle) > 20
    for row, gap in idle:
        seconds = int(at(events[row]).timestamp()) - int(at(events[row - 1]).timestamp())
        assert by_event[row]["since"] == f"idle {duration(seconds)}", (by_event[row], seconds)
    gap_mark = page.evaluate("""() => { const svg = document.querySelector('#lanes svg'); const text = [...svg.querySelectorAll('text')].find((one) => /\\dm|min/.test(one.textContent) && one.classList.contains('dim') && one.getBoundingClientRect().top > svg.getBoundingClientRect().top + 16); const box = text.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }""")
    page.locator("#lanes").scroll_into_view_if_needed()
    page.mouse.move(*gap_mark)
    until(page, "document.getElementById('tooltip').textContent.startsWith('Idle for ')")
    text = page.inner_text("#tooltip")
    row, _ = next((row, gap) for row, gap in idle if f"to {at(events[row]):%H:%M:%S}" in text)
    assert f"{at(events[row - 1]):%H:%M:%S} to" in text and f"last on {titles[row - 1]}" in text, text

    # Names: how often each occurs.
    page.get_by_text("More", exact=True).click()
    options = page.get_by_label("Event name").locator("option").all_inner_texts()
    for event_name in ["page_viewed", "object_clicked", "order_completed"]:
        assert f"{event_name} ({sum(name(event) == event_name for event in events)})" in options, options
    page.evaluate("updateView({ row: 2 })")
    assert f"Activity: {name(events[2])}" in page.inner_text("#detail dl")


def is_first_of_visit(rows, row):
    return rows[row["index"] - 3]["isVisit"]


def the_visitors_facts_are_listed_whole(reports):
    source = reports.demo(200)
    events, page = samples.read(source), reports.open(reports.report(source))
    text = page.locator("#tables section", has=page.locator("h2:text-is('Visitor')")).inner_text()
    place, device = body(events[0])["geolocation"], body(events[0])["device"]
    for expected in [events[0]["customerId"], events[0]["session"]["id"], f"{place['locality']}, {place['regionName']}, {place['countryName']}",
                     device["manufacturer"], device["osVersion"], body(events[0])["ipOrganization"], place["timezone"]]:
        assert expected in text, (expected, text)
    # What isn't listed is counted, over all sessions in view.
    def event(session, number):
        return {"eventType": "com.genesys.journey.WebEvent", "id": f"{session}{number}", "customerId": "c", "session": {"id": session},
                "createdDate": f"2026-01-01T10:00:{number:02}Z", "webEvent": {"eventName": "x", "ipOrganization": f"network {number}"}}
    path = reports.of("facts", [*[event("a", number) for number in range(10)], *[event("b", number) for number in range(9, 13)]])
    for view, first, more in [("", 0, 5), ("#session=0", 0, 2), ("#session=1", 9, 0)]:
        networks = reports.open(path, view).locator("#tables dt:text-is('Network') + dd").inner_text().split("\n")
        shown = [f"network {number}" for number in range(first, min(first + 8, 13))]
        assert networks == [*shown, *([f"and {more} more"] if more else [])], (view, networks)


def first_screens_show_who_when_and_what(reports):
    sizes = [(1280, 800), (390, 844)]
    one, five = reports.report(reports.demo(120)), reports.report(reports.customer(5, 60))
    for width, height in sizes:
        page = reports.open(one, width=width, height=height)
        for part in ["#title", "#summary", ".tile >> nth=5", "#lanes .lane >> nth=0", "#list .event >> nth=2"]:
            box = page.locator(part).bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] <= height, (width, part, box)
        page = reports.open(five, width=width, height=height)
        assert page.locator("#lanes .lane").count() == 5
        for part in ["#title", "#summary", ".tile >> nth=5", "#lanes .lane >> nth=4"]:
            box = page.locator(part).bounding_box()
            assert box["y"] + box["height"] <= height, (width, part, box)
        assert page.locator("#lanes .lane").nth(1).bounding_box()["height"] == 28
    page = reports.open(reports.report(reports.customer(20, 80)), width=1280, height=800)
    assert page.locator("#lanes .lane").count() == 20
    box = page.locator("#lanes .lane").nth(19).bounding_box()
    assert box["y"] + box["height"] <= 800, box


CHECKS = [
    the_header_and_tiles_match_the_events, pages_and_sources_match_the_events, every_fact_of_the_tables_that_are_gone_is_in_a_row_or_a_mark,
    the_visitors_facts_are_listed_whole, first_screens_show_who_when_and_what,
]
