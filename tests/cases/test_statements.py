"""An act asks few statements: whoever adds one to every act, or waits where he need not, sees it here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from tests.hall import Hall

STEPS = (
    ("intake", "zhao", "accept"),
    ("review", "qian", "pass"),
    ("decide", "sun", "grant"),
    ("certificate", "zhao", "made"),
)
MOST = {
    "sqlite": {"file": 19, "intake": 18, "review": 15, "decide": 21, "certificate": 17},
    "postgresql": {"file": 9, "intake": 6, "review": 5, "decide": 9, "certificate": 7},
}
"""Two or three of them are the hall's, which asks for office, step and officer. On PostgreSQL each is a round trip, but for
one that is sent ahead and that nobody waits for; on SQLite each row that is written is one, alike ones of one table together, and
costs a tenth of that."""


def test_an_act_asks_few_statements(hall: Hall) -> None:
    """The first case of a hall also asks what is kept from then on."""
    _worked(hall)
    most = MOST[hall.database.dialect]
    assert {act: asked for act, asked in _worked(hall).items() if asked > most[act]} == {}


def _worked(hall: Hall) -> dict[str, int]:
    case_id, filing = _counted(hall, lambda: hall.file("GH02").case_id)
    counts = {"file": filing}
    for step, login, outcome in STEPS:
        task_id = hall.claim(login, case_id, step)
        _, counts[step] = _counted(hall, partial(hall.completes, login, task_id, outcome))
    return counts


def _counted(hall: Hall, act: Callable[[], Any]) -> tuple[Any, int]:
    sent: list[str] = []

    def note(_: object, __: object, said: str, *more: object) -> None:
        sent.append(said)

    sa.event.listen(hall.database.engine, "before_cursor_execute", note)
    try:
        return act(), len(sent)
    finally:
        sa.event.remove(hall.database.engine, "before_cursor_execute", note)
