"""What a serving process weighs does not grow with what it has served."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MOST_MB = 300


@pytest.mark.parametrize("cases", [32, pytest.param(20_000, marks=pytest.mark.soak)])
def test_a_server_stays_small(cases: int) -> None:
    """Every case through the whole application: filed, claimed, accepted, decided, delivered. In the long run the last three
    quarters add less than a tenth to the first."""
    command = [sys.executable, "-m", "benchmarks.memory", str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    seen = row["rss_mb"]
    assert row["peak_mb"] <= MOST_MB, row
    assert seen[str(cases)] <= 1.1 * seen[str(cases // 4)], row
