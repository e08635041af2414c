"""django-viewflow: `peers/viewflow_hall` in a process and an environment of its own. W1 alone: see its flows.py."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from .installed import PEERS, viewflow_python
from .peer import Working, peer
from .places import Place
from .race import Lane


@contextmanager
def enter(place: Place, quick: bool) -> Iterator[list[Lane]]:
    command = [viewflow_python(), "-m", "viewflow_hall", place.url("viewflow")]
    with peer(command, PYTHONPATH=str(PEERS)) as viewflow:
        yield [Working("viewflow W1", viewflow, "W1", random.Random(7))]
