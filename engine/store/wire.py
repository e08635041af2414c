"""PostgreSQL's line to an act: what is said together is answered together, in one round trip.

psycopg says BEGIN, waits, asks, waits, and says COMMIT and waits; beside it, each question goes through a good deal of Python. Here the
BEGIN goes with the first question and the COMMIT with the last writing, by the pipeline of the protocol (libpq's, as psycopg hands
it out): the server does one after the other, and leaves out all that comes behind one that failed, COMMIT, too. Between two
questions psycopg may use the same connection as ever.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

MOST_PREPARED = 300
"""So many statements does a connection keep; then it forgets the one that was kept longest without being asked."""
_WORTH_IT = 3
"""Asked so many times, a statement is kept by the server, who then need not read and plan it again."""
_MOST_COUNTED = 1000
_BEGIN, _COMMIT = {True: b"begin_to_read", False: b"begin_to_write"}, b"commit"
_WORDS = {
    _BEGIN[True]: b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    _BEGIN[False]: b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    _COMMIT: b"COMMIT",
}
"""What every act says, and how the server knows it."""
_IDLE, _ACTIVE = pq.TransactionStatus.IDLE, pq.TransactionStatus.ACTIVE
_SYNCED, _FAILED = pq.ExecStatus.PIPELINE_SYNC, pq.ExecStatus.FATAL_ERROR
_IN_PIPELINE = pq.PipelineStatus.ON
_NO_LONGER_KEPT = (b"0A000", b"26000")
"""A column that it answers has become another one (a later release has brought the tables up to date); somebody made the server forget
it (DISCARD ALL). It would be so each time: only another line does not know it."""
_AS_IT_SUITS = PyFormat.AUTO
_SECONDS_TO_CANCEL = 5.0


class Wire:
    """One for a connection, for as long as it is open. For one thread at a time. Raises psycopg.Error."""

    reads = False
    """What the next BEGIN says: one moment for all that a reader asks; an act sees with each statement what is there by then."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw, self._pgconn = raw, raw.pgconn
        self._values = Transformer(raw)
        """Remembers how values of each type are written and read."""
        self._poll = select.poll()
        self._poll.register(raw.fileno(), select.POLLIN)
        self._names: dict[bytes, bytes] = {}
        """Of the statements that the server keeps, the one that was asked last at the end."""
        self._told: dict[bytes, bytes] = {}
        """Those that he was just told, and has not yet said that he understood."""
        self._asked: dict[bytes, int] = {}
        self._given = 0
        self._answer: Any = None
        for name, text in _WORDS.items():
            self._demand(self._pgconn.prepare(name, text))

    def execute(self, text: bytes, values: Sequence[Any], kinds: Sequence[int], *, last: bool = False) -> None:
        """One statement, its parameters as $1, $2; begins a transaction where none is open. kinds: of each parameter the number of
        its type, 0 where the text says it. last: COMMIT with it, if it succeeds.

        Raises psycopg.Error, also that of what was sent ahead; a transaction that was open then waits for its ROLLBACK. A line
        that was lost is closed."""
        self._say(text, values, kinds, last=last)
        answers = self._heard()
        self._answer = answers[-2] if last else answers[-1]

    def send_ahead(self, text: bytes, values: Sequence[Any], kinds: Sequence[int]) -> None:
        """A statement in an open transaction whose answer is heard with that of the next one: meanwhile the server works, and so do
        we. What it raises is raised there."""
        self._say(text, values, kinds)
        self._pgconn.flush()

    def begin(self) -> None:
        """A transaction where none is open, for psycopg, which would begin one as it likes."""
        if self._pgconn.transaction_status != _IDLE or self._raw.autocommit:
            return
        try:
            self._pgconn.enter_pipeline_mode()
            self._pgconn.send_query_prepared(_BEGIN[self.reads], None)
        except BaseException:  # half said
            self._raw.close()
            raise
        self._heard()

    def hear(self) -> None:
        """The answer to what was sent ahead. Raises psycopg.Error."""
        if self.waits:
            self._heard()

    def _say(self, text: bytes, values: Sequence[Any], kinds: Sequence[int], *, last: bool = False) -> None:
        pgconn = self._pgconn
        written = self._values.dump_sequence(values, [_AS_IT_SUITS] * len(values))
        begins = pgconn.transaction_status == _IDLE and not self._raw.autocommit
        name, is_new, forgotten = self._kept(text)
        try:
            if pgconn.pipeline_status != _IN_PIPELINE:
                pgconn.enter_pipeline_mode()
            if begins:
                pgconn.send_query_prepared(_BEGIN[self.reads], None)
            if forgotten is not None:
                pgconn.send_query_params(b"DEALLOCATE " + forgotten, None)
            if is_new:
                pgconn.send_prepare(name, text, kinds)
                self._told[text] = name
            if name:
                pgconn.send_query_prepared(name, written, self._values.formats)
            else:
                pgconn.send_query_params(text, written, kinds, self._values.formats)
            if last:
                pgconn.send_query_prepared(_COMMIT, None)
        except BaseException:  # half said
            self._raw.close()
            raise

    def _heard(self) -> list[Any]:
        """The answers to all that was said."""
        told, self._told = self._told, {}
        try:
            self._pgconn.pipeline_sync()
        except BaseException:  # half said
            self._raw.close()
            raise
        try:
            answers = self._answers()
            self._pgconn.exit_pipeline_mode()
        except psycopg.Error:
            self._raw.close()
            raise
        except BaseException:
            self._give_up()
            raise
        for answer in answers:
            if answer.status == _FAILED:
                if answer.error_field(pq.DiagnosticField.SQLSTATE) in _NO_LONGER_KEPT:
                    self._raw.close()
                self._demand(answer)
        self._names |= told
        return answers

    @property
    def waits(self) -> bool:
        """Whether something was said whose answer is not heard yet."""
        return bool(self._pgconn.pipeline_status == _IN_PIPELINE)

    @property
    def lost(self) -> bool:
        return bool(self._raw.closed)

    @property
    def rowcount(self) -> int:
        """How many rows the last statement has changed, or answers."""
        return self._answer.command_tuples or 0

    def fetchall(self) -> list[tuple[Any, ...]]:
        """What the last statement answers."""
        self._values.set_pgresult(self._answer)
        return self._values.load_rows(0, self._answer.ntuples, tuple)

    def _demand(self, answer: Any) -> None:
        if answer.status == _FAILED:
            raise psycopg.errors.error_from_result(answer, encoding=self._values.encoding)

    def _kept(self, text: bytes) -> tuple[bytes, bool, bytes | None]:
        """By which name the server knows this statement, or is now told (True); empty where it is not worth it. And the name that it
        is to forget."""
        name = self._names.pop(text, None)
        if name is not None:
            self._names[text] = name
            return name, False, None
        times = self._asked.pop(text, 0) + 1
        if times < _WORTH_IT:
            if len(self._asked) >= _MOST_COUNTED:
                self._asked.clear()
            self._asked[text] = times
            return b"", False, None
        self._given += 1
        forgotten = None
        if len(self._names) >= MOST_PREPARED:
            forgotten = self._names.pop(next(iter(self._names)))
        return b"kept_%d" % self._given, True, forgotten

    def _answers(self) -> list[Any]:
        """Of all that was sent, in its order. Raises psycopg.OperationalError when the line is lost."""
        pgconn, answers = self._pgconn, list[Any]()
        while pgconn.flush():  # the server may want to be heard before it goes on listening
            self._poll.modify(self._raw.fileno(), select.POLLIN | select.POLLOUT)
            if any(happened & ~select.POLLOUT for _, happened in self._poll.poll()):
                pgconn.consume_input()
            self._poll.modify(self._raw.fileno(), select.POLLIN)
        while True:
            while pgconn.is_busy():
                self._poll.poll()
                pgconn.consume_input()
            answer = pgconn.get_result()
            if answer is None:  # between two statements
                continue
            if answer.status == _SYNCED:
                return answers
            answers.append(answer)

    def _give_up(self) -> None:
        """Stopped from outside (Ctrl-C): what the server still does for nobody is cancelled, and what it still says is heard to its
        end. Where that does not succeed, the line is closed."""
        try:
            if self._pgconn.transaction_status == _ACTIVE:
                self._raw.cancel_safe(timeout=_SECONDS_TO_CANCEL)
                self._answers()
            self._pgconn.exit_pipeline_mode()
        except psycopg.Error:
            self._raw.close()
