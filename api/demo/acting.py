"""What people of the demo do at the engine's doors, whoever tells of it: apply, and take a task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.cases import Filed, Filing, claim, file_case
from engine.catalogue import running_version
from engine.people import APPLICANT, Actor, Office, Officer, officer_by_login
from engine.reports import Asked, Line, worklist
from engine.store import Tx


def applies(
    tx: Tx,
    of: Office,
    matter: str,
    name: str,
    now: datetime,
    *,
    clerk: str | None,
    answers: Mapping[str, Any] | None = None,
    missing: tuple[str, ...] = (),
    project: str | None = None,
) -> Filed:
    """An applicant files, at the window through a clerk or online by himself, with every material but the missing ones.
    answers: the guide's sample where none are given."""
    guide = running_version(tx, of.id, matter).guide
    brought = {m.key: "missing" if m.key in missing else "brought" for m in guide.materials}
    channel, actor = ("window", Actor("officer", officer_by_login(tx, clerk))) if clerk else ("web", APPLICANT)
    given = guide.sample if answers is None else answers
    return file_case(tx, of, Filing(matter, {"name": name}, given, brought, channel, project), actor, now)


def takes(tx: Tx, login: str, case_no: str, step: str, now: datetime) -> tuple[Officer, Line]:
    """An officer takes the one task of a step from his window's pool."""
    who = officer_by_login(tx, login)
    (task,) = (line for line in worklist(tx, who, now, Asked(query=case_no)) if line.step == step)
    claim(tx, who, task.id, now=now)
    return who, task
