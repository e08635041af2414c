"""Another system on this very machine: it answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Reply = tuple[int, Any] | Callable[["Asked"], tuple[int, Any]]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


class OtherSystem:
    """`replies` are used up one after another, the last one for ever: a status with a JSON value or bytes, or what makes them."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies) or [(500, {})]
        self.asked: list[Asked] = []
        self.headers: dict[str, str] = {}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False  # so that it is closed when all of them have ended
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> OtherSystem:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/check"

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.asked]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        system = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60  # of a line on which nobody says anything: only ever reached by a failure

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = Asked(self.path, dict(self.headers), body)
                system.asked.append(asked)
                reply = system.replies.pop(0) if len(system.replies) > 1 else system.replies[0]
                status, said = reply(asked) if callable(reply) else reply
                told = said if isinstance(said, bytes) else json.dumps(said).encode()
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(told)), **system.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(told)
                except OSError:
                    self.close_connection = True

        return Handler
