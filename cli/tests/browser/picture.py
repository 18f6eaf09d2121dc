"""What the timeline shows, by its pixels."""

import events as made
from reports import at, body, name, settled
from told import gaps, states

#: Where a lane has its pages, events and marks, from its top; as in `painter.js`.
PAGES, EVENTS, SEGMENTS, OFFERS, OUTCOMES = 15, 54, 64, 74, 86


class Lane:
    """The one lane of a page, whose span is all of its events."""

    def __init__(self, page, events):
        self.page = page
        self.width = page.locator("#lanes .lane canvas").bounding_box()["width"]
        first, last = (at(event).timestamp() for event in (events[0], events[-1]))
        margin = max((last - first) / 100, 0.5)
        self.first, self.length = first - margin, last - first + 2 * margin

    def x(self, moment):
        return (moment.timestamp() - self.first) / self.length * self.width

    def has(self, colour, x, y, reach=2):
        """Whether a colour of the page's style is near a place."""
        return self.page.evaluate("""([name, x, y, reach]) => {
            const canvas = document.querySelector('#lanes .lane canvas');
            const brush = document.createElement('canvas').getContext('2d');
            brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
            brush.fillRect(0, 0, 1, 1);
            const wanted = brush.getImageData(0, 0, 1, 1).data;
            const side = 2 * reach + 1;
            const copy = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, reach - x, reach - y);
            const { data } = copy.getImageData(0, 0, side, side);
            for (let at = 0; at < data.length; at += 4) {
                if (data[at + 3] > 200 && [0, 1, 2].every((part) => Math.abs(data[at + part] - wanted[part]) < 40)) return true;
            }
            return false;
        }""", [colour, round(x), y, reach])


def the_timeline_is_to_scale(reports):
    source = reports.demo(200)
    events = made.lines(source)
    for scheme in ["light", "dark"]:
        page = reports.open(reports.report(source), color_scheme=scheme)
        lane = Lane(page, events)
        before, after, _ = max(gaps(events), key=lambda gap: gap[2])
        # Beside the middle, where a label would be.
        idle = 0.95 * lane.x(at(before)) + 0.05 * lane.x(at(after))
        assert lane.has("--hatch", idle, 80, reach=5), "idle times are hatched"
        assert not any(lane.has(f"--b{colour}", idle, PAGES, reach=0) for colour in range(6)), "no page is open when idle"
        active = max((gap for gap in gaps(events) if gap[2] < 60 and name(gap[0]) == "page_viewed"), key=lambda gap: gap[2])
        middle = (lane.x(at(active[0])) + lane.x(at(active[1]))) / 2
        assert any(lane.has(f"--b{colour}", middle, PAGES, reach=0) for colour in range(6)), "pages have their colours"
        for row in [0, 50, len(events) - 1]:
            x = lane.x(at(events[row]))
            assert lane.has("--k0", x, EVENTS) or lane.has("--k1", x, EVENTS), "an event is where its time is"
        outcome = next(event for event in events if "outcome" in body(event))
        assert lane.has("--k4", lane.x(at(outcome)), OUTCOMES)
        assert not lane.has("--k4", lane.x(at(outcome)) + 40, OUTCOMES)
        segment = next(event for event in events if "segment" in body(event))
        assert lane.has("--k2", lane.x(at(segment)), SEGMENTS)


def accepted_offers_are_filled_and_others_hollow(reports):
    source = reports.demo(200)
    events, page = made.lines(source), reports.open(reports.report(source))
    lane = Lane(page, events)
    places = [(lane.x(at(chain[0][1])), chain) for chain in states(events)]
    alone = [(x, chain) for x, chain in places if all(other is chain or abs(x - there) > 30 for there, other in places)]
    assert {"accepted" in dict(chain) for _, chain in alone} == {True, False}
    for x, chain in alone:
        assert lane.has("--k3", x - 4, OFFERS, reach=3)
        assert lane.has("--k3", x, OFFERS, reach=1) == ("accepted" in dict(chain)), chain


def what_the_filters_leave_out_is_dimmed(reports):
    source = reports.demo(200)
    events = made.lines(source)
    page = reports.open(reports.report(source), "#kinds=4")
    lane = Lane(page, events)
    segment = next(event for event in events if "segment" in body(event))
    outcome = next(event for event in events if "outcome" in body(event))
    assert lane.has("--k4", lane.x(at(outcome)), OUTCOMES)
    assert not lane.has("--k2", lane.x(at(segment)), SEGMENTS)
    assert not lane.has("--k0", lane.x(at(events[0])), EVENTS) and lane.has("--line", lane.x(at(events[0])), EVENTS)
    page.evaluate("look(unfiltered())")
    settled(page)
    assert lane.has("--k2", lane.x(at(segment)), SEGMENTS)


def steps_of_the_axis_are_told_apart(reports):
    source = reports.sessions(3, 300)
    page = reports.open(reports.report(source))
    texts = "(span) => { look({ from: span[0], to: span[1] }); const told = []; const show = CanvasRenderingContext2D.prototype.fillText;" \
        "CanvasRenderingContext2D.prototype.fillText = function (text, ...at) { told.push(text); show.call(this, text, ...at); };" \
        "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => { CanvasRenderingContext2D.prototype.fillText = show; done(told); }))); }"
    for span in [[3_900_000, 3_950_000], [3_900_000, 3_900_300], [-5_000, 8_000_000]]:
        told = [text for text in page.evaluate(texts, span) if text.startswith("+")]
        assert len(told) > 3 and len(told) == len(set(told)), told


CHECKS = [
    the_timeline_is_to_scale, accepted_offers_are_filled_and_others_hollow, what_the_filters_leave_out_is_dimmed, steps_of_the_axis_are_told_apart,
]
