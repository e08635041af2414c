"""The stock engine, stored as its documentation says: `peers/stock.py` in a process of its own, with the product's Python."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .peer import ROOT, Working, peer
from .places import Place
from .race import Lane


@contextmanager
def enter(place: Place, quick: bool) -> Iterator[list[Lane]]:
    command = [sys.executable, "-m", "benchmarks.peers.stock", place.url("stock")]
    with peer(command, PYTHONPATH=str(ROOT)) as stock:
        yield [Working(f"stock {matter}", stock, matter, random.Random(7)) for matter in ("W1", "W2")]
