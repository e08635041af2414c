"""Connections that are kept: dead ones are noticed before an act meets them, and a process that is forked gets its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import ConstraintBroken, Database, DatabaseBusy, DatabaseGone, several, tables
from engine.store.ready import MOST
from tests.postgres import Cluster
from tests.store.rows import bare_office


@pytest.fixture
def served(cluster: Cluster, postgresql_template: str) -> Iterator[Database]:
    cluster.copy(postgresql_template, "served_lianshen")
    opened = Database.open(cluster.url("served_lianshen"), lock_seconds=0.2)
    yield opened
    opened.close()
    cluster.drop("served_lianshen")


def codes(database: Database) -> list[str]:
    with database.reading() as tx:
        return [row.code for row in tx.rows(sa.select(tables.offices.c.code).order_by(tables.offices.c.id))]


def hang_up(cluster: Cluster) -> None:
    """The server ends every connection, and waits until they are gone."""
    end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'served_lianshen'"
    cluster.sql(end)


def test_a_server_that_went_away_and_came_back_is_not_noticed(
    served: Database, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Idle connections have died: the next act finds that out before it begins, and gets a new one. Nobody writes at length into the
    log of the one that died."""
    with served.writing() as tx:
        bare_office(tx, "before")
        assert codes(served) == []  # a second connection
    hang_up(cluster)
    assert codes(served) == ["before"]
    hang_up(cluster)
    with served.writing() as tx:
        bare_office(tx, "after", number_prefix="a")
    assert codes(served) == ["before", "after"]
    assert caplog.records == []


def test_a_server_that_goes_away_during_an_act_undoes_it(served: Database, cluster: Cluster) -> None:
    with pytest.raises(DatabaseGone), served.writing() as tx:
        bare_office(tx)
        hang_up(cluster)
        tx.rows(sa.select(tables.offices))
    assert codes(served) == []


def test_a_server_that_is_gone_without_a_word_is_not_waited_for_long(served: Database, cluster: Cluster) -> None:
    """The system is told to ask and how long to wait, unless the address says otherwise."""
    awake = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "2"}
    assert told(served) == {"connect_timeout": "10", "tcp_user_timeout": "20000", **awake}
    patient = served.engine.url.update_query_dict({"tcp_user_timeout": "60000"})
    with closing(Database.open(patient.render_as_string(hide_password=False))) as opened:
        assert told(opened)["tcp_user_timeout"] == "60000"


def told(database: Database) -> dict[str, str]:
    """How long a connection waits for its server."""
    with database.reading() as tx:
        raw = tx._line.raw
        return {
            name: words for name, words in raw.info.get_parameters().items() if "timeout" in name or "alive" in name
        }


def test_a_line_is_used_for_reading_and_for_writing_in_turn(served: Database) -> None:
    for n in range(3):
        with served.writing() as tx:
            bare_office(tx, str(n), number_prefix=str(n))
        with pytest.raises(sa.exc.DBAPIError, match="read-only"), served.reading() as tx:
            bare_office(tx, "no")
    assert codes(served) == ["0", "1", "2"]


def test_more_at_once_than_there_are_connections_is_a_busy_database(served: Database) -> None:
    with ExitStack() as all_of_them:
        for _ in range(32):
            all_of_them.enter_context(served.reading())
        with pytest.raises(DatabaseBusy), served.reading():
            raise AssertionError("there is no connection left")
    assert codes(served) == []


def test_sixteen_connections_lie_ready_and_the_one_used_last_comes_first(served: Database) -> None:
    opened = list[Any]()
    sa.event.listen(served.engine, "connect", lambda raw, _: opened.append(raw))
    with ExitStack() as all_of_them:
        for _ in range(20):
            all_of_them.enter_context(served.reading())
    assert sum(not raw.closed for raw in opened) == MOST
    for _ in range(5):
        assert codes(served) == []
    assert len(opened) == 20
    served.close()
    assert all(raw.closed for raw in opened)


def test_one_connection_does_for_all_that_come_one_after_another(served: Database) -> None:
    """Whatever was asked on it, by whom, and however that ended: it comes back as it was."""
    opened = list[Any]()
    sa.event.listen(served.engine, "connect", lambda raw, _: opened.append(raw))
    for n in range(3):
        with served.looking() as look:
            assert len(look.rows(sa.select(tables.offices))) == n  # SQLAlchemy thinks of a transaction
        with pytest.raises(ConstraintBroken), served.writing() as tx:
            bare_office(tx, f"no-{n}", name=None)
        assert several(served, [lambda tx, n=n: tx.put(tables.persons, name="王", identity=str(n))]) == [True]  # type: ignore[misc]
        with served.writing() as tx:
            bare_office(tx, str(n), number_prefix=str(n))
    assert codes(served) == ["0", "1", "2"]
    assert len(opened) == 1


def test_a_forked_process_has_connections_of_its_own(database_url: str) -> None:
    """Parent and child write in turn: neither speaks on the other's line, and both hold the database to its turns. The parent is
    a process of its own: this one has threads, and what they hold at a fork the child would hold for ever."""
    parent = multiprocessing.get_context("forkserver").Process(target=_forks, args=(database_url,))
    parent.start()
    parent.join(60)
    assert parent.exitcode == 0
    with closing(Database.open(database_url)) as database:
        assert codes(database) == ["parent", "child", "parent again"]


def _forks(url: str) -> None:
    database = Database.open(url)
    with database.writing() as tx:
        bare_office(tx, "parent", number_prefix="p")
    assert codes(database) == ["parent"]
    child = os.fork()
    if child == 0:
        try:
            opened = list[Any]()
            sa.event.listen(database.engine, "connect", lambda raw, _: opened.append(raw))
            with database.writing() as tx:
                bare_office(tx, "child", number_prefix="c")
            os._exit(0 if codes(database) == ["parent", "child"] and opened else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with database.writing() as tx:
        bare_office(tx, "parent again", number_prefix="q")
    assert codes(database) == ["parent", "child", "parent again"]
