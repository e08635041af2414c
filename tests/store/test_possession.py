"""One holder at each moment: the rows touch, and their parts add up to the whole."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Database, journal, tables
from engine.store.possession import Hold, Holder, gaps, hand, ledger, release
from tests.store.rows import NOON, bare_case

APPLICANT, SYSTEM, EXPERTS = Hold(Holder.APPLICANT), Hold(Holder.SYSTEM), Hold(Holder.THIRD_PARTY)


def test_the_same_holder_is_no_new_row(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        assert hand(tx, case_id, APPLICANT, NOON)
        assert not hand(tx, case_id, APPLICANT, NOON + timedelta(1))
        assert len(ledger(tx, case_id)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([APPLICANT, SYSTEM, EXPERTS]), st.integers(0, 10**7)), max_size=12),
    st.booleans(),
)
def test_the_parts_add_up(database: Database, hands: list[tuple[Hold, int]], ended: bool) -> None:
    now = NOON
    with database.writing() as tx:
        case_id = bare_case(tx, no=journal.digest(repr((hands, ended))))
        hand(tx, case_id, SYSTEM, NOON)
        for holder, seconds in hands:
            now += timedelta(seconds=seconds)
            hand(tx, case_id, holder, now)
        if ended:
            release(tx, case_id, now)
        rows = ledger(tx, case_id)
    assert list(gaps(rows, NOON, now if ended else None)) == []
    assert sum((r.lasted(now) for r in rows), timedelta()) == now - NOON


def test_a_hole_is_found(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        hand(tx, case_id, SYSTEM, NOON)
        hand(tx, case_id, APPLICANT, NOON + timedelta(2))
        first = ledger(tx, case_id)[0]
        tx.execute(
            tables.possessions.update()
            .where(tables.possessions.c.from_at == first.from_at)
            .values(until_at=NOON + timedelta(1))
        )
        assert len(list(gaps(ledger(tx, case_id), NOON, None))) == 1
        assert len(list(gaps(ledger(tx, case_id), NOON - timedelta(1), NOON))) == 3
    assert list(gaps([], NOON, None)) == ["没有持有记录"]
