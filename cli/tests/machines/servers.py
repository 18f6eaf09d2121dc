"""The database and the bucket that machines share, and proxies that fail as networks do."""

import contextlib
import http.client
import itertools
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from processes import check, wait_until

NUMBERS = itertools.count(1)
BUCKET = "journeys"
RELAY = Path(__file__).with_name("relay.py")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def s3():
    return boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT"])


class Postgres:
    """A database of its own on the server of `with-servers`."""

    def __init__(self):
        self.server = urlsplit(os.environ["JOURNEY_EVENTS_TEST_POSTGRES"])
        self.name = f"check_{os.getpid()}_{next(NUMBERS)}"
        self.psql(f"CREATE DATABASE {self.name}", database="postgres")

    def url(self, port=None):
        return f"postgres://postgres@127.0.0.1:{port or self.server.port}/{self.name}"

    def psql(self, sql, database=None):
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--command", sql]
        url = f"postgres://postgres@127.0.0.1:{self.server.port}/{database or self.name}"
        ended = subprocess.run([*command, url], capture_output=True, text=True, check=False)
        check(ended.returncode == 0, f"psql failed: {ended.stderr}")
        return ended.stdout.strip()

    def control(self, *arguments):
        """Runs pg_ctl, as the server's user."""
        data, programs = os.environ["JOURNEY_EVENTS_TEST_POSTGRES_DATA"], os.environ["JOURNEY_EVENTS_TEST_POSTGRES_BIN"]
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        command = [f"{programs}/pg_ctl", "--pgdata", data, "--silent", "--wait", *arguments]
        subprocess.run(command, check=True, cwd=data, start_new_session=True, stdout=subprocess.DEVNULL, **user)

    def stop(self):
        self.control("--mode", "immediate", "stop")

    def start(self):
        self.control("--log", f"{os.environ['JOURNEY_EVENTS_TEST_POSTGRES_DATA']}/log", "start")


class Replicated(Postgres):
    """A database on a server of its own, with a standby that can take over behind the same port."""

    def __init__(self, synchronous):
        self.folder = Path(tempfile.mkdtemp(prefix="replicated-"))
        self.user = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self.primary, self.standby = free_port(), free_port()
        self.program("initdb", "--auth=trust", "--username=postgres", "--pgdata", self.data(self.primary))
        self.begin(self.primary)
        self.relay = CommitCutter(self.primary, 0, 0)
        self.server = urlsplit(f"postgres://postgres@127.0.0.1:{self.relay.port}")
        self.name = "journeys"
        self.psql(f"CREATE DATABASE {self.name}", database="postgres")
        copied = ["--write-recovery-conf", "--checkpoint=fast", "--username=postgres", "--host=127.0.0.1"]
        self.program("pg_basebackup", *copied, f"--port={self.primary}", "--pgdata", self.data(self.standby))
        self.begin(self.standby)
        self.is_standby_running = True
        if synchronous:
            self.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.psql("SELECT pg_reload_conf()")

    def data(self, port):
        return str(self.folder / str(port))

    def program(self, name, *arguments):
        command = [f"{os.environ['JOURNEY_EVENTS_TEST_POSTGRES_BIN']}/{name}", *arguments]
        options = {"cwd": self.folder, "start_new_session": True, "stdout": subprocess.DEVNULL}
        subprocess.run(command, check=True, **options, **self.user)

    def control_server(self, port, *arguments):
        self.program("pg_ctl", "--pgdata", self.data(port), "--silent", "--wait", *arguments)

    def begin(self, port):
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.control_server(port, "--log", f"{self.data(port)}.log", "--options", options, "start")

    def stop_standby(self):
        """It lacks what is committed from now on."""
        self.is_standby_running = False
        self.control_server(self.standby, "--mode=fast", "stop")

    def fail_over(self):
        """The primary is gone, and the standby takes over."""
        self.control_server(self.primary, "--mode=immediate", "stop")
        if not self.is_standby_running:
            self.begin(self.standby)
        self.control_server(self.standby, "promote")
        self.relay.port_behind = self.standby

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.relay.close()
        for port in (self.primary, self.standby):
            if Path(self.data(port), "postmaster.pid").exists():
                self.control_server(port, "--mode=immediate", "stop")
        shutil.rmtree(self.folder)


class Bucket:
    """A prefix of its own in the bucket of `with-servers`."""

    def __init__(self):
        self.prefix = f"check-{os.getpid()}-{next(NUMBERS)}"
        self.url = f"s3://{BUCKET}/{self.prefix}"

    def keys(self):
        pages = s3().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{self.prefix}/")
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def data_keys(self):
        return [key for key in self.keys() if "/_journey-events/" not in key]

    def download(self, folder):
        """Copies the data files that a reader finds into a folder."""
        client = s3()
        for key in self.data_keys():
            path = Path(folder) / key.removeprefix(f"{self.prefix}/")
            # The check of modes is of what `sync` makes.
            for above in (Path(folder), path.parent):
                above.mkdir(mode=0o700, exist_ok=True)
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                client.download_fileobj(BUCKET, key, file)
        return folder

    def left_over(self):
        return [key for key in self.keys() if "/_journey-events/parts/" in key]


class CommitCutter:
    """Forwards connections to PostgreSQL, and cuts some of them once COMMIT was forwarded: its reply is lost."""

    def __init__(self, port, chance, seed):
        self.port_behind, self.chance, self.random = port, chance, random.Random(seed)
        self.cut = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.port_behind))
        except OSError:
            client.close()
            return
        threading.Thread(target=self.pump, args=(server, client), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                lose = b"COMMIT" in data and self.random.random() < self.chance
                if lose:
                    # No reply of it reaches the client, which may come back before the server has it.
                    client.shutdown(socket.SHUT_RDWR)
                    time.sleep(self.random.choice((0, 0.5)))
                server.sendall(data)
                if lose:
                    self.cut += 1
                    # The server works on what it has received before it sees the end.
                    time.sleep(0.2)
                    break
        for end in (client, server):
            # Closing alone doesn't end a connection that a thread is reading from.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    @staticmethod
    def pump(server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


class FailingStore:
    """Forwards requests to the store. Some fail before it has them, and of some the response is lost.

    While it is `hanging`, requests get nowhere; while it is `refusing`, each gets status 503.
    """

    def __init__(self, chance, seed):
        behind, store = urlsplit(os.environ["AWS_ENDPOINT"]), self
        store.requests = store.refused = store.lost = 0
        store.hanging = store.refusing = False
        numbers, lock = random.Random(seed), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def body(self):
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    body = b""
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return body
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def handle_one(self):
                body = self.body()
                if store.hanging:
                    while store.hanging:
                        time.sleep(0.1)
                    self.close_connection = True
                    return
                with lock:
                    store.requests += 1
                    draw = numbers.random()
                    store.refused += draw < chance / 2
                    store.lost += chance / 2 <= draw < chance
                if store.refusing or draw < chance / 2:
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                connection = http.client.HTTPConnection(behind.hostname, behind.port)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("transfer-encoding", "content-length")}
                connection.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
                response = connection.getresponse()
                answer = response.read()
                if draw < chance:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(response.status)
                for name, value in response.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                length = response.getheader("Content-Length") if self.command == "HEAD" else str(len(answer))
                self.send_header("Content-Length", length or "0")
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, address):
                # Clients that were killed.
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


class Namespace:
    """A network namespace whose loopback leads to ports outside it, until it is cut off."""

    def __init__(self, folder, ports):
        self.name = f"journeys-{os.getpid()}-{next(NUMBERS)}"
        self.relays = []
        folder.mkdir(mode=0o700)
        self.ip("netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")
        for port in ports:
            path = folder / str(port)
            outer = [sys.executable, RELAY, f"unix:{path}", f"tcp:{port}"]
            inner = [sys.executable, RELAY, f"tcp:{port}", f"unix:{path}"]
            self.relays.append(subprocess.Popen(outer))
            wait_until(path.exists, "a relay")
            self.relays.append(subprocess.Popen(["ip", "netns", "exec", self.name, *inner]))
        for port in ports:
            wait_until(lambda port=port: str(port) in self.run("ss", "-tlnH"), "a relay in the namespace")

    @staticmethod
    def ip(*arguments):
        subprocess.run(["ip", *arguments], check=True)

    def run(self, *command):
        return subprocess.run(["ip", "netns", "exec", self.name, *command], check=True, capture_output=True, text=True).stdout

    def command(self, command):
        return ["ip", "netns", "exec", self.name, *command]

    def cut_off(self):
        self.run("ip", "link", "set", "lo", "down")

    def close(self):
        for relay in self.relays:
            relay.kill()
            relay.wait()
        self.ip("netns", "delete", self.name)
