"""Compares what report pages show with their events."""

import json
import re
from zoneinfo import ZoneInfo

import samples
from reports import SEGMENTS, at, body, name, rows_of, show_json, shown, story, tile, until, wait_for_count, wait_for_detail, wait_for_frames


#: SVG that the page didn't draw itself.
FOREIGN = "svg:not(.chart, .icon)"


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


def hostile_events_are_shown_as_text(reports):
    by_type = {}
    for event in samples.read(reports.sessions(3, 300)):
        by_type.setdefault(event["eventType"], event)
    assert len(by_type) == 5
    events = samples.hostile(by_type.values())
    path = reports.of("hostile", events)
    page = reports.open(path)
    assert page.locator("#index").is_visible()
    customers = page.evaluate("document.querySelectorAll('#index tbody tr').length")
    assert customers > 8
    assert page.locator(f"img, {FOREIGN}, iframe").count() == 0
    seen = 0
    for customer in range(customers):
        page = reports.open(path, f"#customer={customer}")
        assert page.locator("script").count() == 3
        assert page.locator(f"img, {FOREIGN}, iframe, a[href^=javascript], [onerror], [onload], [onclick]").count() == 0
        text = page.inner_text("body")
        assert "[object" not in text and "undefined" not in text and "NaN" not in text, text
        assert not any(letter in text for letter in "\u202e\u2066\u200b\u00ad"), customer
        if samples.SCRIPT in page.inner_text("#title"):
            assert samples.SCRIPT in page.inner_text("#list") and samples.SCRIPT in page.inner_text("#tables")
            seen += 1
        if "⟨U+202E⟩" in text:
            assert "⟨U+200B⟩" in text and "⟨U+00AD⟩" in text
        # In a mark's tooltip, a title's truncated text, an option, a printed row.
        page.locator("#list .event").first.hover()
        if page.locator("#lanes svg").count():
            page.locator("#lanes svg").first.hover(position={"x": 12, "y": 36})
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(f"img, {FOREIGN}, iframe, script:not(:nth-of-type(-n+3))").count() == 0
        page.context.close()
    assert seen >= 1
    page = reports.open(path)
    for row in [0, 23, 28, len(events) - 8]:
        page.evaluate("(row) => updateView({ ...everyone(), row })", row)
        show_json(page)
        wait_for_detail(page, json.dumps(events[row]["id"]))
        assert json.loads(page.locator("#detail pre").text_content()) == events[row], row
    big = next(row for row, event in enumerate(events) if len(json.dumps(event)) > 2**20)
    page.evaluate("(row) => updateView({ ...everyone(), row })", big)
    page.locator("#detail").get_by_role("button", name="Show all").wait_for()
    assert len(page.locator("#detail pre").text_content()) == 100_000
    page.locator("#detail").get_by_role("button", name="Show all").click()
    assert json.loads(page.locator("#detail pre").text_content()) == events[big]
    page.get_by_role("searchbox").fill("onerror=alert(2)")
    until(page, "location.hash.includes('onerror')")
    wait_for_frames(page)
    assert page.locator("script").count() == 3


def a_hostile_address_changes_nothing(reports):
    path = reports.report(reports.demo(100))
    for address_ in ["#q=<img src=x onerror=alert(1)>", "#customer=<svg/onload=alert(1)>&kinds=constructor&name=__proto__", "#zone=__proto__&span=NaN_NaN&page=1e9"]:
        page = reports.open(path, address_)
        assert page.locator(f"img, {FOREIGN}, iframe").count() == 0
        assert page.locator("#title").inner_text().startswith("visitor-")


def odd_events_are_reported(reports):
    page = reports.open(reports.of("odd", samples.odd(), "not an event\n\n{\"eventType\":3}\n", status=1))
    problems = page.evaluate("document.getElementById('problems').textContent")
    for expected in ["2 lines skipped, not a valid event: 9, 11", "without a valid date", "1 event without an id",
                     "1 duplicate event skipped", "with the id of another event", "up to 3600 s earlier than the event before",
                     "HologramEvent", "without a session id", "1 event with values that can't be shown here"]:
        assert expected in problems, (expected, problems)
    assert page.locator("#problems summary").is_visible() and "more note" in page.inner_text("#problems summary")
    # The event of no session is of an unknown customer.
    assert page.locator("#index tbody tr").count() == 2
    page.locator("#index button").first.click()
    wait_for_count(page, 6)
    rows = story(page)
    assert any("\ufffd" in row["text"] for row in rows), rows
    # An undated event neither starts nor ends an idle period; the one of 09:00, which arrived late, does.
    assert [row["since"] for row in rows if (row["since"] or "").startswith("idle")] == ["idle 1 h"]
    assert [row["time"] for row in rows if not row["isVisit"]][0] == "09:00:00"
    page = reports.open(reports.of("empty", []))
    assert "There are no events." in page.inner_text("#problems")
    assert page.locator("#timeline").is_hidden() and page.locator("#columns").is_hidden()
    page = reports.open(reports.of("undated", [{"eventType": "x", "id": "1"}, {"eventType": "y", "id": "2", "createdDate": None}]))
    assert page.locator("#timeline").is_hidden() and "no dates" in page.inner_text("#summary")
    wait_for_count(page, 2)
    far = [{"eventType": "x", "id": str(year), "createdDate": f"{year:04}-01-01T00:00:00Z"} for year in (1, 9999)]
    wait_for_count(reports.open(reports.of("far", far)), 2)


def times_use_the_selected_time_zone(reports):
    source = reports.demo(100)
    events, page = samples.read(source), reports.open(reports.report(source), timezone_id="Asia/Tokyo")
    zones = [("UTC", "UTC", "UTC"), ("visitor", "Visitor's time", body(events[0])["geolocation"]["timezone"]), ("local", "My time", "Asia/Tokyo")]
    for choice, label, zone in zones:
        page.get_by_label("Time zone", exact=True).select_option(choice)
        assert page.get_by_label("Time zone", exact=True).locator("option:checked").inner_text() == label
        wait_for_frames(page)
        there = at(events[0]).astimezone(ZoneInfo(zone))
        assert page.locator("#list .event .time").first.inner_text() == f"{there:%H:%M:%S}", choice
        assert shown(there) in page.inner_text("#summary"), choice
        assert f"{there:%H:%M}, " in page.locator("#lanes svg text.strong + text.dim").first.text_content(), choice
        assert shown(there) in page.locator("#list .visit").first.inner_text()
        page.evaluate("updateView({ row: 0 })")
        assert f"{there:%H:%M:%S}.{there.microsecond // 1000:03}" in page.inner_text("#detail dl"), choice


def several_customers_begin_with_an_index(reports):
    source = reports.sessions(8, 20)
    events, page = samples.read(source), reports.open(reports.report(source))
    customers = {}
    for event in sorted(events, key=at):
        customers.setdefault(event["customerId"], []).append(event)
    rows = rows_of(page, "Customers")
    assert len(rows) == len(customers) == 3 and page.inner_text("#title") == "3 customers"
    for row, (id_, theirs) in zip(rows, customers.items()):
        assert f"{id_[:4]} {id_[4:8]}" in row[0], (row, id_)
        assert row[2] == str(len({event["session"]["id"] for event in theirs}))
        assert row[3] == str(sum(name(event) in ("page_viewed", "screen_viewed") for event in theirs))
    assert page.locator("#timeline").is_hidden() and page.locator("#columns").is_hidden()
    page.locator("#index button").nth(1).click()
    second = list(customers.values())[1]
    wait_for_count(page, len(second))
    wait_for_frames(page)
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.locator("#lanes .lane").count() == len({event["session"]["id"] for event in second})
    assert f"{rows[1][2]} sessions" in page.inner_text("#summary")
    # One of their sessions, and back.
    page.locator("#lanes button.gutter").nth(1).click()
    wait_for_count(page, 20)
    wait_for_frames(page)
    assert page.locator("#lanes .lane").count() == 1
    page.get_by_role("button", name="All 3 sessions").click()
    wait_for_count(page, len(second))
    page.get_by_role("button", name="All 3 customers").click()
    assert page.locator("#index").is_visible()


def sessions_of_a_person_belong_together(reports):
    def event(number, customer, email=None):
        traits = {"email": {"dataType": "string", "value": email}} if email else {}
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(number), "customerId": customer, "customerIdType": "cookie", "session": {"id": f"s{number}", "type": "web"},
                "createdDate": f"2026-01-0{number}T10:00:00Z", "webEvent": {"eventName": "page_viewed", "traits": traits, "page": {"title": "A", "url": "https://a.example/"}}}
    page = reports.open(reports.of("people", [event(1, "c1"), event(2, "c2", "Kim@a.example"), event(3, "c1"), event(4, "c3", "kim@a.example")]))
    assert [row[0].split("\n")[0] for row in rows_of(page, "Customers")] == ["Visitor c1", "Kim@a.example"]
    assert [row[2] for row in rows_of(page, "Customers")] == ["2", "2"]
    # Whatever the case, an address is one, as a trait and as an id; what is left isn't called ids alone.
    both = [{**event(1, "Kim@a.example", "kim@A.example"), "customerIdType": "email"}]
    assert reports.open(reports.of("address", both)).inner_text("#title") == "kim@A.example"
    both += [{**event(2, "Kim@a.example", f"kim{number}@a.example"), "id": f"2{number}", "customerIdType": "email"} for number in range(2)]
    assert reports.open(reports.of("addresses", both)).inner_text("#title") == "kim@A.example 2 more addresses or ids"
    # An id of a later event of a session counts as well, and all are listed.
    first, second = event(1, "c1"), event(2, "c1")
    known = {**second, "id": "2b", "customerId": "k7", "customerIdType": "externalContactId"}
    known["session"] = first["session"]
    other = {**event(3, "k7"), "customerIdType": "externalContactId"}
    page = reports.open(reports.of("identities", [first, known, other]))
    assert page.inner_text("#title").startswith("Visitor c1 cookie id and contact k7"), page.inner_text("#title")
    assert "2 sessions" in page.inner_text("#summary")
    visitor = page.locator("#tables section", has=page.locator("h2:text-is('Visitor')")).locator("dl").inner_text().split("\n")
    for label, id_ in [("Customer (cookie)", "c1"), ("Customer (external contact id)", "k7")]:
        assert visitor[visitor.index(label) + 1] == id_, visitor


def names_of_segments_are_taken_from_a_file(reports):
    source = reports.demo(200)
    events, page = samples.read(source), reports.open(reports.report(source, names=SEGMENTS))
    segments = [SEGMENTS[body(event)["segment"]["id"]] for event in events if "segment" in body(event)]
    joined = [row["text"].split(" · ")[0] for row in story(page) if row["text"].startswith("Assigned")]
    assert joined == [f"Assigned to segment {segment}" for segment in segments], joined
    assert any(text.strip("\u2068\u2069") == segments[0] for text in page.locator("#lanes svg text").all_text_contents())
    assert max(segments, key=segments.count) in tile(page, "Segments")[1]
    # The id is found, and read in the details.
    id_ = next(body(event)["segment"]["id"] for event in events if "segment" in body(event))
    page = reports.open(reports.report(source, names=SEGMENTS), f"#q={id_}")
    wait_for_count(page, sum(body(event).get("segment", {}).get("id") == id_ for event in events))
    page.locator("#list .event").first.click()
    assert f"Details\n{id_}" in page.inner_text("#detail dl"), page.inner_text("#detail dl")


def the_ending_is_told(reports):
    source = reports.demo(128)
    events, page = samples.read(source), reports.open(reports.report(source))
    goal = next(event for event in events if "outcome" in body(event))
    last = [body(event)["page"]["title"].removesuffix(" | Harbourlight") for event in events if "page" in body(event)][-1]
    ending = page.inner_text("#ending")
    order = [event for event in events if name(event) == "order_completed"][-1]
    product = next(body(order)["attributes"][key]["value"] for key in ("product_name", "productName") if key in body(order)["attributes"])
    when = f"on {at(goal).day} {at(goal):%b at %H:%M}"
    assert ending == f"How it ended: reached the goal {body(goal)['outcome']['displayName']} (ordered {product}) {when}, and left from the page {last}", ending
    page = reports.open(reports.report(reports.demo(20)))
    assert page.inner_text("#ending").startswith("How it ended: last seen on 2 Mar at 23:"), page.inner_text("#ending")
    # An undated goal isn't decades ago, and the last event is the latest one, also if a session is within another.
    def event(id_, session, minute, kind="WebEvent", **content):
        dated = {} if minute is None else {"createdDate": f"2026-01-01T10:{minute:02}:00Z"}
        return {"eventType": f"com.genesys.journey.{kind}", "id": id_, "customerId": "c", "session": {"id": session}, **dated, kind[0].lower() + kind[1:]: content}
    def view(id_, session, minute):
        return event(id_, session, minute, eventName="page_viewed", page={"title": id_, "url": f"https://a.example/{id_}"})
    def sale(minute):
        return event("goal", "long", minute, "OutcomeAchievedEvent", outcome={"displayName": "Sale"})
    page = reports.open(reports.of("undated-goal", [view("a", "long", 0), sale(None), view("b", "long", 5)]))
    assert page.inner_text("#ending") == "How it ended: last seen on 1 Jan at 10:05 on the page b; reached the goal Sale at an unknown time"
    sessions = [view("a", "long", 0), view("within", "short", 20), view("b", "long", 50)]
    page = reports.open(reports.of("overlapping", sessions))
    assert page.inner_text("#ending") == "How it ended: last seen on 1 Jan at 10:50 on the page b; no goal reached"
    page = reports.open(reports.of("overlapping-goal", [*sessions, sale(55)]))
    assert page.inner_text("#ending") == "How it ended: reached the goal Sale on 1 Jan at 10:55, and left from the page b"
    # Nothing of it is cut off, on any screen, and several goals are all named.
    five = reports.customer(5, 60)
    names = {body(event)["outcome"]["displayName"] for event in samples.read(five) if "outcome" in body(event)}
    for width in [1280, 390]:
        page = reports.open(reports.report(five), width=width)
        ending = page.inner_text("#ending")
        assert re.match(r"How it ended: last seen on \d+ \w+ at \d\d:\d\d on the page .+, \d+ min after reaching the goal .+ \(ordered .+\); before: .+ on 26 Feb at", ending), ending
        assert len(names) > 1 and all(goal in ending for goal in names), ending
        for part in ["#title", "#summary", "#ending"]:
            assert page.locator(part).evaluate("(part) => part.scrollWidth <= part.clientWidth && part.scrollHeight <= part.clientHeight + 1"), part


def a_print_has_two_pages(reports):
    def long(number):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(number), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:{number // 60:02}:{number % 60:02}Z",
                "webEvent": {"eventName": "page_viewed", "page": {"title": f"{number} {'long title ' * 20}", "url": f"https://a.example/{number}"}}}
    page = reports.open(reports.of("long", [long(number) for number in range(400)]))
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    for source, width in [(reports.demo(120), 1280), (reports.customer(5, 60), 390), (reports.customer(20, 80), 1280), (reports.customer(40, 20), 1280), (reports.demo(10_000), 1280)]:
        page = reports.open(reports.report(source), width=width)
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 2, (source.name, pdf.count(b"/Type /Page\n"))
        page.context.close()


def print_shows_the_current_view(reports):
    source = reports.demo(1000)
    page = reports.open(reports.report(source))
    events = samples.read(source)
    offers = [event for event in events if "action" in body(event)]
    page.locator("label.chip", has_text="Offers").click()
    wait_for_count(page, len(offers))
    assert page.inner_text("#count").endswith(f"(steps of {len(states(events))} offers)")
    page.focus("#list")
    page.keyboard.press("End")
    wait_for_frames(page)
    focus_and_scroll = "() => [document.activeElement.id, document.getElementById('list').scrollTop, document.querySelectorAll('#list .active').length]"
    before = page.evaluate(focus_and_scroll)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.locator("#printed p:not(.visit)").all_inner_texts()
    assert 50 < len(printed) < len(offers), len(printed)
    for event, text in zip(offers, printed[:-1]):
        assert f"{at(event):%H:%M:%S}" in text and body(event)["action"]["prompt"] in text, text
    assert printed[-1] == f"{len(offers) - len(printed) + 1} more events in the file.", printed[-1]
    assert page.locator("#list").is_hidden() and page.locator("#filters").is_hidden()
    for width in [500, 720, 1000]:
        page.set_viewport_size({"width": width, "height": 900})
        wait_for_frames(page)
        for svg in page.locator("#lanes svg").all():
            box = svg.bounding_box()
            assert box["x"] + box["width"] <= width and svg.evaluate("(svg) => svg.viewBox.baseVal.width") == 620, box
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed p").count() == 0
    wait_for_frames(page)
    assert page.evaluate(focus_and_scroll) == before and before[1] > 0, (before, page.evaluate(focus_and_scroll))


CHECKS = [
    hostile_events_are_shown_as_text, a_hostile_address_changes_nothing, odd_events_are_reported, times_use_the_selected_time_zone,
    several_customers_begin_with_an_index, sessions_of_a_person_belong_together, names_of_segments_are_taken_from_a_file, the_ending_is_told, a_print_has_two_pages, print_shows_the_current_view,
]
