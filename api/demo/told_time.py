"""A server whose clock is told: the private channel between `lianshen demo --story` and the server that it starts.

The demo starts the server as its own child and hands it one end of a pair of sockets as an inherited descriptor. The server's
clock is the last moment that came through it, and each moment is answered when the duties of that moment are done. Nothing
else sets that clock, no route, no header and no variable; and a server that was started in another way has no such
descriptor and reads the clock of the machine.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.config import Settings
from engine.store import Database
from engine.supervision import round_of_duties

from ..app import create_app
from ..log import keep_log
from ..opening import opened

PATIENCE = 60
THREADS = 8


class ToldServer:
    """A server on a free port of the loopback, for as long as the block lasts. It lives in the month that it is told."""

    port: int

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "api.demo", str(number)],
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
                env=_environment(settings),
            )
        self._channel = _Channel(ours)

    def __enter__(self) -> ToldServer:
        try:
            self.port = int(self._channel.heard()["port"])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def is_told(self, moment: datetime) -> int:
        """It is now this moment. Comes back when the lamps and the jobs that are due then are done; how many there were."""
        self._channel.say({"now": moment.isoformat()})
        return int(self._channel.heard()["done"])

    def _end(self) -> None:
        self._channel.close()  # the server ends when nobody can tell it the time any more
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Channel:
    """Lines of JSON on a socket."""

    def __init__(self, end: socket.socket) -> None:
        self._socket, self._lines = end, end.makefile("rw", encoding="utf-8")

    def say(self, told: Mapping[str, Any]) -> None:
        self._lines.write(json.dumps(told) + "\n")
        self._lines.flush()

    def heard(self) -> dict[str, Any]:
        """The next line. Raises EOFError when the other end is gone."""
        line = self._lines.readline()
        if not line:
            raise EOFError("the other end of the channel is gone")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


def _environment(settings: Settings) -> dict[str, str]:
    """The database goes by the environment: a command line can be read by everybody on the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANSHEN_")}
    named = {"LIANSHEN_HOME": str(settings.home), "LIANSHEN_DATABASE": settings.database}
    return {**kept, **named, "LIANSHEN_LOCK_SECONDS": str(max(settings.lock_seconds, 30))}


def _serve(settings: Settings, channel: _Channel) -> None:
    from waitress import create_server

    with opened(settings) as database:
        clock = _ToldClock()
        app = create_app(settings, database, clock)
        server = create_server(app, host="127.0.0.1", port=0, threads=THREADS)
        threading.Thread(target=server.run, daemon=True).start()
        channel.say({"port": server.effective_port})
        _follow(channel, database, clock)


def _follow(channel: _Channel, database: Database, clock: _ToldClock) -> None:
    while True:
        try:
            clock.now = datetime.fromisoformat(channel.heard()["now"]).astimezone(UTC)
        except EOFError:
            return
        turned, ran = round_of_duties(database, clock)
        channel.say({"done": turned + ran})


class _ToldClock:
    """Before it is told anything it is no time at all."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def serve_told(number: int) -> None:
    """The child's side: serve until the channel, whose descriptor has this number, is closed."""
    keep_log(sys.stderr)
    _serve(Settings.from_environ(os.environ), _Channel(socket.socket(fileno=number)))
