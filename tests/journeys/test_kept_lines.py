"""Connections that stay open between requests: more of them than the server has threads, and none waits for another."""

from __future__ import annotations

import http.client
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.hall import Hall
from tests.journeys.processes import PATIENCE, Server


def asked(line: http.client.HTTPConnection) -> int:
    line.request("GET", "/api/me")
    answer = line.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_more_kept_connections_than_threads_are_answered_in_any_order(
    hall: Hall, hall_url: str, tmp_path: Path
) -> None:
    """In rounds, so that each connection is asked again while others have just been answered; and three times in a row, so
    that whoever listens on for the next request of one connection hears it."""
    hall.database.close()
    with Server(hall_url, tmp_path, "--threads", "2") as server:
        with ExitStack() as kept:
            lines = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE) for _ in range(7)]
            for line in lines:
                kept.enter_context(closing(line))
                line.connect()
            sockets = [line.sock for line in lines]
            for order in (lines, lines[::-1], [line for line in lines for _ in range(3)]):
                assert [asked(line) for line in order] == [401] * len(order)
            assert [line.sock for line in lines] == sockets, "each is the connection that it was"
        assert server.stop() == 0
