"""Checks that report pages can be used by mouse, keyboard and screen reader."""

import json
import re
import statistics
import time

from axe_playwright_python.sync_playwright import Axe

import samples
from content import address
from reports import at, body, count, name, rows_of, show_json, story, tile, until, wait_for_count, wait_for_detail, wait_for_frames


def box_of_lane(page):
    """Scrolls to the only lane, so that the mouse can reach it, and returns its box."""
    lane = page.locator("#lanes .lane svg")
    lane.scroll_into_view_if_needed()
    return lane.bounding_box()


def filters_and_search_list_matching_events(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    wait_for_count(page, 3000)
    page.locator("label.chip", has_text="Page views").click()
    wait_for_count(page, sum(name(event) == "page_viewed" for event in events))
    page.locator("label.chip", has_text="Offers").click()
    wait_for_count(page, sum(name(event) == "page_viewed" or "webActionEvent" in event for event in events))
    page.get_by_role("button", name="Clear filters").click()
    wait_for_count(page, 3000)
    page.get_by_role("searchbox").fill("PRODUCT_ADDED")
    wait_for_count(page, sum(name(event) == "product_added" for event in events))
    page.get_by_role("searchbox").fill(events[77]["id"])
    wait_for_count(page, 0)
    page.get_by_text("More", exact=True).click()
    page.locator("label.chip", has_text="Search the JSON too").click()
    wait_for_count(page, 1)
    # A table's link lists what the table counts, whatever the earlier filters.
    title, path = rows_of(page, "Pages")[0][0].split("\n")
    page.get_by_role("table", name="Pages", exact=True).get_by_role("button", name=title, exact=True).click()
    wait_for_count(page, sum(address(event) == f"www.harbourlight.example{path}" for event in events))
    assert page.evaluate("document.activeElement.id") == "list"
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Event name").select_option(label=f"object_clicked ({sum(name(event) == 'object_clicked' for event in events)})")
    wait_for_count(page, sum(name(event) == "object_clicked" for event in events))
    # The words of the story are found too.
    page.evaluate("updateView({ ...unfiltered(), query: 'to the basket' })")
    wait_for_count(page, sum(name(event) == "product_added" for event in events))


def pages_and_names_that_look_alike_are_distinguished(reports):
    def view(number, title, path, event="page_viewed"):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(number), "session": {"id": "s"},
                "createdDate": f"2026-01-01T10:00:{number:02}Z",
                "webEvent": {"eventName": event, "page": {"title": title, "hostname": "a.example", "pathname": path}}}
    segment = {"eventType": "com.genesys.journey.SegmentAssignedEvent", "id": "9", "session": {"id": "s"},
               "segmentAssignedEvent": {"segment": {"displayName": "Gold"}}}
    page = reports.open(reports.of("alike", [
        view(1, "Shop", "/x"), view(2, "(1) Shop", "/x"), view(3, "Shop", "/y"), view(4, "Shop", "/y", "Gold"), segment]))
    buttons = page.get_by_role("table", name="Pages").get_by_role("button", name="Shop")
    assert buttons.count() == 2
    for button in buttons.all():
        button.click()
        wait_for_count(page, 2)
    page.evaluate("updateView(unfiltered())")
    page.get_by_text("More", exact=True).click()
    assert page.get_by_label("Event name").locator("option", has_text="Gold (2)").count() == 1
    for kind in ["Activity", "Segments"]:
        page.evaluate("updateView(unfiltered())")
        page.get_by_label("Event name").select_option(label="Gold (2)")
        page.locator("label.chip", has_text=kind).click()
        wait_for_count(page, 1)


def repeated_views_are_one_row(reports):
    def view(number, path, event="page_viewed"):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(number), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:00:{number:02}Z",
                "webEvent": {"eventName": event, "page": {"title": path, "hostname": "a.example", "pathname": path}}}
    events = [view(1, "/a"), view(2, "/b"), view(3, "/b"), view(4, "/b"), view(5, "/b", "scroll_depth_reached"), view(6, "/b"), view(7, "/a")]
    page = reports.open(reports.of("repeated", events))
    assert [row["text"] for row in story(page)[1:]] == ["Arrived on /a", "Viewed /b 3 times · scrolled down", "Viewed /b", "Viewed /a"]
    # Not if the visitor was idle in between: the story says so.
    later = {**view(8, "/b"), "createdDate": "2026-01-01T10:04:00Z"}
    rows = story(reports.open(reports.of("idle-between", [view(1, "/a"), view(2, "/b"), later])))
    assert [row["text"] for row in rows[1:]] == ["Arrived on /a", "Viewed /b", "Viewed /b"], rows
    # Each of them can be read.
    page.locator("#row-1").click()
    show_json(page)
    for id_ in ["2", "3", "4", "5"]:
        wait_for_detail(page, f'"id": "{id_}"')
        assert page.locator("#list [aria-selected=true]").get_attribute("id") == ("row-4" if id_ == "5" else "row-1")
        page.get_by_role("button", name="Next event").click()


def small_steps_are_folded_and_can_be_opened(reports):
    def event(second, name_, path="/a", **more):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(second), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:{second // 60:02}:{second % 60:02}Z",
                "webEvent": {"eventName": name_, "page": {"title": path, "hostname": "a.example", "pathname": path}, **more}}
    lamp = {"attributes": {"product_name": {"dataType": "string", "value": "Lamp"}}}
    events = [event(1, "page_viewed"), event(2, "object_clicked"), event(3, "scroll_depth_reached"), event(4, "object_clicked"), event(5, "product_added", **lamp),
              event(6, "product_viewed", **lamp), event(7, "object_clicked", "/b"), event(100, "scroll_depth_reached", "/b"), event(101, "user_inactive", "/b")]
    path = reports.of("steps", events)
    page = reports.open(path)
    folded = ["Arrived on /a · clicked an element 2 times, scrolled down", "Added Lamp to the basket · looked at it", "Clicked an element · on /b",
              "Scrolled down · became inactive"]
    # Not those on another page, or after an idle period, or that say what was done.
    assert [row["text"] for row in story(page)[1:]] == folded, story(page)
    steps = page.locator("#row-0 .steps")
    assert steps.inner_text() == "▸ 3 steps" and page.get_attribute("#row-0", "aria-expanded") == "false"
    assert page.get_attribute("#row-6", "aria-expanded") is None
    steps.click()
    rows = story(page)[1:]
    assert [row["text"] for row in rows[:5]] == ["Arrived on /a", "Clicked an element", "Scrolled down", "Clicked an element", folded[1]], rows
    assert page.locator("#detail").is_hidden(), "opening isn't selecting"
    assert page.locator("#row-0 .steps").inner_text() == "▾ 3 steps" and page.get_attribute("#row-0", "aria-expanded") == "true"
    assert [page.get_attribute(f"#row-{row}", "aria-level") for row in (0, 1, 4)] == ["1", "2", "1"]
    # By keyboard, also from within.
    page.locator("#list").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert [row["text"] for row in story(page)[1:]] == folded
    assert page.get_attribute("#list", "aria-activedescendant") == "row-0"
    page.keyboard.press("ArrowRight")
    assert len(story(page)) == 8
    page.keyboard.press("ArrowLeft")
    # The timeline and a link lead to a folded event, whose row is then shown.
    page.evaluate("(row) => openEvent(row)", 2)
    wait_for_frames(page)
    assert page.locator("#list [aria-selected=true]").get_attribute("id") == "row-2"
    assert page.locator("#row-0 .steps").inner_text() == "▾ 3 steps"
    # It can be hidden again: the row then stands for the selected event.
    page.locator("#row-0 .steps").click()
    assert [row["text"] for row in story(page)[1:]] == folded
    assert page.get_attribute("#row-0", "aria-selected") == "true"
    page.get_by_role("button", name="Next event").click()
    wait_for_frames(page)
    assert page.locator("#list [aria-selected=true]").get_attribute("id") == "row-3"
    # A segment joined in between stays a row of its own.
    segment = {"eventType": "com.genesys.journey.SegmentAssignmentEvent", "id": "seg", "session": {"id": "s"}, "createdDate": "2026-01-01T10:00:02Z", "segmentAssignmentEvent": {"segment": {"id": "gold"}}}
    page = reports.open(reports.of("segment-between", [events[0], segment, *events[2:4]]))
    assert [row["text"] for row in story(page)[1:]] == ["Arrived on /a · scrolled down, clicked an element", "Assigned to segment gold"]
    page.locator("#row-0 .steps").click()
    # In the order of time: both steps are after it.
    assert [(row["text"], row["since"]) for row in story(page)[1:]] == [
        ("Arrived on /a", ""), ("Assigned to segment gold", "+1 s"), ("Scrolled down", "+1 s"), ("Clicked an element", "+1 s")], story(page)
    # A search or a filter by kind lists every event by itself.
    page = reports.open(path, "#kinds=1")
    assert [row["text"] for row in story(page)[1:4]] == ["Clicked an element · on /a", "Scrolled down", "Clicked an element"], story(page)
    assert page.locator(".steps").count() == 0
    page = reports.open(path, "#q=scrolled")
    assert count(page) == 2 and len(story(page)) == 3


def the_row_of_an_offer_says_what_became_of_it(reports):
    def event(second, kind, content):
        return {"eventType": f"com.genesys.journey.{kind}", "id": str(second), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:00:{second:02}Z",
                kind[0].lower() + kind[1:]: content}
    view = {"eventName": "page_viewed", "page": {"title": "A page", "url": "https://a.example/"}}
    for states, expected in [
        ("qualified offered", ["Was offered “Chat?” · then unanswered"]),
        ("qualified offered page accepted", ["Was offered “Chat?” · then accepted", "Viewed A page", "Accepted “Chat?” · 10 s after it was shown"]),
        ("qualified offered accepted", ["Was offered and accepted “Chat?” · 5 s after it was shown"]),
        ("qualified offered accepted completed", ["Was offered and accepted “Chat?” · 5 s after it was shown"]),
        ("qualified offered blocked", ["Offer “Chat?”: blocked · 5 s after it was shown"]),
        ("qualified offered errored", ["Was offered, which failed: “Chat?” · 5 s after it was shown"]),
        ("qualified errored", ["Failed to show “Chat?”"]),
        ("offered timedout", ["Was offered and let time out “Chat?” · 5 s after it was shown"]),
        ("qualified", ["Qualified for “Chat?”"]),
    ]:
        events = [event(5 * number, "WebEvent", view) if state == "page" else event(5 * number, "WebActionEvent", {"action": {"id": "a", "state": state, "prompt": "Chat?"}})
                  for number, state in enumerate(states.split(), 1)]
        page = reports.open(reports.of("offer", [event(0, "WebEvent", view), *events]))
        assert [row["text"].replace(" · on A page", "") for row in story(page)[2:]] == expected, (states, story(page))
        page.context.close()


def names_of_either_direction_keep_to_themselves(reports):
    lamp = "\u05de\u05e0\u05d5\u05e8\u05d4"
    def event(second, name_, product, **more):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(second), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:00:{second:02}Z",
                "webEvent": {"eventName": name_, "page": {"title": "Shop", "url": "https://a.example/"}, "attributes": {"product_name": {"dataType": "string", "value": product}}, **more}}
    searches = [event(10 + second, "search_performed", "", searchQuery=words) for second, words in enumerate([lamp, lamp, "a" + lamp, "boots"])]
    page = reports.open(reports.of("bidi", [event(1, "page_viewed", ""), event(2, "product_viewed", lamp), event(3, "product_viewed", "boots"),
                                            event(5, "product_added", "at"), event(6, "product_viewed", "at"), *searches]))
    texts = [row["text"] for row in story(page)]
    assert texts[1:3] == [f"Arrived on Shop · looked at {lamp}, looked at boots", "Added at to the basket · looked at it"], texts
    assert page.locator("#row-0 .what bdi").all_inner_texts() == ["Shop", lamp, "boots"]
    # Texts that list names have them isolated, if they could reorder their surroundings.
    assert tile(page, "Searches")[1] == f"3 different: \u2068\u2068{lamp}\u2069 (2)\u2069, \u2068a{lamp}\u2069, boots"


def the_story_is_drawn_once_and_its_sentences_are_made_once(reports):
    page = reports.open(reports.report(reports.demo(3000)))
    page.evaluate("""() => {
        window.counts = { drawn: 0, sentences: 0 };
        const draw = Story.prototype.draw;
        Story.prototype.draw = function () { counts.drawn += 1; draw.call(this); };
        const original = sentence;
        sentence = (...args) => { counts.sentences += 1; return original(...args); };
    }""")
    page.evaluate("document.getElementById('list').scrollTop = 5000")
    wait_for_frames(page)
    assert page.evaluate("counts.drawn") == 1, "after scrolling"
    for text, most in [("b", 3000 + 150), ("ba", 150), ("bas", 150)]:
        page.evaluate("Object.assign(counts, { drawn: 0, sentences: 0 })")
        page.evaluate("(query) => updateView({ query })", text)
        wait_for_frames(page)
        wait_for_frames(page)
        drawn, sentences = page.evaluate("[counts.drawn, counts.sentences]")
        assert drawn == 1 and sentences <= most, (text, drawn, sentences)
    page.evaluate("counts.drawn = 0")
    page.evaluate("updateView({ ...unfiltered(), row: 2000 })")
    wait_for_frames(page)
    wait_for_frames(page)
    assert page.evaluate("counts.drawn") == 1, "with a selected event"


def a_search_is_counted_once_whatever_shows_it(reports):
    def event(second, name_, words):
        return {"eventType": "com.genesys.journey.WebEvent", "id": str(second), "session": {"id": "s"}, "createdDate": f"2026-01-01T10:00:{second:02}Z",
                "webEvent": {"eventName": name_, "searchQuery": words, "page": {"title": "Results", "url": "https://a.example/search"}}}
    for kinds, expected in [("sv", 1), ("vs", 1), ("vsv", 1), ("ss", 2), ("vv", 2), ("svs", 2), ("v", 1)]:
        events = [event(second, {"s": "search_performed", "v": "page_viewed"}[kind], "lamp") for second, kind in enumerate(kinds)]
        page = reports.open(reports.of(f"searches-{kinds}", [*events, event(50, "search_performed", "boots")]))
        assert tile(page, "Searches")[0] == str(expected + 1), (kinds, tile(page, "Searches"))
        page.locator("label.chip", has_text="Searches").click()
        wait_for_count(page, expected + 1)


def a_view_with_a_title_among_its_attributes_is_no_search(reports):
    attributes = {name: {"dataType": "string", "value": "Boots"} for name in ["title", "product_name"]}
    view = {"eventType": "com.genesys.journey.WebEvent", "id": "1", "session": {"id": "s"}, "createdDate": "2026-01-01T10:00:00Z",
            "webEvent": {"eventName": "page_viewed", "page": {"title": "Shop"}, "attributes": attributes}}
    search = {**view, "id": "2", "createdDate": "2026-01-01T10:00:10Z", "webEvent": {**view["webEvent"], "searchQuery": "lamp"}}
    page = reports.open(reports.of("title", [view, search]))
    assert [row["text"] for row in story(page)[1:]] == ["Arrived on Shop", "Viewed Shop looking for lamp"]
    assert page.locator(".tile", has_text="Searches").locator("b").inner_text() == "1"


def json_search_decodes_escapes(reports):
    event = {"eventType": "x", "id": "1", "city": "München"}
    assert "\\u00fc" in json.dumps(event)
    quoted = {"eventType": "x", "id": "2", "text": 'a "quoted" / line\nof two'}
    page = reports.open(reports.of("escaped", [event, quoted]), "#json=1")
    for query, number in [("münchen", 1), ('"QUOTED" /', 1), ("line\\nof", 1), ("nothing", 0)]:
        page.get_by_role("searchbox").fill(query)
        wait_for_count(page, number)


def a_json_search_can_be_cancelled_and_keeps_the_scroll_position(reports):
    page = reports.open(reports.report(reports.demo(10_000)), "#json=1")
    search = page.get_by_role("searchbox")
    page.evaluate("""() => {
        window.progress = [];
        const element = document.getElementById('progress');
        new MutationObserver(() => progress.push(element.textContent)).observe(element, { childList: true });
    }""")
    search.fill("com.genesys")
    until(page, "progress.some((text) => text.includes('%'))")
    search.fill("")
    wait_for_count(page, 10_000)
    wait_for_frames(page)
    assert page.inner_text("#progress") == ""
    page.evaluate("document.getElementById('list').scrollTop = 3000")
    search.fill("com.genesys")
    wait_for_count(page, 10_000)
    assert page.inner_text("#progress") == ""
    # The JSON adds nothing to what the names match, so the list doesn't move.
    search.fill("product_added")
    page.evaluate("document.getElementById('list').scrollTop = 600")
    until(page, "!document.getElementById('count').textContent.includes('Searching')")
    wait_for_frames(page)
    assert page.evaluate("document.getElementById('list').scrollTop") == 600
    page.locator("#list .event").first.click()
    page.evaluate("document.getElementById('list').scrollTop = 600")
    wait_for_frames(page)
    page.evaluate("updateView({ zone: 'local' })")
    wait_for_frames(page)
    assert page.evaluate("document.getElementById('list').scrollTop") == 600, "also with a selected event"
    assert 0 < count(page) < 10_000
    page.evaluate("location.hash = '#q=nothing'")
    wait_for_count(page, 0)
    assert search.input_value() == "nothing", "also while the search box has the focus"


def a_click_shows_the_events_json(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#row-3").click()
    show_json(page)
    wait_for_detail(page, events[3]["id"])
    assert json.loads(page.inner_text("#detail pre")) == events[3]
    page.get_by_role("button", name="Copy JSON").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == events[3]
    for row in [4, 5]:
        page.get_by_role("button", name="Next event").click()
        wait_for_detail(page, events[row]["id"])
    lane = box_of_lane(page)
    page.mouse.move(lane["x"] + lane["width"] - 2, lane["y"] + 50)
    page.locator("#tooltip").wait_for()
    page.mouse.click(lane["x"] + lane["width"] - 2, lane["y"] + 50, button="right")
    wait_for_detail(page, events[5]["id"])
    page.mouse.down()
    page.mouse.up()
    wait_for_detail(page, events[-1]["id"])
    assert page.locator("#list [aria-selected=true]").count() == 1
    # From an event that isn't listed, the buttons lead to listed ones.
    page.evaluate("updateView({ row: 100, kinds: new Set([5]) })")
    outcomes = [row for row, event in enumerate(events) if "outcome" in body(event)]
    page.get_by_role("button", name="Next event").click()
    wait_for_detail(page, events[next(row for row in outcomes if row > 100)]["id"])
    page.evaluate("updateView({ row: 1000 })")
    page.get_by_role("button", name="Previous event").click()
    wait_for_detail(page, events[max(row for row in outcomes if row < 1000)]["id"])


def everything_works_from_the_keyboard(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "End", "PageUp", "Home", "ArrowDown"]:
        page.keyboard.press(key)
    assert page.locator("#list .active").get_attribute("aria-rowindex") == "4"
    assert page.get_attribute("#list", "aria-activedescendant") == "row-1"
    page.keyboard.press("Enter")
    page.locator("#detail summary").focus()
    page.keyboard.press("Enter")
    wait_for_detail(page, events[1]["id"])
    page.get_by_role("button", name="Next event").focus()
    for row in [2, 3]:
        page.keyboard.press("Enter")
        wait_for_detail(page, events[row]["id"])
    assert page.evaluate("document.activeElement.ariaLabel") == "Next event"
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.id") == "list"
    page.evaluate("document.getElementById('list').scrollTop = 40_000")
    wait_for_frames(page)
    active = page.get_attribute("#list", "aria-activedescendant")
    assert page.locator(f"#{active}").count() == 1, "the active row is drawn at any scroll position"
    more = page.locator("#tables").get_by_role("button", name="Show all").first
    more.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "TABLE"
    link = page.get_by_role("table", name="Pages", exact=True).get_by_role("button").first
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.get_by_role("button", name="Clear filters").click()
    many = reports.open(reports.report(reports.sessions(8, 20)))
    many.locator("#index button").first.focus()
    many.keyboard.press("Enter")
    assert many.evaluate("document.activeElement.id") == "title"
    many.locator("#lanes button.gutter").first.focus()
    many.keyboard.press("Enter")
    assert many.evaluate("document.activeElement.id") == "title" and many.evaluate("view.session") is not None
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
    wait_for_count(page, 3000)


def dragging_zooms_into_a_time_span(reports):
    source = reports.demo(3000)
    events, page = samples.read(source), reports.open(reports.report(source))
    lane = box_of_lane(page)
    # Across the marks, whose numbers are selectable text.
    y = lane["y"] + 64
    page.mouse.move(lane["x"] + lane["width"] / 4, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] / 2, y, steps=4)
    page.mouse.up()
    until(page, "document.getElementById('count').textContent.includes('span') && location.hash.includes('span')")
    low, high = (int(part) for part in re.search(r"span=(-?\d+)_(-?\d+)", page.url).groups())
    assert 0 < count(page) < 3000 and page.evaluate("view.to - view.from") > 0
    assert page.evaluate("getSelection().toString()") == "", "no text is selected"
    # A drag beyond the chart ends at its edge.
    page.mouse.move(lane["x"] + lane["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(lane["x"] - 20, y, steps=4)
    assert page.locator(".selection").count() == 1
    page.mouse.up()
    wait_for_frames(page)
    assert page.locator(".selection").count() == 0
    again = page.evaluate("view.from")
    assert abs(again - low) < 10, (again, low)
    page.mouse.move(lane["x"] + lane["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] / 3, y)
    page.evaluate("document.querySelector('#lanes .lane svg').dispatchEvent(new PointerEvent('pointercancel'))")
    wait_for_frames(page)
    assert page.locator(".selection").count() == 0
    page.mouse.up()
    page.focus("#lanes")
    for key, end in [("Home", events[0]), ("End", events[-1])]:
        page.evaluate("updateView({ from: view.from, to: view.from + 5000 })")
        page.keyboard.press(key)
        until(page, "(id) => document.querySelectorAll('#list .event').length > 0 && document.getElementById(id) !== null", f"row-{events.index(end)}")


def a_link_keeps_the_view(reports):
    path = reports.report(reports.customer(5, 60))
    page = reports.open(path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("label.chip", has_text="Page views").click()
    page.locator("#lanes button.gutter").nth(1).click()
    page.locator("label.chip", has_text="Page views").click()
    page.get_by_role("searchbox").fill("e")
    page.get_by_label("Time zone", exact=True).select_option("visitor")
    page.focus("#lanes")
    page.keyboard.press("+")
    until(page, "document.getElementById('count').textContent.includes('span')")
    page.locator("#list .event").nth(1).click()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "row=" in link and "q=e" in link and "session=1" in link and "kinds=0" in link and "span=" in link
    other = reports.open(path, link[link.index("#"):])
    for part in ["#count", "#list [aria-selected=true]", "#detail h2", "#title", "#summary", "#tiles"]:
        assert other.inner_text(part) == page.inner_text(part), part
    assert other.get_by_role("searchbox").input_value() == "e"
    for address_ in ["#row=999999&kinds=77&session=-1&span=5_1&zone=Mars&name=x&q=%E0%A4%A", "#span=-Infinity_Infinity"]:
        reports.open(path, address_)
    for address_ in ["#span=-9000000_-8000000", "#span=0_1e308", "#row="]:
        page = reports.open(path, address_)
        wait_for_count(page, 300)
        assert page.locator("#detail").is_hidden(), address_
    page.evaluate("location.hash = '#session=1'")
    wait_for_count(page, 60)


def a_span_outside_the_visible_sessions_is_reset(reports):
    events = [{"eventType": "x", "id": f"{hour}-{minute}", "session": {"id": f"s{hour}"}, "customerId": "c", "createdDate": f"2026-01-01T{hour}:{minute:02}:{second:02}Z"}
              for hour, minutes in ((10, 60), (12, 30)) for minute in range(minutes) for second in (0, 30)]
    path = reports.of("spans", [*events, {"eventType": "x", "session": {"id": "undated"}, "customerId": "c"}])
    page = reports.open(path)
    page.evaluate("updateView({ from: 0, to: 9 * 60_000 + 1 })")
    wait_for_count(page, 38)
    assert page.locator("#lanes .lane").count() == 2, "an undated session has no lane"
    page.evaluate("updateView({ from: 35 * 60_000, to: 50 * 60_000 })")
    wait_for_count(page, 31)
    page.evaluate("updateView({ session: 1 })")
    wait_for_count(page, 60)
    assert page.evaluate("view.from") is None
    page.evaluate("updateView({ session: 2 })")
    wait_for_count(page, 1)
    assert page.locator("#timeline").is_hidden() and page.locator("#tiles").is_visible()


def damaged_files_are_reported(reports):
    path = reports.report(reports.demo(1000))
    text = path.read_text(encoding="utf-8")
    half = path.with_name("half.html")
    half.write_text(text[:len(text) // 2], encoding="utf-8")
    context = reports.browser.new_context()
    page = context.new_page()
    page.goto(half.as_uri())
    assert "the file is incomplete" in page.inner_text("#summary")
    begin = text.index('id="events">') + 12
    damaged = path.with_name("damaged.html")
    damaged.write_text(text[:begin + 400] + "AAAAAAAA" + text[begin + 408:], encoding="utf-8")
    page = reports.open(damaged, "#row=0")
    show_json(page)
    wait_for_detail(page, "damaged")
    page.evaluate("updateView({ query: 'com.genesys', inJson: true })")
    wait_for_count(page, 800)
    assert "damaged" in page.inner_text("#progress")


def a_deeply_nested_event_is_shown(reports):
    deep = '{"eventType":"x","id":"deep","deep":' + "[" * 100_000 + "]" * 100_000 + "}"
    page = reports.open(reports.of("deep", [], deep + "\n"), "#row=0")
    show_json(page)
    wait_for_detail(page, '"deep": [')
    assert "with values that can't be shown" in page.locator("#problems").text_content()
    page.evaluate("location.hash = '#zone=local'")
    until(page, "document.getElementById('detail').hidden")


def the_policy_blocks_foreign_scripts_and_requests(reports):
    path = reports.report(reports.demo(100))
    before = len(reports.errors), len(reports.requests)
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
    refused = [text for text in reports.errors[before[0]:] if "Content Security Policy" in text]
    assert len(refused) >= 3, refused
    del reports.errors[before[0]:], reports.requests[before[1]:]


def pages_pass_accessibility_checks(reports):
    paths = [reports.report(reports.demo(100)), reports.report(reports.sessions(3, 300)), reports.report(reports.sessions(8, 20)),
             reports.of("odd", samples.odd()), reports.of("empty", [])]
    for path in paths:
        for scheme, width in [("light", 1400), ("dark", 1400), ("light", 390)]:
            page = reports.open(path, width=width, color_scheme=scheme)
            if page.locator("#index button").count() > 1:
                assert not Axe().run(page).response["violations"], path.name
                page.locator("#index button").nth(1).click()
                wait_for_frames(page)
            if page.locator("#list .event").count() > 1:
                page.locator("#list .event").nth(1).click()
                show_json(page)
                wait_for_detail(page, '"eventType"')
            result = Axe().run(page)
            violations = [(rule["id"], rule["help"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in result.response["violations"]]
            assert not violations, (path.name, scheme, width, violations)
            page.context.close()


def narrow_screens_need_no_horizontal_scrolling(reports):
    for path in [reports.report(reports.demo(1000)), reports.report(reports.sessions(3, 300)), reports.report(reports.sessions(8, 20))]:
        for width in [320, 390, 800]:
            page = reports.open(path, width=width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path.name, width)
            if width < 800:
                if page.locator("#index button").count() > 1:
                    page.locator("#index button").first.click()
                    wait_for_frames(page)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, (path.name, width)
                event, since = page.locator("#list .event").nth(2), page.locator("#list .event .since").nth(2)
                assert event.bounding_box()["height"] == 46 and since.bounding_box()["y"] > event.bounding_box()["y"] + 20, "two lines"
            page.context.close()


def large_reports_open_and_scroll(reports):
    for number in [1, 10_000, 50_000]:
        path = reports.report(reports.demo(number))
        opened = []
        for _ in range(3):
            start = time.monotonic()
            page = reports.open(path)
            opened.append(time.monotonic() - start)
        wait_for_count(page, number)
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
            assert page.locator("#list .active").get_attribute("aria-rowindex") == page.get_attribute("#list", "aria-rowcount")


CHECKS = [
    filters_and_search_list_matching_events, pages_and_names_that_look_alike_are_distinguished, json_search_decodes_escapes,
    a_json_search_can_be_cancelled_and_keeps_the_scroll_position, a_span_outside_the_visible_sessions_is_reset, damaged_files_are_reported,
    a_deeply_nested_event_is_shown,
    a_click_shows_the_events_json, repeated_views_are_one_row, small_steps_are_folded_and_can_be_opened, the_row_of_an_offer_says_what_became_of_it, names_of_either_direction_keep_to_themselves, the_story_is_drawn_once_and_its_sentences_are_made_once,
    a_search_is_counted_once_whatever_shows_it, a_view_with_a_title_among_its_attributes_is_no_search, everything_works_from_the_keyboard, dragging_zooms_into_a_time_span,
    a_link_keeps_the_view, the_policy_blocks_foreign_scripts_and_requests, pages_pass_accessibility_checks,
    narrow_screens_need_no_horizontal_scrolling, large_reports_open_and_scroll,
]
