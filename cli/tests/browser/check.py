#!/usr/bin/env python3
"""Looks at report pages in headless Chromium.

    pip install -r requirements.txt
    check.py PROGRAM [--chromium PATH] [--screenshots FOLDER]

PROGRAM is `journey-events`. Every check is a function whose name says what holds. Times are printed and
never decide.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import events as made


class Reports:
    """Reports of a program, and pages of a browser that show them."""

    def __init__(self, program, browser, folder):
        self.program, self.browser, self.folder = program, browser, Path(folder)
        self.complaints, self.requests = [], []

    def demo(self, number):
        path = self.folder / f"demo-{number}.ndjson"
        if not path.exists():
            with open(path, "wb") as file:
                subprocess.run([self.program, "demo", "--events", str(number)], stdout=file,
                               stderr=subprocess.DEVNULL, check=True)
        return path

    def sessions(self, number, count):
        """Events of several sessions, of an emulator."""
        path = self.folder / f"sessions-{number}-{count}.ndjson"
        if path.exists():
            return path
        emulator = subprocess.Popen([self.program, "emulate", "--sessions", str(number), "--events", str(count)],
                                    stdout=subprocess.PIPE)
        try:
            ready = json.loads(emulator.stdout.readline())
            ids = [session["id"] for session in ready["sessions"]]
            with open(path, "wb") as file:
                subprocess.run([self.program, "events", "--base-url", ready["base_url"], "--quiet", *ids],
                               stdout=file, env={"GENESYSCLOUD_ACCESS_TOKEN": "any"}, check=True)
        finally:
            emulator.terminate()
            emulator.wait()
        return path

    def report(self, source, status=0):
        path = Path(source).with_suffix(".html")
        done = subprocess.run([self.program, "report", "--from", str(source), "--output", str(path)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == status, (done.returncode, done.stderr)
        return path

    def open(self, path, address="", **settings):
        context = self.browser.new_context(viewport={"width": 1400, "height": 1000}, **settings)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(f"{path.as_uri()}{address}")
        until(page, "document.documentElement.dataset.ready")
        return page

    def is_quiet(self):
        """Nothing complained, and nothing but the reports themselves was asked for."""
        assert not self.complaints, self.complaints
        outside = [url for url in self.requests if not url.startswith(self.folder.as_uri())]
        assert not outside, outside


def until(page, condition, arg=None):
    """Waits until something holds. Playwright's own way needs `eval`, which the page's policy refuses."""
    end = time.monotonic() + 30
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, condition
        time.sleep(0.01)


def settled(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def count(page):
    """How many events the page says it lists."""
    return int(re.match(r"[\d,]+", page.inner_text("#count")).group().replace(",", ""))


def counts_to(page, number):
    until(
        page, "(number) => Number(document.getElementById('count').textContent.split(' ')[0].replaceAll(',', '')) === number",
        arg=number)
    assert int(page.get_attribute("#list", "aria-rowcount")) == number + 1


def glance(page, name):
    return page.locator("#glance dl > div", has=page.locator(f"dt:text-is('{name}')")).first.locator("dd").inner_text()


def is_view(event):
    return event.get("webEvent", {}).get("eventName") == "page_viewed"


def title(event):
    return event.get("webEvent", {}).get("page", {}).get("title")


def at(event):
    return datetime.fromisoformat(event["createdDate"])


def shown(event):
    """The time of an event as the page shows it, in UTC."""
    return f"{at(event).day} {at(event):%b %Y, %H:%M:%S}"


def a_stranger_is_told_what_the_events_say(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    times, idle, current = {}, [], None
    for before, event in zip([None, *events], events):
        if before is not None:
            gap = (at(event) - at(before)).total_seconds()
            if gap >= 60:
                idle.append(gap)
            elif current:
                times[current] = times.get(current, 0) + gap
        current = title(event) or current
    longest = max(times, key=times.get)
    minutes = round(times[longest]) // 60
    assert minutes < 60
    told = f"{longest}: {minutes} min {round(times[longest]) % 60} s in "
    assert glance(page, "Looked at longest").startswith(told), (told, glance(page, "Looked at longest"))
    assert glance(page, "Idle").startswith(f"{len(idle):,} times"), (len(idle), glance(page, "Idle"))
    assert f"longest {int(max(idle) // 60)} min" in glance(page, "Idle")
    states = {}
    for event in events:
        action = event.get("webActionEvent", {}).get("action")
        if action:
            states.setdefault(action["id"], []).append(action["state"])
    accepted = sum("accepted" in chain for chain in states.values())
    assert accepted > 0
    assert glance(page, "Offers").startswith(f"{len(states)} offers: {accepted} accepted"), glance(page, "Offers")
    first = next(event for event in events if event.get("webActionEvent", {}).get("action", {}).get("state") == "accepted")
    action = first["webActionEvent"]["action"]
    assert f"accepted {shown(first)}: {action['prompt']} (" in glance(page, "Offers"), glance(page, "Offers")
    row = page.get_by_role("table", name="Offers and what became of them").locator("tbody tr").first
    assert shown(first) in row.inner_text() and "→ accepted" in row.inner_text()
    for state, word in [("rejected", "rejected"), ("timedout", "timed out"), ("errored", "failed")]:
        assert f", {sum(state in chain for chain in states.values())} {word}" in glance(page, "Offers"), (state, glance(page, "Offers"))
    referrer = events[0]["webEvent"]["referrer"]["name"]
    assert glance(page, "Came from").startswith(f"{referrer}, at first\nlater also "), glance(page, "Came from")
    assert glance(page, "Campaign").startswith(f"{events[0]['webEvent']['mktCampaign']['name']}, at first"), glance(page, "Campaign")
    # A referrer outside of the shop, and a campaign, come with the first event of each visit.
    landings = [event for event in events if event.get("webEvent", {}).get("referrer", {}).get("name")]
    arrivals = page.get_by_role("table", name="Where the visitor came from")
    assert shown(landings[0]) in arrivals.locator("tbody tr").first.inner_text()
    assert landings[0]["webEvent"]["mktCampaign"]["source"] in arrivals.locator("tbody tr").first.inner_text()
    place = events[0]["webEvent"]["geolocation"]
    assert glance(page, "Place") == f"{place['locality']}, {place['regionName']}, {place['countryName']}"
    outcomes = {event["outcomeAchievedEvent"]["outcome"]["displayName"] for event in events if "outcomeAchievedEvent" in event}
    assert outcomes and all(outcome in glance(page, "Outcomes") for outcome in outcomes)
    bought = next(event for event in events if event.get("webEvent", {}).get("eventName") == "order_completed")
    product = bought["webEvent"]["attributes"]["product_name"]["value"]
    row = page.get_by_role("table", name="Outcomes").locator("tbody tr").first.inner_text()
    assert "after order_completed (" in row and f"product_name: {product}" in row and "came from " in row, row


def filters_and_search_leave_what_they_say(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    counts_to(page, 3000)
    page.get_by_label("Page views (").check()
    counts_to(page, sum(map(is_view, events)))
    page.get_by_label("Offer steps (").check()
    counts_to(page, sum(is_view(event) or "webActionEvent" in event for event in events))
    page.get_by_role("button", name="Clear filters").click()
    counts_to(page, 3000)
    page.get_by_role("searchbox").fill("PRODUCT_ADDED")
    counts_to(page, sum(event.get("webEvent", {}).get("eventName") == "product_added" for event in events))
    page.get_by_role("searchbox").fill(events[77]["id"])
    counts_to(page, 0)
    page.get_by_label("also in the JSON").check()
    counts_to(page, 1)
    page.get_by_role("button", name="Clear filters").click()
    page.locator("#sessions").get_by_role("button", name="object_clicked", exact=True).click()
    counts_to(page, sum(event.get("webEvent", {}).get("eventName") == "object_clicked" for event in events))


def a_click_shows_the_events_json(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    page.locator("#list .body [role=row]").nth(4).click()
    until(page, "document.querySelector('#detail pre').textContent.length > 10")
    assert json.loads(page.inner_text("#detail pre")) == events[4]
    page.get_by_role("button", name="Next").click()
    until(page, "(id) => document.querySelector('#detail pre').textContent.includes(id)", arg=events[5]["id"])
    lane = page.locator("#lanes .lane canvas").bounding_box()
    page.mouse.click(lane["x"] + lane["width"] - 2, lane["y"] + 50)
    until(page, "(id) => document.querySelector('#detail pre').textContent.includes(id)", arg=events[-1]["id"])
    assert page.locator("#list [aria-selected=true]").count() == 1


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
    until(page, "(id) => document.querySelector('#detail pre').textContent.includes(id)", arg=events[1]["id"])
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.id") == "list"
    page.focus("#lanes")
    page.keyboard.press("+")
    until(page, "!document.getElementById('count').textContent.startsWith('3,000 of')")
    zoomed = count(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    page.keyboard.press("0")
    counts_to(page, 3000)
    assert 0 < zoomed < 3000


def dragging_zooms_into_a_span(reports):
    source = reports.demo(3000)
    events, page = made.lines(source), reports.open(reports.report(source))
    lane = page.locator("#lanes .lane canvas").bounding_box()
    y = lane["y"] + 40
    page.mouse.move(lane["x"] + lane["width"] / 4, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] / 2, y, steps=4)
    page.mouse.up()
    until(page, "document.getElementById('count').textContent.includes('span')")
    low, high = (int(part) / 1000 for part in re.search(r"span=(\d+)_(\d+)", page.url).groups())
    counts_to(page, sum(low <= at(event).timestamp() <= high for event in events))


def a_link_keeps_the_view(reports):
    path = reports.report(reports.sessions(3, 300))
    page = reports.open(path)
    page.get_by_label("Page views (").check()
    page.get_by_label("Session", exact=True).select_option(index=2)
    page.get_by_role("searchbox").fill("e")
    page.get_by_label("Times", exact=True).select_option("visitor")
    page.focus("#lanes")
    page.keyboard.press("+")
    page.locator("#list .body [role=row]").nth(1).click()
    until(page, "location.hash.includes('row=') && location.hash.includes('q=e')")
    settled(page)
    other = reports.open(path, page.evaluate("location.hash"))
    for look in ["#count", "#list [aria-selected=true]", "#detail h3", "#glance"]:
        assert other.inner_text(look) == page.inner_text(look), look
    assert other.get_by_role("searchbox").input_value() == "e"
    assert other.evaluate("location.hash") == page.evaluate("location.hash")
    for address in ["#row=999999&kinds=77&session=-1&span=5_1&zone=Mars&name=x&q=%E0%A4%A", "#span=0_1e308", "#span=-Infinity_Infinity"]:
        reports.open(path, address)
    page = reports.open(path)
    assert page.get_by_label("From each session's start").is_checked()
    page.get_by_label("From each session's start").uncheck()
    other = reports.open(path, page.evaluate("location.hash"))
    assert not other.get_by_label("From each session's start").is_checked()


def hostile_events_are_shown_as_text(reports):
    samples, types = [], set()
    for event in made.lines(reports.sessions(3, 300)):
        if event["eventType"] not in types:
            types.add(event["eventType"])
            samples.append(event)
    assert len(samples) == 5
    events = made.hostile(samples)
    source = reports.folder / "hostile.ndjson"
    made.write(source, events)
    page = reports.open(reports.report(source))
    assert page.locator("script").count() == 3
    assert page.locator("img, svg, iframe, a[href^=javascript], [onerror], [onload], [onclick]").count() == 0
    counts_to(page, len(events))
    assert made.SCRIPT in page.inner_text("#glance")
    assert "[object" not in page.inner_text("body") and "undefined" not in page.inner_text("body")
    assert "⟨U+202E⟩" in page.inner_text("body") and "\u202e" not in page.inner_text("body")
    for row, event in [(0, events[0]), (23, events[23]), (28, events[28])]:
        page.evaluate("(row) => look({ row })", row)
        until(page, "(id) => document.querySelector('#detail pre')?.textContent.includes(id)", arg=json.dumps(event["id"]))
        assert json.loads(page.locator("#detail pre").text_content()) == event, row
    big = len(events) - 6
    page.evaluate("(row) => look({ row })", big)
    page.get_by_role("button", name="Show all").last.wait_for()
    assert len(page.locator("#detail pre").text_content()) == 100_000
    page.get_by_role("searchbox").fill("onerror=alert(2)")
    until(page, "location.hash.includes('onerror')")
    settled(page)
    assert page.locator("script").count() == 3
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img").count() == 0


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


def odd_events_are_told_of(reports):
    source = reports.folder / "odd.ndjson"
    made.write(source, made.odd())
    with open(source, "a", encoding="utf-8") as file:
        file.write("no event\n\n{\"eventType\":3}\n")
    page = reports.open(reports.report(source, status=1))
    problems = page.inner_text("#problems")
    for told in ["without a date", "1 event is without an id", "there twice and counted once", "of the id of another one",
                 "earlier than the one before, by up to 3600 s", "HologramEvent", "2 lines are no event", "line 8, 10", "without a session's id"]:
        assert told in problems, (told, problems)
    counts_to(page, 6)
    # An event without a date says nothing of the time before the next one.
    assert page.locator("#list .after-idle").count() == 1
    assert page.locator("#list .after-idle").get_attribute("aria-rowindex") == "2"
    # The late event of 09:00 is not what the one of 10:00:05 came after.
    assert "longest 1 h: 1 Jan 2026, 09:00:00 to 10:00:00" in glance(page, "Idle"), glance(page, "Idle")
    empty = reports.folder / "empty.ndjson"
    empty.write_text("")
    page = reports.open(reports.report(empty))
    assert "There are no events." in page.inner_text("#problems")
    assert page.locator("#timeline").is_hidden()
    undated = reports.folder / "undated.ndjson"
    made.write(undated, [{"eventType": "x", "id": "1"}, {"eventType": "y", "id": "2", "createdDate": None}])
    page = reports.open(reports.report(undated))
    assert page.locator("#timeline").is_hidden()
    counts_to(page, 2)
    far = reports.folder / "far.ndjson"
    made.write(far, [{"eventType": "x", "id": "1", "createdDate": "0001-01-01T00:00:00Z"},
                     {"eventType": "x", "id": "2", "createdDate": "9999-12-30T00:00:00Z"}])
    counts_to(reports.open(reports.report(far)), 2)


def print_has_what_is_looked_at(reports):
    page = reports.open(reports.report(reports.demo(100)))
    page.get_by_label("Offer steps (").check()
    settled(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#printed tbody tr").count() == count(page)
    assert page.locator("#list").is_hidden() and page.locator("#filters").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed tr").count() == 0
    assert page.pdf()[:4] == b"%PDF"


def people_with_screen_readers_can_use_it(reports):
    sources = [reports.demo(100), reports.sessions(3, 300), reports.folder / "odd.ndjson", reports.folder / "empty.ndjson"]
    for source in sources:
        for scheme in ["light", "dark"]:
            page = reports.open(Path(source).with_suffix(".html") if source.name in ("odd.ndjson", "empty.ndjson") else reports.report(source),
                                color_scheme=scheme)
            if page.locator("#list").is_visible():
                page.locator("#list .body [role=row]").nth(1).click()
                until(page, "document.querySelector('#detail pre')?.textContent.length > 10")
            found = Axe().run(page)
            told = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found.response["violations"]]
            assert not told, (source.name, scheme, told)


def sessions_stand_side_by_side(reports):
    page = reports.open(reports.report(reports.sessions(3, 300)))
    assert page.locator("#lanes .lane canvas").count() == 3
    tops = [page.locator("#glance article").nth(number).bounding_box()["y"] for number in range(3)]
    assert tops[0] == tops[1] == tops[2]
    page.get_by_label("Session", exact=True).select_option(index=1)
    counts_to(page, 300)


def large_reports_open_and_scroll(reports):
    for number in [1, 10_000, 50_000]:
        path = reports.report(reports.demo(number))
        opened = []
        for _ in range(3):
            start = time.monotonic()
            page = reports.open(path)
            settled(page)
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
    a_stranger_is_told_what_the_events_say, filters_and_search_leave_what_they_say, a_click_shows_the_events_json,
    the_keyboard_does_all, dragging_zooms_into_a_span, a_link_keeps_the_view, hostile_events_are_shown_as_text,
    the_policy_lets_nothing_else_run, odd_events_are_told_of, print_has_what_is_looked_at,
    people_with_screen_readers_can_use_it, sessions_stand_side_by_side, large_reports_open_and_scroll,
]


def screenshots(reports, folder):
    for name, source in [("1", reports.demo(1)), ("100", reports.demo(100)), ("10000", reports.demo(10_000)),
                         ("sessions", reports.sessions(3, 300)), ("hostile", reports.folder / "hostile.ndjson"), ("odd", reports.folder / "odd.ndjson")]:
        for scheme in ["light", "dark"]:
            page = reports.open(Path(source).with_suffix(".html"), color_scheme=scheme)
            settled(page)
            page.screenshot(path=f"{folder}/{name}-{scheme}.png", full_page=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--screenshots")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    done, failed = 0, 0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=args.chromium, args=["--no-sandbox"])
        reports = Reports(str(Path(args.program).resolve()), browser, folder)
        for check in CHECKS:
            if args.only not in check.__name__:
                continue
            done += 1
            try:
                check(reports)
                reports.is_quiet()
                print(f"ok  {check.__name__}", flush=True)
            except Exception as error:  # noqa: BLE001: the next check is made all the same
                failed += 1
                print(f"FAILED  {check.__name__}: {type(error).__name__} {error}", flush=True)
                reports.complaints.clear()
            for context in browser.contexts:
                context.close()
        if args.screenshots:
            screenshots(reports, args.screenshots)
        browser.close()
    print(f"{done - failed} checks of report pages passed, {failed} failed")
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
