"""What people of the demo do at the engine's doors, whoever tells of it: apply, and take a task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import Filed, Filing, Upload, claim, file_case
from engine.catalogue import running_version
from engine.people import APPLICANT, Actor, Office, Officer, officer_by_login
from engine.store import Tx, tables

from .sheets import pdf


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
    """An applicant files, at the window through a clerk or online by himself, with every material but the missing ones, a
    sheet for each. answers: the guide's sample where none are given."""
    guide = running_version(tx, of.id, matter).guide
    brought = {m.key: "missing" if m.key in missing else "brought" for m in guide.materials}
    channel, actor = ("window", Actor("officer", officer_by_login(tx, clerk))) if clerk else ("web", APPLICANT)
    given = guide.sample if answers is None else answers
    files = {m.key: [sheet(m.name, name, guide.name)] for m in guide.materials if m.key not in missing}
    return file_case(tx, of, Filing(matter, {"name": name}, given, brought, channel, project, files), actor, now)


def sheet(material: str, applicant: str, matter: str) -> Upload:
    """The file of a material."""
    lines = (f"申请人：{applicant}", f"申请事项：{matter}", "示例文件，内容虚构，由演示生成。")
    return Upload(f"{material}.pdf", pdf(material, lines))


def takes(tx: Tx, login: str, case_no: str, step: str, now: datetime) -> tuple[Officer, Any]:
    """An officer takes the one open task of a step that lies at his windows. The task is told by its id, name and window."""
    who = officer_by_login(tx, login)
    t, c, w = tables.tasks, tables.cases, tables.windows
    chosen = sa.select(t.c.id, t.c.name, w.c.name.label("window")).join(c, c.c.id == t.c.case_id)
    lying = chosen.join(w, w.c.id == t.c.window_id).where(c.c.case_no == case_no, t.c.step == step, t.c.state == "open")
    (task,) = tx.rows(lying.where(t.c.window_id.in_(who.windows)))
    claim(tx, who, task.id, now=now)
    return who, task
