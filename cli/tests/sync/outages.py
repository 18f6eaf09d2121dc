"""A service that is down, slow, refuses requests, or refuses the token."""

import time

import oracle
from oracle import Reader
from processes import check, wait_until

DATA = ("--sessions", 60, "--events", 220)


def interrupted(world, *steps, **environment):
    """Runs `sync` while the service changes. Returns the emulator, the tool and how the run ended."""
    emulator = world.emulator(*DATA, "--latency-ms", 300)
    expected = emulator.event_ids()
    tool = world.tool(emulator, world.path("outage"), **environment)
    with Reader(tool.dataset, "parquet"):
        running = tool.begin_sync("--json")
        emulator.wait_for_requests(40)
        for step, seconds in steps:
            step(emulator)
            time.sleep(seconds)
            check(running.is_running() or step is steps[-1][0], "the run ended before the service was back")
        ended = running.wait()
    return emulator, tool, ended, expected


def back(emulator):
    emulator.restart(*DATA, "--latency-ms", 50)


def check_all_complete(tool, ended, expected):
    report = ended.expect(0).json()
    check(report["ended"] == {"reason": "complete"}, f"expected a complete run, got {report['ended']}")
    totals = report["status"]["totals"]
    check(totals["failed"] == 0, f"expected no failed session, got {totals['failed']}: {report['status']['failures']}")
    return oracle.check_exact(tool.dataset, expected)


def row_88_a_service_that_is_gone_fails_no_session(world):
    seconds = world.count(6, 60)
    gone = lambda emulator: emulator.kill()
    _, tool, ended, expected = interrupted(world, (gone, seconds), (back, 0))
    rows = check_all_complete(tool, ended, expected)
    return f"{seconds} s without a service, {rows} rows and ids, 0 of 60 sessions failed, {ended.seconds:.0f} s"


def row_88_a_service_that_answers_only_503_fails_no_session(world):
    seconds = world.count(6, 60)
    down = lambda emulator: emulator.restart(*DATA, "--fault", "503")
    _, tool, ended, expected = interrupted(world, (down, seconds), (back, 0))
    rows = check_all_complete(tool, ended, expected)
    return f"{seconds} s of 503, {rows} rows and ids, 0 of 60 sessions failed, {ended.seconds:.0f} s"


def row_88_a_service_that_comes_and_goes_fails_no_session(world):
    # Long enough for requests to use up their retries, then just long enough for the first answer.
    times, slow = world.count(1, 4), lambda emulator: emulator.restart(*DATA, "--latency-ms", 2000)
    steps = [(lambda emulator: emulator.kill(), 20), (slow, 3.5)] * times
    _, tool, ended, expected = interrupted(world, *steps, (lambda emulator: emulator.kill(), 20), (back, 0))
    rows = check_all_complete(tool, ended, expected)
    return f"gone {times + 1} times for 20 s, {rows} rows and ids, 0 of 60 sessions failed, {ended.seconds:.0f} s"


def row_88_a_retry_after_is_waited_for_and_fails_no_session(world):
    wait = world.count(8, 600)
    throttled = lambda emulator: emulator.restart(*DATA, "--fault", f"429:every=20,retry-after={wait}")
    emulator = world.emulator(*DATA)
    expected = emulator.event_ids()
    throttled(emulator)
    tool = world.tool(emulator, world.path("throttled"))
    tool.options += ["--concurrency", "4"]
    running = tool.begin_sync("--json")
    is_refused = lambda: any(request["status"] == 429 for request in emulator.requests())
    wait_until(is_refused, "a refused request")
    # What was under way meanwhile is refused or answered: the wait counts although nothing is refused any more.
    emulator.wait_for_silence(1)
    back(emulator)
    ended = running.wait(wait + 120)
    early = [request["atMs"] for request in emulator.requests() if request["atMs"] < (wait - 5) * 1000]
    check(not early, f"expected no request within {wait} s, {len(early)} came {early[:5]} ms after the service was back")
    rows = check_all_complete(tool, ended, expected)
    return f"Retry-After {wait} s, {rows} rows and ids, 0 of 60 sessions failed, {ended.seconds:.0f} s"


def row_88_a_token_that_is_refused_ends_the_run_with_everything_published(world):
    refuse = lambda emulator: emulator.restart(*DATA, "--check-tokens")
    emulator, tool, ended, expected = interrupted(world, (refuse, 0))
    report = ended.expect(1, "everything received is kept", "GENESYSCLOUD_ACCESS_TOKEN", "the token may have expired").json()
    check(report["ended"]["reason"] == "gave_up", f"expected gave_up, got {report['ended']}")
    totals = report["status"]["totals"]
    check(totals["unpublished_rows"] == 0 and totals["failed"] == 0, f"expected all to be published and none failed: {totals}")
    published = oracle.ids(tool.dataset)
    check(0 < len(published) == len(set(published)) < len(expected), f"expected a part of the events, found {len(published)} rows")
    check(ended.seconds < 30, f"expected an early end, it took {ended.seconds:.0f} s")
    back(emulator)
    rows = check_all_complete(tool, tool.sync("--json"), expected)
    return f"{len(published)} rows published at the early end after {ended.seconds:.1f} s, then {rows} rows and ids"


def row_88_tokens_that_expire_are_renewed(world):
    emulator = world.emulator("--sessions", 60, "--events", 20, "--latency-ms", 1000, "--check-tokens", "--token-lifetime", 6)
    credentials = {
        "GENESYSCLOUD_OAUTHCLIENT_ID": emulator.ready["client_id"],
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": emulator.ready["client_secret"],
    }
    tool = world.tool(emulator, world.path("renewed"), **credentials)
    del tool.environment["GENESYSCLOUD_ACCESS_TOKEN"]
    report = tool.complete()
    logins = [request for request in emulator.recorded() if request["path"].startswith("/oauth")]
    check(len(logins) > 1, f"expected several logins, found {len(logins)}")
    emulator.restart("--sessions", 60, "--events", 20)
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    return f"{len(logins)} logins with a lifetime of 6 s, {rows} rows and ids in {report['seconds']} s"


CHECKS = [
    row_88_a_service_that_is_gone_fails_no_session,
    row_88_a_service_that_answers_only_503_fails_no_session,
    row_88_a_service_that_comes_and_goes_fails_no_session,
    row_88_a_retry_after_is_waited_for_and_fails_no_session,
    row_88_a_token_that_is_refused_ends_the_run_with_everything_published,
    row_88_tokens_that_expire_are_renewed,
]
