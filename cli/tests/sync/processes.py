"""The emulator and `journey-events` as processes, and the folder they run in."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import traceback
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# A command that takes longer hangs.
LONGEST = 150
ABORTED = -signal.SIGABRT
KILLED = -signal.SIGKILL


def check(condition, text):
    """Fails with what was expected and what was found."""
    if not condition:
        raise AssertionError(text)


def wait_until(condition, what, seconds=60):
    """Waits for what a check begins with, however fast the machine is."""
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, f"expected {what} within {seconds} s")
        time.sleep(0.02)


def run_check(check, program, folder, is_full):
    """Returns whether a check passed, and the line to print."""
    start = time.monotonic()
    with World(program, Path(folder) / check.__name__, is_full) as world:
        try:
            passed, text = True, check(world)
        except Exception as error:  # noqa: BLE001: the other checks still run
            told = str(error) if isinstance(error, AssertionError) else "".join(traceback.format_exception(error, limit=-3))
            passed, text = False, told
    return passed, f"{'ok' if passed else 'FAILED'}  {check.__name__}: {text} ({time.monotonic() - start:.0f} s)"


class World:
    """The folder of one check. Leaving it ends all processes that were started in it."""

    def __init__(self, program, folder, is_full):
        self.program, self.folder, self.is_full = program, folder, is_full
        folder.mkdir(mode=0o711)
        self.lock = threading.Lock()
        self.datasets = 0
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def count(self, usual, full):
        """How often something is done: as often as the catalogue asks for, or often enough for every change."""
        return full if self.is_full else usual

    def path(self, name):
        """A path that no other call returns."""
        with self.lock:
            self.datasets += 1
            return self.folder / f"{name}-{self.datasets}"

    def start(self, command, **options):
        process = subprocess.Popen(command, text=True, **options)
        with self.lock:
            self.started.append(process)
        return process

    def emulator(self, *options):
        return Emulator(self, options)

    def tool(self, emulator, dataset, sessions=None, **environment):
        return Tool(self, emulator, dataset, sessions, environment)


class Emulator:
    """`journey-events emulate`, which can be killed and started again on the same port."""

    def __init__(self, world, options):
        self.world, self.port = world, 0
        self.start(*options)
        self.port = int(self.base_url.rsplit(":", 1)[1])
        self.sessions = [session["id"] for session in self.ready["sessions"]]
        self.events = sum(session["events"] for session in self.ready["sessions"])

    def start(self, *options):
        command = [self.world.program, "emulate", "--port", str(self.port), *map(str, options)]
        self.process = self.world.start(command, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        check(line, f"the emulator didn't start with {options}")
        self.ready = json.loads(line)
        self.base_url = self.ready["base_url"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self, *options):
        self.kill()
        self.start(*options)

    def get(self, path, method="GET"):
        request = urllib.request.Request(self.base_url + path, method=method, headers={"Authorization": "Bearer any"})
        with urllib.request.urlopen(request, timeout=60) as opened:
            return opened.read()

    def requests(self):
        """What it received, the requests of these checks left out."""
        received = self.recorded()
        agent = lambda request: dict(request["headers"]).get("user-agent", "")
        return [request for request in received if request["path"].startswith("/api/") and not agent(request).startswith("Python")]

    def wait_for_requests(self, more):
        """Waits until so many requests have come since this was called."""
        before = len(self.requests())
        wait_until(lambda: len(self.requests()) >= before + more, f"{more} requests")

    def wait_for_silence(self, seconds):
        """Waits until no request has come for so long."""
        seen, since = len(self.requests()), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.05)
            if (now := len(self.requests())) != seen:
                seen, since = now, time.monotonic()

    def recorded(self):
        return json.loads(self.get("/emulator/requests"))

    def check_quota(self):
        """Checks that no time as long as a window had more requests than the quota, and returns how many there were."""
        report = json.loads(self.get("/emulator/quota"))
        [client] = report["clients"]
        admitted, refused = (sum(window[name] for window in client["windows"]) for name in ["admitted", "refused"])
        check(refused == 0, f"expected no request over the quota, {refused} of {admitted + refused} were")
        check(client["most"] <= report["requests"], f"expected at most {report['requests']} requests in a window, not {client['most']}")
        return admitted

    def event_ids(self):
        """All ids as it serves them, fetched without `journey-events`."""
        with ThreadPoolExecutor(16) as pool:
            return [id for ids in pool.map(self.ids_of, self.sessions) for id in ids]

    def ids_of(self, session):
        ids, uri = [], f"/api/v2/journey/sessions/{session}/events?pageSize=200"
        while uri:
            page = json.loads(self.get(uri))
            ids += [event["id"] for event in page["entities"]]
            uri = page.get("nextUri")
        return ids


class Ended:
    """A process that ended."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def expect(self, code, *texts):
        """Checks the exit code and that stderr contains all texts."""
        check(self.code == code, f"expected exit code {code}, got {self.code}; stderr: {self.err}")
        for text in texts:
            check(text in self.err, f"expected {text!r} on stderr, got: {self.err}")
        check("panicked" not in self.err, f"a panic: {self.err}")
        return self

    def json(self):
        return json.loads(self.out)


class Running:
    """A process that runs."""

    def __init__(self, process):
        self.process, self.began = process, time.monotonic()

    def is_running(self):
        return self.process.poll() is None

    def peak_memory(self):
        """The most memory that it has had so far, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def send(self, number):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def wait(self, seconds=LONGEST):
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"still running after {seconds} s: {self.process.args[1:]}; stderr: {err}") from None
        return Ended(self.process.returncode, out, err, time.monotonic() - self.began)


class Tool:
    """`journey-events` for one dataset and one emulator, with `sessions` as its list."""

    def __init__(self, world, emulator, dataset, sessions, environment):
        self.world, self.emulator, self.dataset = world, emulator, Path(dataset)
        self.options, self.settings = ["--quota", "100000"], []
        self.list = world.path("sessions.txt")
        self.list.write_text("".join(f"{session}\n" for session in (emulator.sessions if sessions is None else sessions)))
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(world.folder),
            "XDG_STATE_HOME": str(world.folder / "state"),
            "GENESYSCLOUD_ACCESS_TOKEN": "any",
            **environment,
        }

    def is_created(self):
        return (self.dataset / "_journey-events" / "dataset.json").exists()

    def begin(self, command, *options, fault=None, process=None, lists=True):
        """Starts a command. `sync` gets the list, and creates the dataset if there is none."""
        line = [self.world.program, command, str(self.dataset), *map(str, options)]
        if command == "sync":
            line += ["--base-url", self.emulator.base_url, *self.options]
            line += ["--sessions", str(self.list)] if lists else []
            if not self.is_created():
                line += ["--create", *self.settings]
        return self.start(line, fault, process)

    def start(self, line, fault, process):
        environment = self.environment | ({"JOURNEY_EVENTS_FAULT_POINT": fault} if fault else {})
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return Running(self.world.start(self.wrap(line), env=environment, **pipes, **(process or {})))

    @staticmethod
    def wrap(line):
        """The command that starts another."""
        return line

    def run(self, command, *options, **more):
        return self.begin(command, *options, **more).wait()

    def begin_sync(self, *options, **more):
        return self.begin("sync", *options, **more)

    def sync(self, *options, **more):
        return self.run("sync", *options, **more)

    def status(self):
        ended = self.run("status", "--json")
        return ended, (ended.json() if ended.out else None)

    def complete(self, *options):
        """Runs `sync` to its end, and returns its report."""
        return self.sync("--json", *options).expect(0).json()

    def check_nothing_left_over(self):
        """No part, no file being built and no lock of a process that ended."""
        state = self.dataset / "_journey-events"
        left = [str(path.relative_to(state)) for folder in ("parts", "building", "workers") for path in (state / folder).iterdir()]
        check(not left, f"expected nothing left over, found {left}")
