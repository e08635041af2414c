"""What `benchmarks/run` tells: the arithmetic of rows and bars, and that the shortest run really runs on both databases."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import rows

RUN = Path(__file__).parents[1] / "benchmarks/run"


def one(name: str, median: float, *, db: str = "sqlite", floor: float = 1.0, engine: float = 0.4) -> dict[str, Any]:
    return rows.row(name, db, [median], [floor], "a floor", [engine])


def judged(*told: dict[str, Any]) -> dict[tuple[str, str], bool | None]:
    return {(verdict.bar, verdict.db): verdict.met for verdict in rows.verdicts(told)}


def test_a_row_is_made_of_medians() -> None:
    row = rows.row("complete W1", "sqlite", [9.0, 2.0, 3.0], [1.0, 2.0, 1.5], "a floor", [0.3, 0.4, 0.5], cases=3)
    assert tuple(row)[: len(rows.KEYS)] == rows.KEYS
    assert [row[key] for key in rows.KEYS] == ["complete W1", "sqlite", 3.0, 1.5, "a floor", 0.4, 2.0]
    assert (row["mean_ms"], row["p90_ms"], row["times"], row["cases"]) == (pytest.approx(4.6667), 9.0, 3, 3)


def test_a_row_without_a_floor_of_its_own_is_given_that_of_the_run() -> None:
    floors = {"sqlite": one("floor", 0.8, floor=0.8)}
    row = rows.whole({"name": "worklist page", "db": "sqlite", "median_ms": 2.0, "tasks": 9}, floors)
    assert row == {
        "name": "worklist page",
        "db": "sqlite",
        "median_ms": 2.0,
        "floor_ms": 0.8,
        "floor_kind": "a floor",
        "engine_ms": 0.4,
        "ratio": 2.5,
        "tasks": 9,
    }
    own = rows.whole({**row, "floor_ms": 4.0, "floor_kind": "its own", "ratio": None}, floors)
    assert (own["floor_ms"], own["floor_kind"], own["ratio"]) == (4.0, "its own", 0.5)


def test_what_has_no_milliseconds_has_no_ratio() -> None:
    row = rows.whole(
        {"name": "memory", "db": "sqlite", "cases": 20_200, "peak_mb": 301.0}, {"sqlite": one("floor", 1.0)}
    )
    assert (row["median_ms"], row["floor_ms"], row["ratio"]) == (None, 1.0, None)
    assert judged(row) == {("memory: peak_mb ≤ 300", "sqlite"): False}


@pytest.mark.parametrize("lacking", ["name", "db"])
def test_a_row_that_says_nothing_is_refused(lacking: str) -> None:
    row = one("start W1", 1.0)
    del row[lacking]
    with pytest.raises(ValueError, match=lacking):
        rows.whole(row, {})


@pytest.mark.parametrize(
    ("db", "median", "floor", "met"),
    [
        ("sqlite", 2.5, 1.0, True),
        ("sqlite", 2.51, 1.0, False),
        ("postgresql", 3.0, 1.0, True),
        ("postgresql", 3.01, 1.0, False),
        ("sqlite", 1.25, 0.5, True),
        ("sqlite", 1.59, 0.4, True),  # a disk that is too fast: at most three engines of 0.4 ms above the floor
        ("sqlite", 1.61, 0.4, False),
        ("sqlite", 3.19, 2.0, True),
        ("sqlite", 3.21, 2.0, False),  # and one that is too slow for its ratio to say anything
    ],
)
def test_floors_are_compared_by_ratio_only_where_the_floor_is_believed(
    db: str, median: float, floor: float, met: bool
) -> None:
    bar = f"complete W1 ≤ {2.5 if db == 'sqlite' else 3:g} floors"
    assert judged(one("complete W1", median, db=db, floor=floor))[bar, db] is met


@pytest.mark.parametrize(("factor", "met"), [(1.0, True), (0.99, False)])
def test_peers_and_growth_are_compared_by_their_medians(factor: float, met: bool) -> None:
    ours = [one("complete W1", 2.0, db="postgresql"), one("complete W2", 2.3 / factor, db="postgresql")]
    peers = {"viewflow W1": 10.0, "stock W1": 4.0, "stock W2": 13.8 / factor}
    told = judged(*ours, *(one(name, median * factor, db="postgresql") for name, median in peers.items()))
    assert told["complete W2 ≤ 1.15 × complete W1", "postgresql"] is met
    assert told["complete W1 ≥ 5 × faster than viewflow W1", "postgresql"] is met
    assert told["complete W1 ≥ 2 × faster than stock W1", "postgresql"] is met
    assert told["complete W2 ≥ 6 × faster than stock W2", "postgresql"] is met


def test_a_bar_is_judged_only_when_its_rows_are_there_and_a_script_may_bring_its_own() -> None:
    own = {**one("recount", 3.1), "bar": "≤ 3 ms", "met": False}
    assert judged(one("complete W2", 2.0), own) == {("recount ≤ 3 ms", "sqlite"): False}


@pytest.mark.parametrize(
    ("told", "met"),
    [
        ({"name": "load W1", "per_second": 600.0, "p99_ms": 80.0}, (True, True)),
        ({"name": "load W1", "per_second": 599.9, "p99_ms": 80.1}, (False, False)),
        ({"name": "load one case", "attempts": 1.21}, (False,)),
        ({"name": "worklist page and counts", "tasks": 1_000_000}, (True,)),
        ({"name": "worklist page and counts", "tasks": 20_000}, (None,)),  # a smaller run proves nothing
    ],
)
def test_what_has_a_bar_of_its_own_is_judged_by_it(told: dict[str, Any], met: tuple[bool | None, ...]) -> None:
    assert tuple(judged({**one(told["name"], 1.0), **told}).values()) == met


def test_the_table_says_in_words_what_is_not_met() -> None:
    told = [one("complete W1", 5.0), {**one("load", 1.0), "floor_ms": None, "ratio": None}]
    lines = list(rows.table(told, rows.verdicts(told)))
    assert lines[1].split()[:7] == ["complete", "W1", "sqlite", "5.00", "1.00", "0.40", "5.00"]
    assert lines[2].split()[2:6] == ["1.00", "–", "0.40", "–"]
    assert lines[-1].startswith("NOT MET    sqlite     complete W1 ≤ 2.5 floors: 5.00")


def test_the_shortest_run_runs_on_both_databases(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    done = subprocess.run(
        [RUN, "--json", file, "--only", "floor", "--quick"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text("utf-8"))
    assert [(row["name"], row["db"]) for row in told["rows"]] == [("floor", "sqlite"), ("floor", "postgresql")]
    for row in told["rows"]:
        assert row["median_ms"] == row["floor_ms"] > 0
        assert row["engine_ms"] > 0
        assert row["ratio"] == 1
        assert row["floor_kind"] in done.stdout
    assert told["failed"] == []


def test_a_script_that_there_is_not_is_refused(tmp_path: Path) -> None:
    done = subprocess.run([RUN, "--only", "nothing"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such script: nothing; there are floor, complete, stock, viewflow, bpmn_engine, start" in done.stderr


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    for file in (".", "nowhere/rows.json"):
        done = subprocess.run(
            [RUN, "--json", file, "--only", "floor", "--quick"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert f"no file can be written there: {file}" in done.stderr
