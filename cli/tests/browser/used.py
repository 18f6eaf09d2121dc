"""What can be done with report pages: by mouse, by keyboard, by a screen reader."""

import json
import re
import statistics
import time

from axe_playwright_python.sync_playwright import Axe

import events as made
from reports import at, body, count, counts_to, detail_has, name, rows_of, settled, until
from told import address


def box_of_lane(page):
    """Where the one lane is, brought into sight: a mouse can't reach what isn't."""
    lane = page.locator("#lanes .lane svg")
    lane.scroll_into_view_if_needed()
    return lane.bounding_box()


def filters_and_search_leave_what_they_say(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    counts_to(page, 3000)
    page.get_by_label("Page views (").check()
    counts_to(page, sum(name(event) == "page_viewed" for event in events))
    page.get_by_label("Offer steps (").check()
    counts_to(page, sum(name(event) == "page_viewed" or "webActionEvent" in event for event in events))
    page.get_by_role("button", name="Clear filters").click()
    counts_to(page, 3000)
    page.get_by_role("searchbox").fill("PRODUCT_ADDED")
    counts_to(page, sum(name(event) == "product_added" for event in events))
    page.get_by_role("searchbox").fill(events[77]["id"])
    counts_to(page, 0)
    page.get_by_label("also in the JSON").check()
    counts_to(page, 1)
    # What a table counts is what its link lists, whatever was looked for before.
    for table, text, wanted in [
        ("Events by name and type", "object_clicked", lambda event: name(event) == "object_clicked"),
        ("Pages by time spent", rows_of(page, "Pages by time spent")[0][0].split("\n")[0], None),
    ]:
        told = next(row for row in rows_of(page, table) if row[0].split("\n")[0] == text)
        page.get_by_role("table", name=table, exact=True).get_by_role("button", name=text, exact=True).click()
        if wanted is None:
            wanted = lambda event, told=told: address(event) == told[0].split("\n")[1]
        counts_to(page, sum(map(wanted, events)))


def pages_and_names_that_look_alike_are_told_apart(reports):
    def view(number, title, path, event="page_viewed"):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(number), "session": {"id": "s"},
                "createdDate": f"2026-01-01T10:00:{number:02}Z",
                "webEvent": {"eventName": event, "page": {"title": title, "hostname": "a.example", "pathname": path}}}
    segment = {"eventType": "com.genesys.journey.SegmentAssignedEvent", "id": "9", "session": {"id": "s"},
               "segmentAssignedEvent": {"segment": {"displayName": "Gold"}}}
    page = reports.open(reports.of("alike", [
        view(1, "Shop", "/x"), view(2, "(1) Shop", "/x"), view(3, "Shop", "/y"), view(4, "Shop", "/y", "Gold"), segment]))
    buttons = page.get_by_role("table", name="Pages by time spent").get_by_role("button", name="Shop")
    assert buttons.count() == 2
    for button in buttons.all():
        button.click()
        counts_to(page, 2)
    gold = page.get_by_role("table", name="Events by name and type").get_by_role("button", name="Gold")
    assert gold.count() == 2
    for button in gold.all():
        button.click()
        counts_to(page, 1)


def the_json_is_searched_behind_its_escapes(reports):
    event = {"eventType": "x", "id": "1", "city": "München"}
    assert "\\u00fc" in json.dumps(event)
    said = {"eventType": "x", "id": "2", "said": 'a "quoted" / line\nof two'}
    page = reports.open(reports.of("escaped", [event, said]), "#json=1")
    for query, number in [("münchen", 1), ('"QUOTED" /', 1), ("line\\nof", 1), ("nothing", 0)]:
        page.get_by_role("searchbox").fill(query)
        counts_to(page, number)


def a_search_of_the_json_can_be_stopped_and_moves_nothing_it_need_not(reports):
    page = reports.open(reports.report(reports.demo(10_000)), "#json=1")
    search = page.get_by_role("searchbox")
    search.fill("com.genesys")
    until(page, "document.getElementById('progress').textContent.includes('%')")
    search.fill("")
    counts_to(page, 10_000)
    settled(page)
    assert page.inner_text("#progress") == ""
    page.evaluate("document.getElementById('list').scrollTop = 3000")
    search.fill("com.genesys")
    counts_to(page, 10_000)
    assert page.inner_text("#progress") == ""
    # What the JSON has is here what the names have: the list stays where it is.
    search.fill("product_added")
    page.evaluate("document.getElementById('list').scrollTop = 600")
    until(page, "!document.getElementById('count').textContent.includes('Searching')")
    settled(page)
    assert page.evaluate("document.getElementById('list').scrollTop") == 600
    page.locator("#list .body [role=row]").first.click()
    page.evaluate("document.getElementById('list').scrollTop = 600")
    settled(page)
    page.evaluate("look({ zone: 'local' })")
    settled(page)
    assert page.evaluate("document.getElementById('list').scrollTop") == 600, "also with an event that is chosen"
    assert 0 < count(page) < 10_000
    page.evaluate("location.hash = '#q=nothing'")
    counts_to(page, 0)
    assert search.input_value() == "nothing", "also while the box has the focus"


def a_click_shows_the_events_json(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#list .body [role=row]").nth(4).click()
    detail_has(page, events[4]["id"])
    assert json.loads(page.inner_text("#detail pre")) == events[4]
    page.get_by_role("button", name="Copy JSON").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == events[4]
    page.get_by_role("button", name="Next").click()
    detail_has(page, events[5]["id"])
    lane = box_of_lane(page)
    page.mouse.move(lane["x"] + lane["width"] - 2, lane["y"] + 50)
    page.locator("#tip").wait_for()
    page.mouse.click(lane["x"] + lane["width"] - 2, lane["y"] + 50, button="right")
    detail_has(page, events[5]["id"])
    page.mouse.down()
    page.mouse.up()
    detail_has(page, events[-1]["id"])
    assert page.locator("#list [aria-selected=true]").count() == 1
    # From an event that is not listed, one comes to those that are.
    page.evaluate("look({ row: 100, kinds: new Set([4]) })")
    outcomes = [row for row, event in enumerate(events) if "outcome" in body(event)]
    page.get_by_role("button", name="Next").click()
    detail_has(page, events[next(row for row in outcomes if row > 100)]["id"])
    page.evaluate("look({ row: 1000 })")
    page.get_by_role("button", name="Previous").click()
    detail_has(page, events[max(row for row in outcomes if row < 1000)]["id"])


def an_event_that_is_opened_from_a_table_comes_into_sight(reports):
    page = reports.open(reports.report(reports.demo(1000)))
    opener = page.get_by_role("table", name="Outcomes", exact=True).get_by_role("button").first
    opener.focus()
    page.keyboard.press("Enter")
    page.locator("#detail-title").wait_for()
    box = page.locator("#detail").bounding_box()
    assert -1 <= box["y"] and box["y"] + box["height"] <= 1001, box
    assert page.evaluate("document.activeElement.id") == "detail-title"
    assert page.inner_text("#detail-title").startswith("Outcome: ")
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert opener.evaluate("(opener) => opener === document.activeElement")


def the_keyboard_does_all(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "End", "PageUp", "Home", "ArrowDown"]:
        page.keyboard.press(key)
    assert page.locator("#list .active").get_attribute("aria-rowindex") == "3"
    assert page.get_attribute("#list", "aria-activedescendant") == "row-1"
    page.keyboard.press("Enter")
    detail_has(page, events[1]["id"])
    page.get_by_role("button", name="Next").focus()
    for row in [2, 3]:
        page.keyboard.press("Enter")
        detail_has(page, events[row]["id"])
    assert page.evaluate("document.activeElement.textContent") == "Next"
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.id") == "list"
    page.evaluate("document.getElementById('list').scrollTop = 40_000")
    settled(page)
    active = page.get_attribute("#list", "aria-activedescendant")
    assert page.locator(f"#{active}").count() == 1, "the active line is there, wherever one has scrolled to"
    more = page.locator("#sessions").get_by_role("button", name="Show all").first
    more.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "TABLE"
    link = page.get_by_role("table", name="Events by name and type", exact=True).get_by_role("button").first
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.get_by_role("button", name="Clear filters").click()
    many = reports.open(reports.report(reports.sessions(8, 20)))
    many.get_by_role("button", name="Session 3", exact=True).focus()
    many.keyboard.press("Enter")
    assert many.evaluate("document.activeElement.id") == "glance"
    page.focus("#lanes")
    page.keyboard.press("+")
    until(page, "document.getElementById('count').textContent.includes('span')")
    zoomed = count(page)
    assert 0 < zoomed < 3000
    begin = page.evaluate("view.from")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("view.from") > begin
    page.keyboard.press("ArrowLeft")
    assert abs(page.evaluate("view.from") - begin) <= 2
    page.keyboard.press("-")
    page.keyboard.press("0")
    counts_to(page, 3000)


def dragging_zooms_into_a_span(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    lane = box_of_lane(page)
    # Along the marks, whose numbers are text.
    y = lane["y"] + 64
    page.mouse.move(lane["x"] + lane["width"] / 4, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] / 2, y, steps=4)
    page.mouse.up()
    until(page, "document.getElementById('count').textContent.includes('span')")
    low, high = (int(part) / 1000 for part in re.search(r"span=(\d+)_(\d+)", page.url).groups())
    counts_to(page, sum(low <= at(event).timestamp() <= high for event in events))
    assert page.evaluate("getSelection().toString()") == "", "no text is chosen"
    # Beyond the picture, a drag takes no more than is seen.
    page.mouse.move(lane["x"] + lane["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(lane["x"] - 20, y, steps=4)
    assert page.locator(".selection").count() == 1
    page.mouse.up()
    settled(page)
    assert page.locator(".selection").count() == 0
    again = int(re.search(r"span=(\d+)_", page.url).group(1)) / 1000
    assert abs(again - low) < 0.01, (again, low)
    page.mouse.move(lane["x"] + lane["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] / 3, y)
    page.evaluate("document.querySelector('#lanes .lane svg').dispatchEvent(new PointerEvent('pointercancel'))")
    settled(page)
    assert page.locator(".selection").count() == 0
    page.mouse.up()
    page.focus("#lanes")
    for key, end in [("Home", events[0]), ("End", events[-1])]:
        page.evaluate("look({ from: view.from, to: view.from + 50 })")
        page.keyboard.press(key)
        low, high = page.evaluate("[view.from, view.to]")
        assert low <= at(end).timestamp() * 1000 <= high, key


def a_link_keeps_the_view(reports):
    path = reports.report(reports.sessions(3, 300))
    page = reports.open(path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Page views (").check()
    page.get_by_label("Session", exact=True).select_option(index=2)
    page.get_by_role("searchbox").fill("e")
    page.get_by_label("Times", exact=True).select_option("visitor")
    page.focus("#lanes")
    page.keyboard.press("+")
    page.locator("#list .body [role=row]").nth(1).click()
    until(page, "location.hash.includes('row=') && location.hash.includes('q=e')")
    settled(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = reports.open(path, link[link.index("#"):])
    for look in ["#count", "#list [aria-selected=true]", "#detail h3", "#glance"]:
        assert other.inner_text(look) == page.inner_text(look), look
    assert other.get_by_role("searchbox").input_value() == "e"
    assert other.evaluate("location.hash") == page.evaluate("location.hash")
    for address in ["#row=999999&kinds=77&session=-1&span=5_1&zone=Mars&name=x&q=%E0%A4%A", "#span=-Infinity_Infinity"]:
        reports.open(path, address)
    for address in ["#span=-9000000_-8000000", "#span=0_1e308", "#row="]:
        page = reports.open(path, address)
        counts_to(page, 900)
        assert page.locator("#detail").is_hidden(), address
    page.evaluate("location.hash = '#session=1'")
    counts_to(page, 300)
    page = reports.open(path)
    assert page.get_by_label("From each session's start").is_checked()
    page.get_by_label("From each session's start").uncheck()
    other = reports.open(path, page.evaluate("location.hash"))
    assert not other.get_by_label("From each session's start").is_checked()


def a_span_goes_with_what_it_is_of(reports):
    events = [{"eventType": "x", "id": f"{hour}-{minute}", "session": {"id": f"s{hour}"}, "createdDate": f"2026-01-01T{hour}:{minute:02}:00Z"}
              for hour in (10, 12) for minute in range(30)]
    path = reports.of("spans", [*events, {"eventType": "x", "session": {"id": "undated"}}])
    page = reports.open(path)
    page.evaluate("look({ from: Date.UTC(2026, 0, 1, 10), to: Date.UTC(2026, 0, 1, 10, 9) })")
    counts_to(page, 10)
    page.get_by_label("Session", exact=True).select_option(index=1)
    counts_to(page, 10)
    page.evaluate("look({ row: 0 })")
    page.evaluate("look({ session: 2 })")
    settled(page)
    assert page.locator("#to-timeline").is_hidden() and page.locator("#to-glance").is_visible()
    page.evaluate("look({ session: null })")
    settled(page)
    # A lane without dates has nothing to open, and closes nothing.
    undated = page.locator("#lanes .lane svg").nth(2)
    undated.scroll_into_view_if_needed()
    undated.click()
    assert page.evaluate("view.row") == 0
    for index, number in [(2, 30), (3, 1)]:
        page.evaluate("look({ session: null, from: Date.UTC(2026, 0, 1, 10), to: Date.UTC(2026, 0, 1, 10, 9) })")
        page.get_by_label("Session", exact=True).select_option(index=index)
        counts_to(page, number)
        assert "span" not in page.evaluate("location.hash")
        counts_to(reports.open(path, page.evaluate("location.hash")), number)


def what_is_damaged_is_said(reports):
    path = reports.report(reports.demo(1000))
    text = path.read_text(encoding="utf-8")
    half = path.with_name("half.html")
    half.write_text(text[:len(text) // 2], encoding="utf-8")
    context = reports.browser.new_context()
    page = context.new_page()
    page.goto(half.as_uri())
    assert "the file is not whole" in page.inner_text("#span")
    begin = text.index('id="events">') + 12
    damaged = path.with_name("damaged.html")
    damaged.write_text(text[:begin + 400] + "AAAAAAAA" + text[begin + 408:], encoding="utf-8")
    page = reports.open(damaged, "#row=0")
    detail_has(page, "damaged")
    page.evaluate("look({ query: 'com.genesys', inJson: true })")
    counts_to(page, 800)
    assert "damaged" in page.inner_text("#progress")


def an_event_that_is_nested_without_end_is_shown(reports):
    deep = '{"eventType":"x","id":"deep","deep":' + "[" * 100_000 + "]" * 100_000 + "}"
    page = reports.open(reports.of("deep", [], deep + "\n"), "#row=0")
    detail_has(page, '"deep": [')
    assert "with values that can't be shown" in page.inner_text("#problems")
    page.evaluate("location.hash = '#zone=local'")
    until(page, "document.getElementById('detail').hidden")


def the_policy_lets_nothing_else_run(reports):
    path = reports.report(reports.demo(100))
    before = len(reports.complaints), len(reports.requests)
    page = reports.open(path)
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/x.png';
        document.body.append(image);
    }""")
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert page.evaluate("window.ran === undefined")
    refused = [text for text in reports.complaints[before[0]:] if "Content Security Policy" in text]
    assert len(refused) >= 3, refused
    del reports.complaints[before[0]:], reports.requests[before[1]:]


def people_with_screen_readers_can_use_it(reports):
    paths = [reports.report(reports.demo(100)), reports.report(reports.sessions(3, 300)), reports.report(reports.sessions(8, 20)),
             reports.of("odd", made.odd()), reports.of("empty", [])]
    for path in paths:
        for scheme, width in [("light", 1400), ("dark", 1400), ("light", 390)]:
            page = reports.open(path, width=width, color_scheme=scheme)
            if page.locator("#list").is_visible():
                page.locator("#list .body [role=row]").nth(1).click()
                detail_has(page, '"eventType"')
            found = Axe().run(page)
            told = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found.response["violations"]]
            assert not told, (path.name, scheme, width, told)
            page.context.close()


def narrow_screens_need_no_scrolling_sideways(reports):
    for path in [reports.report(reports.demo(1000)), reports.report(reports.sessions(3, 300)), reports.report(reports.sessions(8, 20))]:
        for width in [320, 390, 800]:
            page = reports.open(path, width=width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path.name, width)
            if width < 800:
                what = page.locator("#list .body [role=row]").first.locator("[role=gridcell]").nth(3).bounding_box()
                assert what["x"] + what["width"] < width, "what happened is seen"
            page.context.close()


def sessions_stand_side_by_side(reports):
    page = reports.open(reports.report(reports.sessions(3, 300)))
    assert page.locator("#lanes .lane svg").count() == 3
    tops = [page.locator("#glance article").nth(number).bounding_box()["y"] for number in range(3)]
    assert tops[0] == tops[1] == tops[2]
    page.get_by_label("Session", exact=True).select_option(index=1)
    counts_to(page, 300)
    assert page.locator("#glance article").count() == 1


def large_reports_open_and_scroll(reports):
    for number in [1, 10_000, 50_000]:
        path = reports.report(reports.demo(number))
        opened = []
        for _ in range(3):
            start = time.monotonic()
            page = reports.open(path)
            opened.append(time.monotonic() - start)
        counts_to(page, number)
        frames = page.evaluate("""async () => {
            const list = document.getElementById('list');
            const times = [];
            let last = performance.now();
            for (let step = 0; step < 100; step += 1) {
                list.scrollTop += 700;
                await new Promise(requestAnimationFrame);
                times.push(performance.now() - last);
                last = performance.now();
            }
            return times;
        }""")
        slow = sorted(frames)[94]
        print(f"    {number} events, {path.stat().st_size / 1e6:.1f} MB: opens in {statistics.median(opened):.2f} s, "
              f"scrolls at {statistics.median(frames):.1f} ms a frame, 95 % in {slow:.1f} ms")
        if number > 1:
            page.focus("#list")
            page.keyboard.press("End")
            assert page.locator("#list .active").get_attribute("aria-rowindex") == str(number + 1)


CHECKS = [
    filters_and_search_leave_what_they_say, pages_and_names_that_look_alike_are_told_apart, the_json_is_searched_behind_its_escapes,
    a_search_of_the_json_can_be_stopped_and_moves_nothing_it_need_not, a_span_goes_with_what_it_is_of, what_is_damaged_is_said,
    an_event_that_is_nested_without_end_is_shown,
    a_click_shows_the_events_json, an_event_that_is_opened_from_a_table_comes_into_sight, the_keyboard_does_all, dragging_zooms_into_a_span,
    a_link_keeps_the_view, the_policy_lets_nothing_else_run, people_with_screen_readers_can_use_it,
    narrow_screens_need_no_scrolling_sideways, sessions_stand_side_by_side, large_reports_open_and_scroll,
]
