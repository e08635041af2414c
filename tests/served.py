"""An application on a free port of this machine, for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress.server import create_server
from waitress.wasyncore import close_all


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Its address while the block lasts.

    All of its threads end before its pipe does: whoever were late would write his signal, an "x", into the file that got the
    number of the pipe next, be it another test's database. And nobody's socket is closed under him: who listens closes it."""
    listening: dict[int, Any] = {}
    server = create_server(app, map=listening, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(lambda: close_all(listening))
    thread.join(10)
    assert not server.task_dispatcher.threads
    assert not thread.is_alive()
