"""Whoever does the work in the hall: this process, or one that is killed with SIGKILL wherever luck will have it.

What was killed is done again by the next process, as a client repeats under its id a request that nobody answered, and as a
worker takes a job whose lease has run out. So each piece of work here bears a second run.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

from engine.cases import Filed, Filing, act, act_as_applicant, claim, complete, file_case, send_back
from engine.catalogue import running_version
from engine.people import APPLICANT, office_by_code, officer_by_login
from engine.store import Database, tables
from tests.hall import Hall

Work = Callable[..., Any]
_LEAST_DELAY, _BEFORE_THE_ANSWER = 0.002, 0


class Hands:
    """This very process works."""

    killed = 0

    def __init__(self, hall: Hall) -> None:
        self.hall = hall

    def do(self, work: Work, *given: Any) -> Any:
        return work(self.hall, *given)

    def end(self) -> None:
        """Nobody works any more."""


class MortalHands(Hands):
    """A process of its own works. Of the pieces of work that it is given, some are its last: it kills itself between two
    statements, before a commit, or after the last one before it has answered; or it is killed from outside, wherever it is after
    some milliseconds."""

    def __init__(self, hall: Hall, url: str, luck: random.Random, *, peril: float) -> None:
        super().__init__(hall)
        self.url, self.luck, self.peril = url, luck, peril
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.hands", "engine.supervision"])
        self._hire()

    def do(self, work: Work, *given: Any) -> Any:
        while True:
            inside, outside = self._fate(work)
            self.pipe.send((work, given, self.hall.now, inside))
            shot = outside is not None and not self.pipe.poll(outside)
            if shot:
                self.process.kill()
            answered, answer = self._answer()
            if shot or not answered:  # it may have answered with its last breath
                self._replace()
            if isinstance(answer, BaseException):
                raise answer
            if answered:
                return answer

    def _answer(self) -> tuple[bool, Any]:
        try:
            return True, self.pipe.recv()
        except (EOFError, ConnectionResetError):
            return False, None

    def end(self) -> None:
        self.process.kill()
        self._gone()

    def _fate(self, work: Work) -> tuple[int | None, float | None]:
        """After how many statements it kills itself, after how many seconds it is killed; mostly neither."""
        chance, long = self.luck.random(), work is rounds
        if chance > self.peril:
            return None, None
        if chance > self.peril * 2 / 3:
            return _BEFORE_THE_ANSWER, None
        if chance > self.peril / 4:
            return self.luck.randint(1, 250 if long else 60), None
        return None, self.luck.uniform(_LEAST_DELAY, 0.2 if long else 0.05)

    def _hire(self) -> None:
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(target=_works, args=(self.url, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def _replace(self) -> None:
        """Another one takes the place of who is dead. The leases of the dead run out at once, as they would after five minutes."""
        self.process.kill()
        self._gone()
        assert self.process.exitcode == -signal.SIGKILL, self.process.exitcode
        self.killed += 1
        j = tables.jobs
        with self.hall.database.writing() as tx:
            tx.execute(j.update().where(j.c.state == "running").values(leased_until=self.hall.now))
        self._hire()

    def _gone(self) -> None:
        self.process.join()
        self.pipe.close()


@dataclass
class _Fuse:
    """Burns down by one at each statement and before each commit."""

    left: int | None = None

    def burn(self, *_: Any) -> None:
        if not self.left:  # none, or before the answer
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _works(url: str, pipe: Connection) -> None:
    """The life of one process."""
    database, fuse = Database.open(url), _Fuse()
    sa.event.listen(database.engine, "before_cursor_execute", fuse.burn)
    sa.event.listen(database.engine, "commit", fuse.burn)
    hall = Hall(database)
    while True:
        try:
            work, given, hall.now, fuse.left = pipe.recv()
        except EOFError:
            return
        try:
            answer = work(hall, *given)
        except Exception:  # whoever gave the work must hear of it
            answer = AssertionError(traceback.format_exc())
        if fuse.left == _BEFORE_THE_ANSWER:
            os.kill(os.getpid(), signal.SIGKILL)
        pipe.send(answer)


# ---------------------------------------------------------------- what there is to do
def files(hall: Hall, matter: str, name: str, answers: Mapping[str, Any]) -> Filed:
    """Someone files online with all materials."""
    with hall.database.writing() as tx:
        office = office_by_code(tx, "lz")
        brought = {m.key: "brought" for m in running_version(tx, office.id, matter).guide.materials}
        filing = Filing(matter, {"name": name}, answers, brought, "web")
        return file_case(tx, office, filing, APPLICANT, hall.now, request_id=name)


def claims(hall: Hall, login: str, task_id: int) -> None:
    with hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, login), task_id, now=hall.now)


def completes(hall: Hall, login: str, task_id: int, outcome: str, details: Mapping[str, Any]) -> None:
    with hall.database.writing() as tx:
        who, request = officer_by_login(tx, login), f"{task_id} {outcome}"
        complete(tx, who, task_id, outcome, answers={}, details=details, now=hall.now, request_id=request)


def sends_back(hall: Hall, login: str, task_id: int, target: str) -> None:
    with hall.database.writing() as tx:
        who, request = officer_by_login(tx, login), f"{task_id} back"
        send_back(tx, who, task_id, target, "重新审查", now=hall.now, request_id=request)


def acts(hall: Hall, login: str | None, case_id: int, name: str, details: Mapping[str, Any]) -> None:
    """An act at the case itself, of an officer, or of the applicant where nobody is named."""
    request = f"{case_id} {name} {hall.now.isoformat()}"
    with hall.database.writing() as tx:
        if login is None:
            act_as_applicant(tx, case_id, name, details, now=hall.now, request_id=request)
        else:
            act(tx, officer_by_login(tx, login), case_id, name, details, now=hall.now, request_id=request)


def rounds(hall: Hall) -> None:
    """One round of sweep and jobs."""
    hall.duties()
