"""Machines that share nothing but a database and a bucket."""

import os

import oracle
from processes import Tool, check
from servers import Bucket, Postgres

# Instead of 60 s, for workers that are killed or stopped.
LEASE = 3.0


class Machines:
    """A dataset, and machines that work on it."""

    def __init__(self, world, emulator, postgres=None, bucket=None, **environment):
        self.world, self.emulator = world, emulator
        self.postgres, self.bucket = postgres or Postgres(), bucket or Bucket()
        self.environment = environment
        self.settings = []
        if postgres is None:
            self.machine().run("ledger", "init").expect(0)

    def machine(self, port=None, **environment):
        """One more machine: its state is its own. `port` leads to the database."""
        number = self.world.path("machine")
        stores = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        lease = {"JOURNEY_EVENTS_LEASE_MS": str(int(LEASE * 1000))}
        ledger = {"JOURNEY_EVENTS_LEDGER": self.postgres.url(port)}
        return Machine(self, {**stores, **lease, **ledger, "XDG_STATE_HOME": str(number), **self.environment, **environment})

    def check_exact(self, expected):
        """Every expected event once in the files that a reader finds, as DuckDB reads them."""
        return oracle.check_exact(self.bucket.download(self.world.path("download")), expected)

    def check_complete(self, expected):
        rows = self.check_exact(expected)
        left = self.bucket.left_over()
        check(not left, f"expected no part left over, found {left}")
        return rows


class Machine(Tool):
    """One machine."""

    def __init__(self, machines, environment):
        super().__init__(machines.world, machines.emulator, "unused", None, environment)
        self.machines = machines

    def is_created(self):
        return f"{self.machines.bucket.prefix}/_journey-events/dataset.json" in self.machines.bucket.keys()

    def begin(self, command, *options, lists=True, process=None, fault=None):
        if command == "ledger":
            line = [self.world.program, "ledger", *options]
        else:
            line = [self.world.program, command, self.machines.bucket.url, *options]
        if command == "sync":
            line += ["--base-url", self.emulator.base_url, *self.options]
            line += ["--sessions", str(self.list)] if lists else []
            if not self.is_created():
                line += ["--create", *self.settings, *self.machines.settings]
        return self.start(line, fault, process)
