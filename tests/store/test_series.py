"""Numbers have no gaps and no twins, per office, name and year; a rolled-back act gives its number back."""

from __future__ import annotations

import threading

import pytest

from engine.store import Database, Series, next_number, next_numbers
from tests.pressing import all_press
from tests.store.rows import bare_office


def test_numbers_run_per_office_name_and_year(database: Database) -> None:
    with database.writing() as tx:
        city, county = bare_office(tx, "city"), bare_office(tx, "county")
        assert [next_number(tx, city, "TZ01", 2026) for _ in range(3)] == [1, 2, 3]
        assert next_number(tx, county, "TZ01", 2026) == 1
        assert next_number(tx, city, "TZ01", 2027) == 1
        assert next_number(tx, city, "受理", 2026) == 1


def test_a_failed_act_leaves_no_gap(database: Database) -> None:
    with database.writing() as tx:
        city = bare_office(tx)
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        next_number(tx, city, "x", 2026)
        _ = 1 / 0
    with database.writing() as tx:
        assert next_number(tx, city, "x", 2026) == 1


def test_forty_at_once(database: Database) -> None:
    with database.writing() as tx:
        city = bare_office(tx)
    taken: list[int] = []

    def draw() -> None:
        with database.writing() as tx:
            taken.append(next_number(tx, city, "x", 2026))

    all_press(threading.Thread(target=draw) for _ in range(40))
    assert sorted(taken) == list(range(1, 41))


def test_several_at_once_each_their_own(database: Database) -> None:
    """In the order in which they are wanted, and two of one series are two numbers."""
    with database.writing() as tx:
        city, county = bare_office(tx, "city"), bare_office(tx, "county")
        grant, case = Series(city, "grant", 2026), Series(county, "case", 2026)
        assert next_number(tx, *grant) == 1
        assert next_numbers(tx, [grant, case, grant]) == [2, 1, 3]
        assert next_numbers(tx, [case, grant]) == [2, 4]
        assert next_numbers(tx, []) == []


def test_wanted_in_any_order_nobody_waits_in_a_circle(database: Database) -> None:
    with database.writing() as tx:
        offices = [bare_office(tx, code) for code in ("a", "b", "c")]
    wanted = [Series(office, name, 2026) for office in offices for name in ("x", "y")]
    taken: list[list[int]] = []

    def draw(n: int) -> None:
        mine = wanted[n % 6 :] + wanted[: n % 6]
        with database.writing() as tx:
            taken.append(next_numbers(tx, mine if n % 2 else mine[::-1]))

    all_press(threading.Thread(target=draw, args=(n,)) for n in range(24))
    assert sorted(n for one in taken for n in one) == sorted([*range(1, 25)] * 6)
