"""Several who press at once."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread


def all_press(threads: Iterable[Thread]) -> None:
    """Start them all, and wait until each is done."""
    pressing = list(threads)
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
