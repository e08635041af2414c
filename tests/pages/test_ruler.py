"""The ruler: one cell is one working day, and its dates never lie over one another."""

from __future__ import annotations

from itertools import pairwise

import pytest

from api.pages.ruler import Ruler, ruler
from engine.clock import ClockKind
from tests.clock.reckoning import OFFICE, clock, day

TODAY = day("2026-11-19")


def drawn(span: str, statutory: str | None = None, kind: ClockKind = ClockKind.PROMISED) -> Ruler:
    behind = clock("2026-11-17", statutory) if statutory else None
    found = ruler(clock("2026-11-17", span, kind=kind), OFFICE, TODAY, "时限", behind)
    assert found is not None
    return found


def ticks(of: Ruler) -> list[str]:
    return [cell.tick for cell in of.cells if cell.tick]


def test_it_tells_where_it_begins_and_ends() -> None:
    assert ticks(drawn("8wd", "20wd")) == ["受理 11/17", "承诺 11/27", "法定 12/15"]
    assert ticks(drawn("8wd", kind=ClockKind.NOTICE)) == ["收件 11/17", "到期 11/27"]
    assert ticks(drawn("8wd", kind=ClockKind.OPINION)) == ["11/17 起", "到期 11/27"]


def test_a_short_one_has_no_room_for_its_beginning() -> None:
    assert ticks(drawn("3wd")) == ["到期 11/20"]
    assert ticks(drawn("1wd", "20wd")) == ["承诺 11/18", "法定 12/15"], "the due day stands where the beginning would"


@pytest.mark.parametrize("promise", range(1, 20))
def test_no_two_dates_overlap(promise: int) -> None:
    cells = drawn(f"{promise}wd", "20wd").cells
    for low in (False, True):
        at = [n for n, cell in enumerate(cells) if cell.tick and cell.low is low]
        assert all(after - before >= 6 for before, after in pairwise(at)), (promise, low)
    assert [cell.tick for cell in cells if cell.tick.startswith(("承诺", "法定"))]
