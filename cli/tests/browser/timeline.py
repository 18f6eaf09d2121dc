"""Checks what the timeline draws, by position."""

import samples
from content import gaps, states
from reports import at, body, name, wait_for_frames

#: Vertical positions within a lane; as in `painter.js`.
PAGES, EVENTS, SEGMENTS, OFFERS, OUTCOMES = 15, 54, 64, 74, 86


class Lane:
    """The only lane of a page that shows all of its events."""

    def __init__(self, page, events):
        self.page = page
        svg = page.locator("#lanes .lane svg")
        svg.scroll_into_view_if_needed()
        self.box = svg.bounding_box()
        first, last = (at(event).timestamp() for event in (events[0], events[-1]))
        margin = max((last - first) / 100, 0.5)
        self.first, self.length = first - margin, last - first + 2 * margin

    def x(self, moment):
        return (moment.timestamp() - self.first) / self.length * self.box["width"]

    def has(self, style, x, y, reach=2):
        """Returns whether a shape of a style is near a position."""
        return self.page.evaluate("""([style, x, y, reach]) => {
            for (let right = -reach; right <= reach; right += 1) {
                for (let down = -reach; down <= reach; down += 1) {
                    if (document.elementsFromPoint(x + right, y + down).some((element) => element.matches(`.chart ${style}`))) return true;
                }
            }
            return false;
        }""", [style, self.box["x"] + x, self.box["y"] + y, reach])


def the_timeline_is_to_scale(reports):
    source = reports.demo(200)
    events = samples.read(source)
    for scheme in ["light", "dark"]:
        page = reports.open(reports.report(source), color_scheme=scheme)
        lane = Lane(page, events)
        before, after, _ = max(gaps(events), key=lambda gap: gap[2])
        # Not in the middle, where a label would be.
        idle = 0.95 * lane.x(at(before)) + 0.05 * lane.x(at(after))
        assert lane.has(".idle", idle, 80, reach=1), "idle periods are hatched"
        assert not any(lane.has(f".b{colour}", idle, PAGES, reach=0) for colour in range(6)), "no page is open during an idle period"
        active = max((gap for gap in gaps(events) if gap[2] < 60 and name(gap[0]) == "page_viewed"), key=lambda gap: gap[2])
        middle = (lane.x(at(active[0])) + lane.x(at(active[1]))) / 2
        assert any(lane.has(f".b{colour}", middle, PAGES, reach=0) for colour in range(6)), "pages are coloured"
        for row in [0, 50, len(events) - 1]:
            x = lane.x(at(events[row]))
            assert lane.has(".k0", x, EVENTS) or lane.has(".k1", x, EVENTS), "an event is at its time"
        outcome = next(event for event in events if "outcome" in body(event))
        assert lane.has(".k4", lane.x(at(outcome)), OUTCOMES)
        assert not lane.has(".k4", lane.x(at(outcome)) + 40, OUTCOMES)
        segment = next(event for event in events if "segment" in body(event))
        assert lane.has(".k2", lane.x(at(segment)), SEGMENTS)


def accepted_offers_are_filled_and_others_hollow(reports):
    source = reports.demo(200)
    events, page = samples.read(source), reports.open(reports.report(source))
    lane = Lane(page, events)
    positions = [(lane.x(at(chain[0][1])), chain) for chain in states(events)]
    alone = [(x, chain) for x, chain in positions if all(other is chain or abs(x - other_x) > 30 for other_x, other in positions)]
    assert {"accepted" in dict(chain) for _, chain in alone} == {True, False}
    for x, chain in alone:
        assert lane.has(".mark.k3", x - 4, OFFERS, reach=3)
        assert lane.has(".mark.k3", x, OFFERS, reach=1) == ("accepted" in dict(chain)), chain
    assert page.locator(".chart .hollow").evaluate("(mark) => getComputedStyle(mark).fill") == "none"


def filtered_out_events_are_dimmed(reports):
    source = reports.demo(200)
    events = samples.read(source)
    page = reports.open(reports.report(source), "#kinds=4")
    lane = Lane(page, events)
    segment = next(event for event in events if "segment" in body(event))
    outcome = next(event for event in events if "outcome" in body(event))
    assert lane.has(".k4", lane.x(at(outcome)), OUTCOMES)
    assert not lane.has(".k2", lane.x(at(segment)), SEGMENTS)
    assert not lane.has(".k0", lane.x(at(events[0])), EVENTS) and lane.has(".dimmed", lane.x(at(events[0])), EVENTS)
    page.evaluate("updateView(unfiltered())")
    wait_for_frames(page)
    assert lane.has(".k2", lane.x(at(segment)), SEGMENTS)


def axis_labels_are_distinct(reports):
    source = reports.sessions(3, 300)
    page = reports.open(reports.report(source))
    for span in [[3_900_000, 3_950_000], [3_900_000, 3_900_300], [-5_000, 8_000_000]]:
        page.evaluate("([from, to]) => updateView({ from, to })", span)
        wait_for_frames(page)
        labels = page.locator("#axis text").all_text_contents()
        assert len(labels) > 3 and len(labels) == len(set(labels)) and all(text.startswith("+") for text in labels), labels


def idle_periods_narrower_than_a_pixel_are_drawn_together(reports):
    source = reports.demo(50_000)
    events, page = samples.read(source), reports.open(reports.report(source))
    lane = Lane(page, events)
    # Five sixths of the time are idle, in periods narrower than a pixel.
    idle = sum(lane.has(".idle", x, 90, reach=0) for x in range(20, int(lane.box["width"]) - 20, 10))
    assert idle > 60, idle


def titles_of_either_direction_are_truncated_at_their_end(reports):
    events = [{"eventType": "com.genesys.journey.WebEvent", "id": str(second), "session": {"id": "s"},
               "createdDate": f"2026-01-01T10:00:{second:02}Z", "webEvent": {"page": {"title": "\u05e9" + "i" * (second % 10) + "\U0001f600" * 60, "url": f"https://a.example/{second}"}}}
              for second in range(0, 60, 7)]
    page = reports.open(reports.of("directions", events))
    texts = page.locator("#lanes .lane svg text")
    assert page.evaluate("[...Array(1000).keys()].every((room) => truncated('\U0001f600'.repeat(9), room / 10).isWellFormed())")
    texts = [text for text in texts.all_text_contents() if "\u05e9" in text]
    assert texts and all(text[0] == "\u2068" and text[-1] == "\u2069" for text in texts), texts
    assert len(texts) == 8 and all(text[-2] == "…" for text in texts), texts


def the_timeline_has_a_few_hundred_elements_for_any_number_of_events(reports):
    page = reports.open(reports.report(reports.demo(50_000)))
    assert page.locator("#lanes .lane svg *").count() < 400
    lengths = "(paths) => Math.max(...paths.map((path) => path.getAttribute('d').length))"
    assert page.locator("#lanes .lane svg path").evaluate_all(lengths) < 100_000
    assert page.locator("#lanes .lane svg path.b0").evaluate_all(lengths) < 15_000, "bars narrower than a pixel are mostly left out"


CHECKS = [
    the_timeline_is_to_scale, accepted_offers_are_filled_and_others_hollow, filtered_out_events_are_dimmed, axis_labels_are_distinct,
    the_timeline_has_a_few_hundred_elements_for_any_number_of_events, idle_periods_narrower_than_a_pixel_are_drawn_together,
    titles_of_either_direction_are_truncated_at_their_end,
]
