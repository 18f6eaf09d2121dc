"""Forwards connections between a port of this network and a socket file, in either direction.

    relay.py tcp:PORT unix:PATH
    relay.py unix:PATH tcp:PORT
"""

import contextlib
import socket
import sys
import threading


def relay(listen, to):
    def opened(address, connect):
        kind, where = address.split(":", 1)
        family, place = (socket.AF_UNIX, where) if kind == "unix" else (socket.AF_INET, ("127.0.0.1", int(where)))
        if connect:
            other = socket.socket(family)
            other.connect(place)
            return other
        return socket.create_server(place, family=family)

    def pump(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    listener = opened(listen, connect=False)
    while True:
        client, _ = listener.accept()
        try:
            server = opened(to, connect=True)
        except OSError:
            client.close()
            continue
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


if __name__ == "__main__":
    relay(*sys.argv[1:])
