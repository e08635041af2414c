"""What it costs to file a case of W1 or W2: from the application to its first task on the worklist, one transaction.

    .venv/bin/python -m benchmarks.start [CASES]

Method. As in `complete.py`: the demo hall, a real disk, each filing timed from the first statement to the committed
transaction (application judged, materials listed, number drawn, process started, clocks, tasks, journal, receipt), the stock
engine and the floor in between. A filing writes many times the rows of a completion; its ratio is told, no bar is set.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.hall import Hall

from .floor import timed
from .places import Place
from .race import Lane, race
from .rows import table
from .work import answer, hall

CASES, QUICK = 100, 20


def main() -> None:
    for line in table(race([enter], False, int(sys.argv[1]) if len(sys.argv) > 1 else CASES), ()):
        print(line)


def measure(quick: bool) -> list[dict[str, object]]:
    return race([enter], quick, QUICK if quick else CASES)


@contextmanager
def enter(place: Place, quick: bool) -> Iterator[list[Lane]]:
    made, rng = hall(place.url("start")), random.Random(7)
    yield [Filing(f"start {matter}", made, matter, rng) for matter in ("W1", "W2")]
    made.database.close()


@dataclass
class Filing:
    """A turn is one case filed."""

    name: str
    hall: Hall
    matter: str
    rng: random.Random

    def case(self) -> Iterator[tuple[float, str]]:
        yield timed(self.hall.file, self.matter), json.dumps(answer(self.rng), ensure_ascii=False)


if __name__ == "__main__":
    main()
