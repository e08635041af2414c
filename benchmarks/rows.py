"""What a benchmark tells: a row of figures, its ratio, and whether the bars are met. Plain arithmetic, nothing is measured here.

A row: name, db, median_ms, floor_ms, floor_kind, engine_ms, ratio (and more where a script has more to tell: mean_ms, p90_ms,
times, a bar of its own as `bar` and `met`). All are milliseconds of one act, medians of one run. floor_ms is the least that
any durable system must do (`floor.py`), engine_ms what the stock engine takes for a completion of W1 in memory, both timed
in between, in the same rhythm; ratio is median_ms by floor_ms.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEYS = ("name", "db", "median_ms", "floor_ms", "floor_kind", "engine_ms", "ratio")
BELIEVED = (0.5, 1.5)
"""Between these milliseconds a floor is that of a disk that works as disks do, and a ratio by it says something."""

Row = Mapping[str, Any]


def row(
    name: str,
    db: str,
    took: Sequence[float],
    floors: Sequence[float],
    floor_kind: str,
    engines: Sequence[float],
    **more: Any,
) -> dict[str, Any]:
    """Milliseconds as they were timed, made one row."""
    median, floor, engine = (statistics.median(times) for times in (took, floors, engines))
    ordered = sorted(took)
    return {
        "name": name,
        "db": db,
        "median_ms": round(median, 4),
        "floor_ms": round(floor, 4),
        "floor_kind": floor_kind,
        "engine_ms": round(engine, 4),
        "ratio": round(median / floor, 3),
        "mean_ms": round(statistics.fmean(took), 4),
        "p90_ms": round(ordered[math.ceil(len(ordered) * 0.9) - 1], 4),
        "times": len(took),
        **more,
    }


def whole(told: Row, floors: Mapping[str, Row]) -> dict[str, Any]:
    """A row of a script that timed no floor or no engine of its own, with those of the run. What has no milliseconds, for example
    a weight, has no ratio. Raises ValueError when it lacks its name or its database."""
    for key in ("name", "db"):
        if not isinstance(told.get(key), str):
            raise ValueError(f"a row without {key}: {dict(told)}")
    run = floors.get(told["db"], {})
    made = {"median_ms": None, **told}
    for key in ("floor_ms", "engine_ms"):
        if made.get(key) is None:
            made[key] = run.get(key)
    if made.get("floor_kind") is None:
        made["floor_kind"] = run.get("floor_kind")
    if made.get("ratio") is None:
        median, floor = made["median_ms"], made["floor_ms"]
        made["ratio"] = round(median / floor, 3) if median is not None and floor else None
    return {**{key: made[key] for key in KEYS}, **{key: value for key, value in made.items() if key not in KEYS}}


# ---------------------------------------------------------------- bars
@dataclass(frozen=True)
class Verdict:
    """seen: what was measured, in words. met: None when a row that it needs was not measured."""

    bar: str
    db: str
    seen: str
    met: bool | None


def verdicts(rows: Iterable[Row]) -> list[Verdict]:
    """Every bar of which at least one row was measured, and those that the scripts brought themselves."""
    found = {(one["name"], one["db"]): one for one in rows}
    judged = [verdict for db in ("sqlite", "postgresql") for verdict in _of(db, found) if verdict.seen]
    own = [
        Verdict(f"{one['name']} {one['bar']}", one["db"], _ms(one["median_ms"]), one.get("met"))
        for one in found.values()
        if "bar" in one and one["median_ms"] is not None
    ]
    return judged + own


def _of(db: str, found: Mapping[tuple[str, str], Row]) -> Iterator[Verdict]:
    def at(name: str) -> Row | None:
        return found.get((name, db))

    sqlite = db == "sqlite"
    w1, w2, load = at("complete W1"), at("complete W2"), at("load W1")
    yield floors("complete W1", 2.5 if sqlite else 3.0, db, w1)
    yield times("complete W2", "complete W1", 1.15, db, w2, w1)
    yield times("complete 10k", "complete fresh", 1.3, db, at("complete 10k"), at("complete fresh"))
    yield floors("http W1", 6.0, db, at("http W1"))
    yield faster("complete W1", "viewflow W1", 4.0 if sqlite else 5.0, db, w1, at("viewflow W1"))
    yield faster("complete W1", "stock W1", 2.0, db, w1, at("stock W1"))
    yield faster("complete W2", "stock W2", 6.0, db, w2, at("stock W2"))
    yield figure("load W1", "per_second", 600, db, load, at_least=True)
    if sqlite:
        yield figure("load W1", "p99_ms", 80, db, load)
    yield figure("load one case", "attempts", 1.2, db, at("load one case"))
    yield figure(
        "worklist page and counts", "median_ms", 3, db, at("worklist page and counts"), of=("tasks", 1_000_000)
    )
    yield figure("memory", "peak_mb", 300, db, at("memory"), of=("cases", 20_000))


def figure(
    name: str,
    key: str,
    bar: float,
    db: str,
    one: Row | None,
    *,
    at_least: bool = False,
    of: tuple[str, int] | None = None,
) -> Verdict:
    """One of the figures of a row. of: what the bar was said of; a smaller run is told and not judged, where it says its size."""
    told = f"{name}: {key} {'≥' if at_least else '≤'} {bar:g}"
    if one is None:
        return Verdict(told, db, "", None)
    seen = one[key]
    met = seen >= bar if at_least else seen <= bar
    if of is not None and one.get(of[0], of[1]) < of[1]:
        return Verdict(told, db, f"{seen:.2f}, of {one[of[0]]} {of[0]} only", None)
    return Verdict(told, db, f"{seen:.2f}", met)


def floors(name: str, most: float, db: str, one: Row | None) -> Verdict:
    """At most so many floors; with a floor that is not believed, at most three engines above it."""
    bar = f"{name} ≤ {most:g} floors"
    if one is None:
        return Verdict(bar, db, "", None)
    ratio, above = one["median_ms"] / one["floor_ms"], (one["median_ms"] - one["floor_ms"]) / one["engine_ms"]
    if BELIEVED[0] <= one["floor_ms"] <= BELIEVED[1]:
        return Verdict(bar, db, f"{ratio:.2f}", ratio <= most)
    seen = f"{ratio:.2f}; floor {_ms(one['floor_ms'])}, so (median − floor) ≤ 3 engines: {above:.2f}"
    return Verdict(bar, db, seen, above <= 3)


def times(name: str, other: str, most: float, db: str, one: Row | None, two: Row | None) -> Verdict:
    """At most so many times the other."""
    bar = f"{name} ≤ {most:g} × {other}"
    if one is None or two is None:
        return Verdict(bar, db, "", None)
    ratio = one["median_ms"] / two["median_ms"]
    return Verdict(bar, db, f"{ratio:.2f}", ratio <= most)


def faster(name: str, peer: str, least: float, db: str, one: Row | None, two: Row | None) -> Verdict:
    """At least so many times faster than a peer."""
    bar = f"{name} ≥ {least:g} × faster than {peer}"
    if one is None or two is None:
        return Verdict(bar, db, "", None)
    ratio = two["median_ms"] / one["median_ms"]
    return Verdict(bar, db, f"{ratio:.2f}", ratio >= least)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.2f} ms"


# ---------------------------------------------------------------- for people
def table(rows: Iterable[Row], judged: Iterable[Verdict]) -> Iterator[str]:
    """Lines for a terminal: the rows, then the bars, met or not in words."""
    yield f"{'':<28} {'':<10} {'median ms':>10} {'floor ms':>9} {'engine ms':>9} {'floors':>7}  floor"
    for one in rows:
        widths = (("floor_ms", 9), ("engine_ms", 9), ("ratio", 7))
        figures = " ".join(_figure(one[key], width) for key, width in widths)
        yield f"{one['name']:<28} {one['db']:<10} {_figure(one['median_ms'], 10)} {figures}  {one['floor_kind'] or ''}"
    yield ""
    for one in judged:
        word = {True: "met", False: "NOT MET", None: "not judged"}[one.met]
        yield f"{word:<10} {one.db:<10} {one.bar}: {one.seen}"


def _figure(value: float | None, width: int) -> str:
    return f"{'–':>{width}}" if value is None else f"{value:>{width}.2f}"
