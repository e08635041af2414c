"""The doors of a running server, as programs of officers and applicants use them: JSON over HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any

PATIENCE = 60


class Refused(Exception):
    """The server did not do what was asked of it; a story that meets this is broken."""


class Doors:
    """The API of one server. A connection is kept for each thread that asks."""

    def __init__(self, port: int, tokens: Mapping[str, str]) -> None:
        self._port, self._tokens = port, tokens
        self._kept = threading.local()

    def get(self, login: str, path: str) -> Any:
        return self._ask("GET", path, login, None)

    def post(self, login: str | None, path: str, body: Any = None) -> Any:
        """As an officer by his token, or (None) as somebody of the public."""
        return self._ask("POST", path, login, body)

    def _ask(self, method: str, path: str, login: str | None, body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if login is not None:
            headers["Authorization"] = f"Bearer {self._tokens[login]}"
        door = self._connection()
        door.request(method, path, None if body is None else json.dumps(body), headers)
        answer = door.getresponse()
        said = answer.read()
        told = json.loads(said) if said else None
        if answer.status >= 300:
            raise Refused(f"{method} {path} ({login}): {answer.status} {told}")
        return told

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._kept, "connection"):
            self._kept.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        kept: http.client.HTTPConnection = self._kept.connection
        return kept
