"""Creates reports and opens them in a browser."""

import json
import re
import subprocess
import time
from datetime import datetime
from pathlib import Path


#: Names of the emulator's segments, whose events have only their ids.
SEGMENTS = {f"5e6d0a52-7d0b-4b7e-8f57-1c1d5c3e9a0{number}": name for number, name in
            enumerate(["Lamp lovers", "Rain gear", "Big baskets", "Newsletter"], 1)}


class Reports:
    """Creates reports and opens them in a browser."""

    def __init__(self, program, browser, folder):
        self.program, self.browser, self.folder = program, browser, Path(folder)
        self.errors, self.requests = [], []

    def demo(self, number):
        path = self.folder / f"demo-{number}.ndjson"
        if not path.exists():
            with open(path, "wb") as file:
                subprocess.run([self.program, "demo", "--events", str(number)], stdout=file,
                               stderr=subprocess.DEVNULL, check=True)
        return path

    def sessions(self, number, count):
        """Returns a file with events of several sessions of an emulator."""
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
                               stdout=file, check=True,
                               env={"GENESYSCLOUD_ACCESS_TOKEN": "any", "XDG_STATE_HOME": str(self.folder / "state")})
        finally:
            emulator.terminate()
            emulator.wait()
        return path

    def customer(self, number, count):
        """Returns a file with events of several sessions, all of one customer."""
        path = self.folder / f"customer-{number}-{count}.ndjson"
        events = [json.loads(line) for line in self.sessions(number, count).read_text(encoding="utf-8").splitlines()]
        emails = [body(event)["traits"]["email"] for event in events if "email" in body(event).get("traits", {})]
        for event in events:
            event |= {name: events[0][name] for name in ("customerId", "customerIdType")}
            if "email" in body(event).get("traits", {}):
                body(event)["traits"]["email"] = emails[0]
        path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        return path

    def of(self, name, events, extra_lines="", status=0):
        """Returns a report of events and extra lines."""
        path = self.folder / f"{name}.ndjson"
        path.write_text("".join(json.dumps(event) + "\n" for event in events) + extra_lines, encoding="utf-8")
        return self.report(path, status)

    def report(self, source, status=0, names=None):
        path = Path(source).with_suffix(".html")
        arguments = ["--from", str(source), "--output", str(path)]
        if names is not None:
            path.with_suffix(".names").write_text(json.dumps(names), encoding="utf-8")
            arguments += ["--names", str(path.with_suffix(".names"))]
        done = subprocess.run([self.program, "report", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == status, (done.returncode, done.stderr)
        return path

    def open(self, path, address="", width=1400, height=1000, **settings):
        context = self.browser.new_context(viewport={"width": width, "height": height}, **settings)
        context.set_default_timeout(TIMEOUT * 1000)
        page = context.new_page()
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(f"{path.as_uri()}{address}")
        until(page, "document.documentElement.dataset.ready")
        wait_for_frames(page)
        return page

    def assert_no_errors_or_requests(self):
        """Fails if the console has messages or anything but the reports was requested."""
        assert not self.errors, self.errors
        outside = [url for url in self.requests if not url.startswith(self.folder.as_uri())]
        assert not outside, outside


#: How long to wait for the page, in seconds: the largest event has 57 MB of JSON, and the machine may be busy.
TIMEOUT = 120


def until(page, condition, arg=None):
    """Waits for a condition. Playwright's `wait_for_function` needs `eval`, which the page's policy blocks."""
    end = time.monotonic() + TIMEOUT
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, condition
        time.sleep(0.01)


def wait_for_frames(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def count(page):
    """Returns the number of events that the page says it lists."""
    return int(re.match(r"[\d,]+", page.inner_text("#count")).group().replace(",", ""))


def wait_for_count(page, number):
    until(
        page, "(number) => Number(document.getElementById('count').textContent.split(' ')[0].replaceAll(',', '')) === number",
        arg=number)


def tile(page, name):
    """Returns a tile's figure and note."""
    return page.locator(".tile", has=page.locator(f"span:text-is('{name}')")).locator("b, em").all_inner_texts()


def story(page):
    """Returns the story's rows: of a visit its heading, of an event its time, text, and time since the one before."""
    rows = {}
    list_ = page.locator("#list")
    page.evaluate("document.getElementById('list').scrollTop = 0")
    while True:
        wait_for_frames(page)
        rows |= {row["index"]: row for row in page.evaluate("""() => [...document.querySelectorAll('#list .body > [role=row]')].map((row) => ({
            index: Number(row.ariaRowIndex), isVisit: row.classList.contains('visit'), row: row.id.slice(4),
            text: row.querySelector('.what')?.title ?? row.textContent, time: row.querySelector('.time')?.textContent, since: row.querySelector('.since')?.textContent,
        }))""")}
        if page.evaluate("(() => { const list = document.getElementById('list'); const before = list.scrollTop; list.scrollTop += list.clientHeight; return list.scrollTop === before; })()"):
            break
    assert sorted(rows) == list(range(2, len(rows) + 2)) and int(list_.get_attribute("aria-rowcount")) == len(rows) + 1
    return [rows[index] for index in sorted(rows)]


def show_json(page):
    """Opens the selected event's JSON."""
    raw = page.locator("#detail details")
    if raw.get_attribute("open") is None:
        raw.locator("summary").click()


def rows_of(page, name):
    """Returns a table's rows as lists of cell texts."""
    rows = page.get_by_role("table", name=name, exact=True).locator("tbody tr")
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in rows.all()]


def wait_for_detail(page, text):
    until(page, "(text) => document.querySelector('#detail pre').textContent.includes(text)", arg=text)


def body(event):
    """Returns an event's body: the member named after its type."""
    name = event["eventType"].rsplit(".", 1)[1]
    return event.get(name[0].lower() + name[1:], {})


def name(event):
    return body(event).get("eventName")


def at(event):
    return datetime.fromisoformat(event["createdDate"])


def shown(moment):
    """Formats a time as the page does."""
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def duration(seconds):
    """Formats a duration of less than a day as the page does."""
    if seconds < 10:
        return f"{round(seconds * 10 + 1e-9) / 10:g} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    while parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number)
