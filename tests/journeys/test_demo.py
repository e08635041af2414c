"""The demo as everybody meets it first: three stories on a fresh database, then a hall that is served and not filled again.

On SQLite, where `./run` puts it: it takes half a minute to tell, and does nothing that other tests do not do on both."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.cases import case_lamp, matters_of
from engine.store import Database, tables
from tests.journeys.processes import Server, command


def cases(url: str) -> int:
    database = Database.open(url)
    with database.reading() as tx:
        count = int(tx.value(sa.select(sa.func.count()).select_from(tables.cases)))
    database.close()
    return count


def _demand_stage(url: str) -> None:
    """Whoever comes on any day, at any hour, sees a stage at work: each matter in another state, and the next stage in hand."""
    c, t, o = tables.cases, tables.tasks, tables.officers
    database = Database.open(url)
    with database.reading() as tx:
        stage = tx.value(sa.select(c.c.id).where(c.c.case_no.like("BA01-%")))
        words = {m.code: m.words for m in matters_of(tx, stage)}
        shown = sa.select(c.c.case_no, case_lamp().label("lamp")).where(c.c.master_id == stage)
        lamps = {r.case_no.split("-")[0]: r.lamp for r in tx.rows(shown)}
        held = sa.select(o.c.login).join(t, t.c.officer_id == o.c.id).join(c, c.c.id == t.c.case_id)
        holder = tx.value(held.where(c.c.case_no.like("BA02-%"), t.c.state == "claimed"))
    database.close()
    assert words == {
        "TZ01": "准予",
        "ZR01": "办理中",
        "GH02": "等待前置",
        "HP02": "办理中",
        "JN01": "暂缓",
        "SL01": "暂缓",
    }
    assert (lamps["ZR01"], lamps["HP02"], holder) == ("grey", "yellow", "chen")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_demo_is_told_once_and_served(database_url: str, tmp_path: Path) -> None:
    code, said = command(database_url, tmp_path, "demo")
    assert code == 0
    stories = said.split("——— ")[1:]
    titles = [story.split(" ———")[0] for story in stories]
    assert titles == [
        "即办件：企业投资项目备案",
        "一审一核，补正与延期：建设用地规划许可证核发",
        "专家评审：特殊建设工程消防设计审查",
    ]
    assert all("送达：已送达  ｜办结" in story for story in stories)
    planning = stories[1]
    yellow, red = planning.index("▲ “审查”环节时限：临期"), planning.index("▲ “审查”环节时限：超环节时限")
    assert yellow < red < planning.index("审查：通过"), "flagged yellow, then red, and then done late"
    assert "▲ 承诺时限：超承诺" in planning
    assert "专家评审暂停至" in stories[2]
    accounts = said.partition("演示账号")[2].splitlines()[1:]
    filled = cases(database_url)
    assert f"另有 {filled - len(stories)} 件办件" in said
    _demand_stage(database_url)
    assert command(database_url, tmp_path, "verify") == (0, f"核验 {filled} 件办件，0 处不符\n")

    with Server(database_url, tmp_path, "--demo") as server:
        assert "———" not in server.said
        told = server.said.partition("演示账号")[2].splitlines()[1:]
        assert [line for line in told if line in accounts and line.strip()] == [
            line for line in accounts if line.strip()
        ]
        assert server.stop() == 0
    assert cases(database_url) == filled
