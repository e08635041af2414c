"""PostgreSQL's line: what is said together is answered together, and nothing that goes wrong on it leaves half an act or a line that
hangs."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from engine.store import CommitInDoubt, ConstraintBroken, Database, DatabaseGone, Prepared, Tx, tables
from engine.store.wire import MOST_PREPARED, Wire
from tests.store.rows import bare_office

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
P = tables.payloads
_ALL = Prepared(sa.select(P.c.n, P.c.body).order_by(P.c.n))


def _payload(n: int, body: str = "x") -> dict[str, Any]:
    return {"stream": "case:1", "n": n, "salt": "s", "body": body}


def _kept(database: Database) -> list[int]:
    with database.reading() as tx:
        return [row.n for row in tx.rows(_ALL)]


def _heard(patched: pytest.MonkeyPatch) -> list[int]:
    """From now on: how many answers came with each round trip."""
    answers, heard = Wire._answers, list[int]()

    def noting(wire: Wire) -> list[Any]:
        several = answers(wire)
        heard.append(len(several))
        return several

    patched.setattr(Wire, "_answers", noting)
    return heard


def test_an_act_that_asks_once_and_writes_takes_two_round_trips(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept(database)  # the line is open
    with monkeypatch.context() as patched:
        heard = _heard(patched)
        patched.setattr(psycopg.Connection, "commit", _nothing_is_open)
        with database.writing() as tx:
            assert tx.rows(_ALL) == []
            tx.put(P, **_payload(1))
            tx.put(P, **_payload(2))
    assert heard == [2, 2], "BEGIN and the question; the writing and COMMIT"
    assert _kept(database) == [1, 2]


def _nothing_is_open(raw: psycopg.Connection) -> None:
    assert raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_what_fails_together_with_its_commit_is_not_kept_and_the_line_goes_on(database: Database) -> None:
    with database.writing() as tx:
        tx.put(P, **_payload(1))
    for _ in range(5):  # unprepared, prepared and known
        with pytest.raises(ConstraintBroken, match="payloads"), database.writing() as tx:
            tx.put(P, **_payload(2))
            tx.put(P, **_payload(1, "again"))
        assert _kept(database) == [1]
    with database.writing() as tx:
        tx.put(P, **_payload(3))
        tx.put(P, **_payload(4))
    assert _kept(database) == [1, 3, 4]


def test_what_is_sent_ahead_is_answered_with_the_next(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(database)
    heard = _heard(monkeypatch)
    for n in range(3):  # unprepared, prepared and known
        heard.clear()
        with database.writing() as tx:
            assert len(tx.rows(_ALL)) == 4 * n
            tx.put_all(P, [_payload(10 * n + m) for m in range(2)])
            tx.send_ahead()
            assert len(heard) == 1, "nobody waits"
            tx.put_all(P, [_payload(10 * n + m) for m in (2, 3)])
        assert len(heard) == 2
    assert _kept(database) == [10 * n + m for n in range(3) for m in range(4)]


@pytest.mark.parametrize("then", ["writes", "asks", "asks in its own words", "ends"])
def test_what_is_refused_ahead_is_told_with_the_next(database: Database, then: str) -> None:
    """Whatever comes next; nothing of the act is kept, and the line goes on."""
    with database.writing() as tx:
        tx.put(P, **_payload(1))
    for n in range(5):
        with pytest.raises(ConstraintBroken, match="payloads"), database.writing() as tx:
            tx.put(P, **_payload(10 + n))
            tx.put(P, **_payload(1, "again"))
            tx.send_ahead()
            if then == "writes":
                tx.put(P, **_payload(20 + n))
            elif then == "asks":
                tx.rows(_ALL)
            elif then == "asks in its own words":
                tx.rows(sa.select(P))
        assert _kept(database) == [1]
    with database.writing() as tx:
        tx.put(P, **_payload(2))
        tx.send_ahead()
    assert _kept(database) == [1, 2]


@pytest.mark.parametrize("why", [ZeroDivisionError, KeyboardInterrupt])
def test_an_act_that_fails_while_the_database_is_at_work(database: Database, why: type[BaseException]) -> None:
    for n in range(3):
        with pytest.raises(why), database.writing() as tx:
            tx.put(P, **_payload(n))
            tx.send_ahead()
            raise why
    assert _kept(database) == []
    with database.writing() as tx:
        bare_office(tx)
    assert _kept(database) == []


_REFUSED_LATE = (
    "CREATE TABLE late (n INT UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO late VALUES (7); RETURN NULL; END'",
    "CREATE TRIGGER note AFTER INSERT ON payloads FOR EACH ROW EXECUTE FUNCTION note()",
)


def test_a_commit_that_is_refused_undoes_the_act(database: Database) -> None:
    with database.writing() as tx:
        for one in _REFUSED_LATE:
            tx.execute(sa.text(one))
    with database.writing() as tx:
        tx.put(P, **_payload(1))
    with pytest.raises(ConstraintBroken, match="late_n_key"), database.writing() as tx:
        tx.put(P, **_payload(2))
    assert _kept(database) == [1]
    with database.writing() as tx:
        bare_office(tx)


def test_values_of_each_kind_come_back_as_they_went(database: Database) -> None:
    """Also none at all, first or later: the server is told once what kind each value is."""
    kinds = {"truth": sa.Boolean, "raw": sa.LargeBinary, "day": sa.Date, "number": sa.BigInteger, "words": sa.Text}
    back = Prepared(sa.select(*(sa.bindparam(name, type_=kind()).label(name) for name, kind in kinds.items())))
    some = {"truth": False, "raw": b"\x00\\x", "day": date(2026, 2, 28), "number": 2**40, "words": "'; $1 %s 中"}
    none = dict.fromkeys(kinds)
    with database.reading() as tx:
        for given in (none, some, none, some, some, none):
            row = tx.row(back, **given)
            assert row is not None
            assert row._asdict() == given


def test_long_values_pass_both_ways(database: Database) -> None:
    """More than what a socket takes at once: whoever only spoke and did not listen would wait for ever."""
    body = "长" * 5_000_000
    with database.writing() as tx:
        assert tx.rows(_ALL) == []
        for n in range(3):
            tx.put(P, **_payload(n, body))
    with database.reading() as tx:
        assert [len(row.body) for row in tx.rows(_ALL)] == [len(body)] * 3


def test_more_statements_than_are_kept(database: Database) -> None:
    """The one that was not asked for longest is forgotten, by the server, too; asked again it is known again."""
    each = [Prepared(sa.select(sa.literal_column(str(n)).label("n"))) for n in range(MOST_PREPARED + 20)]
    names = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'kept\\_%'")
    with database.reading() as tx:
        for _ in range(5):
            assert [tx.value(one) for one in each] == list(range(len(each)))
        assert tx.value(names) == MOST_PREPARED
        assert [tx.value(one) for one in reversed(each)] == list(reversed(range(len(each))))


@pytest.mark.parametrize("change", ["ALTER TABLE payloads ALTER salt TYPE varchar(40)", "DISCARD ALL"])
def test_what_the_server_no_longer_keeps_is_met_once(database: Database, change: str) -> None:
    """Another release has changed a table, or whoever stands between us and the server has let it forget: the line is no use any
    more, the next one is."""
    salts = Prepared(sa.select(P.c.n, P.c.salt))
    with database.reading() as tx:
        for _ in range(5):
            tx.rows(salts)
        raw: Any = tx._line.raw
    raw.autocommit = True
    raw.execute(change)
    raw.autocommit = False
    with pytest.raises(DatabaseGone), database.writing() as tx:
        tx.rows(salts)
    with database.writing() as tx:
        tx.put(P, **_payload(1))
        assert tx.rows(salts) == [(1, "s")]


def test_what_the_server_keeps_outlives_an_act_that_is_taken_back(database: Database) -> None:
    one = Prepared(sa.select(sa.literal_column("41 + 1").label("n")))
    for _ in range(8):
        with pytest.raises(ZeroDivisionError), database.writing() as tx:
            assert tx.value(one) == 42
            raise ZeroDivisionError
    with database.reading() as tx:
        kept = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 41 + 1%'")
        assert tx.value(kept) == 1


def test_stopped_in_the_middle_of_a_question(database: Database) -> None:
    """Ctrl-C at a command that waits: the question is cancelled, the act undone, and the line answers the next one."""
    long = Prepared(sa.select(sa.func.pg_sleep(600).label("n")))

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(KeyboardInterrupt), database.writing() as tx:
            tx.put(P, **_payload(1))
            tx.write_out()
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            tx.rows(long)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert _kept(database) == []
    with database.writing() as tx:
        tx.put(P, **_payload(2))
    assert _kept(database) == [2]


def test_what_was_refused_cannot_be_passed_over(database: Database) -> None:
    """The server has given up the transaction, and would answer COMMIT with a ROLLBACK: nobody may be told that his act was kept."""
    for also in (_ALL, sa.select(P)):
        with pytest.raises(sa.exc.InternalError, match="passed over"), database.writing() as tx:
            tx.rows(also)
            tx.insert_once(P, **_payload(1))
            with suppress(ConstraintBroken):
                tx.insert(tables.offices, code=None)
    assert _kept(database) == []
    with database.writing() as tx:
        tx.put(P, **_payload(2))
    assert _kept(database) == [2]


def test_what_cannot_be_said_is_told_as_it_is(database: Database) -> None:
    """Although the server is at work on what was sent ahead: its answer is heard, and the line serves the next one."""
    opened = list[Any]()
    for body, met in (("\0", sa.exc.DataError), ("\ud800", UnicodeEncodeError)):
        with pytest.raises(met), database.writing() as tx:
            tx.rows(_ALL)
            tx.put(P, **_payload(1))
            tx.send_ahead()
            sa.event.listen(database.engine, "connect", lambda raw, _: opened.append(raw))
            tx.put(P, **_payload(2, body))
    assert _kept(database) == []
    assert opened == []


def test_an_act_that_fails_on_a_lost_line_is_told_why_it_failed(database: Database) -> None:
    for why in (ZeroDivisionError, KeyboardInterrupt):
        with pytest.raises(why), database.writing() as tx:
            tx.rows(_ALL)
            tx.put(P, **_payload(1))
            tx._line.raw.pgconn.finish()
            raise why
    assert _kept(database) == []


@contextmanager
def _stopped_before_it_hears() -> Iterator[None]:
    def stopped(_: Wire) -> Any:
        patched.undo()
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Wire, "_heard", stopped)
        yield


@pytest.mark.parametrize("talk", [Database.writing, Database.reading, Database.looking])
@pytest.mark.parametrize("question", [_ALL, sa.select(P)])
def test_stopped_between_a_word_and_its_answer(
    database: Database, talk: Callable[[Database], AbstractContextManager[Tx]], question: Any
) -> None:
    """Ctrl-C is told as Ctrl-C, and the next one gets a line on which nothing is left over."""
    with pytest.raises(KeyboardInterrupt), talk(database) as tx:
        tx.rows(question)
        with _stopped_before_it_hears():
            tx.rows(_ALL)
    with database.writing() as tx:
        tx.put(P, **_payload(1))
    assert _kept(database) == [1]


def test_stopped_while_a_line_is_put_back(database: Database) -> None:
    """Who looked speaks without transactions; an act must never get such a line: what it takes back would stay."""
    with pytest.raises(KeyboardInterrupt), database.looking() as look:
        connection: Any = look._line.connection

        def stopped() -> bool:
            del connection.in_transaction
            raise KeyboardInterrupt

        connection.in_transaction = stopped
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        tx.insert_once(P, **_payload(1))
        raise ZeroDivisionError
    assert _kept(database) == []


class Stopped:
    """libpq, at whose function of this name somebody presses Ctrl-C. after: when it is through."""

    def __init__(self, pgconn: Any, name: str, *, after: bool) -> None:
        self._pgconn, self._name, self._after = pgconn, name, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pgconn, name)
        if name != self._name:
            return found

        def stopped(*given: Any) -> Any:
            self._name = ""
            if self._after:
                found(*given)
            raise KeyboardInterrupt

        return stopped


@pytest.mark.parametrize("name", ["send_query_params", "pipeline_sync", "flush", "is_busy", "exit_pipeline_mode"])
@pytest.mark.parametrize("after", [False, True])
def test_stopped_at_any_word(database: Database, name: str, after: bool) -> None:
    """Nothing hangs, no half act stays, Ctrl-C comes through, and the next one gets a line on which nothing is left over."""
    _kept(database)
    with pytest.raises(KeyboardInterrupt), database.writing() as tx:
        wire = tx._line.driver
        wire._pgconn = Stopped(wire._pgconn, name, after=after)
        tx.put(P, **_payload(1))
        assert tx.rows(_ALL) == []
    for n in (2, 3):
        with database.writing() as tx:
            tx.put(P, **_payload(n))
    assert _kept(database) == [2, 3]


def _lose_answer(raw: psycopg.Connection[Any], said: bytes = b"") -> None:
    """The server has done what it was told (and this, said to it behind libpq's back), and the line breaks before we hear of it."""
    with socket.socket(fileno=os.dup(raw.fileno())) as line:
        line.setblocking(True)
        line.sendall(said)
        line.recv(65536)
        line.shutdown(socket.SHUT_RDWR)
        line.setblocking(False)


class Cut:
    """libpq, whose line breaks when it is to hear of the next COMMIT."""

    def __init__(self, raw: Any) -> None:
        self._raw, self._pgconn = raw, raw.pgconn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pgconn, name)

    def consume_input(self) -> None:
        _lose_answer(self._raw)
        self._pgconn.consume_input()


def _with_the_last_writing(tx: Tx) -> None:
    tx.rows(_ALL)
    tx.put(P, **_payload(1))
    tx._line.driver._pgconn = Cut(tx._line.raw)


def _by_itself(tx: Tx) -> None:
    tx.insert_once(P, **_payload(1))
    raw: Any = tx._line.raw
    commit = raw.commit

    def cut() -> None:
        _lose_answer(raw, b"Q\0\0\0\x0bCOMMIT\0")
        commit()

    raw.commit = cut


def _behind_sqlalchemy(tx: Tx) -> None:
    tx.execute(sa.select(P))
    _by_itself(tx)


@pytest.mark.parametrize("act", [_with_the_last_writing, _by_itself, _behind_sqlalchemy])
def test_a_commit_whose_answer_is_lost_is_not_called_undone(database: Database, act: Callable[[Tx], None]) -> None:
    with pytest.raises(CommitInDoubt), database.writing() as tx:
        act(tx)
    assert _kept(database) == [1]


def test_a_line_that_breaks_before_the_commit_is_said_has_kept_nothing(database: Database) -> None:
    with pytest.raises(DatabaseGone) as gone, database.writing() as tx:
        tx.put(P, **_payload(1))
        tx._line.driver._pgconn = Cut(tx._line.raw)
        tx.rows(_ALL)
    assert type(gone.value) is DatabaseGone
    assert _kept(database) == []


def test_a_server_that_dies_while_it_is_asked(database: Database) -> None:
    suicide = Prepared(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid()).label("n")))
    with pytest.raises(DatabaseGone), database.writing() as tx:
        tx.put(P, **_payload(1))
        tx.write_out()
        tx.rows(suicide)
    assert _kept(database) == []
