"""What people see of a step that another system answers: why the case waits, in whose hands it is, what the record says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.operations import examine
from engine.cases import case_facts, open_dossier
from engine.config import Settings
from engine.people import officer_by_login
from engine.reports import Note, Waiting, holdings, record, waiting
from tests.hall import Hall
from tests.other_system import OtherSystem
from tests.outbound import Asking, World

pytestmark = pytest.mark.parametrize("shared_hall_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def world(shared_hall: Hall) -> Iterator[World]:
    with OtherSystem() as system:
        yield World(shared_hall, system)


def waits(asking: Asking) -> Waiting:
    with asking.hall.database.reading() as tx:
        return waiting(tx, [asking.case_id], asking.hall.now)[asking.case_id]


def notes(asking: Asking) -> list[Note]:
    with asking.hall.database.reading() as tx:
        return record(tx, asking.case_id)


def hands(asking: Asking) -> list[str]:
    with asking.hall.database.reading() as tx:
        return [one.label for one in holdings(tx, [asking.case_id], asking.hall.now)[asking.case_id]]


def test_it_says_whose_answer_it_waits_for_how_often_it_asked_and_when_it_asks_again(world: World) -> None:
    asking = world.comes((500, {}))
    assert waits(asking).sentence == "等待对接系统人口库的回答（lookup）"
    assert (waits(asking).public, waits(asking).whom) == ("等待其他系统的答复", "人口库")
    assert hands(asking)[-1] == "对接系统人口库"
    asking.ask()
    asking.ask_again()
    at = asking.call.next_at
    assert at is not None
    told = f"等待对接系统人口库的回答（lookup），已试 2 次，下次 {at.astimezone(world.hall.time.zone):%H:%M}"
    assert waits(asking).sentence == told
    last = notes(asking)[-1]
    assert (last.title, last.quote) == ("对接系统没有答复“lookup”", "对方答复状态 500")
    assert last.lines == ("人口库，第 2 次，稍后再试",)
    assert any("对外调用：人口库（lookup）" in note.lines for note in notes(asking))
    world.hall.acts("every", asking.case_id, "take_over_call", reason="对方检修，电话核实")
    assert waits(asking).sentence.startswith("待签收：自然资源窗口，lookup")
    last = notes(asking)[-1]
    assert (last.title, last.quote, last.lines) == ("转人工确认“lookup”", "对方检修，电话核实", ("不再等人口库",))
    assert hands(asking)[-2:] == ["对接系统人口库", "自然资源窗口"]


def test_beside_an_open_task_both_are_said(world: World) -> None:
    nodes = "start:start intake:intake(accept) prepare:review(pass) split:p lookup:call=RK;id_number beside:review(pass) join:p"
    flows = "start>intake intake>prepare prepare>split split>lookup split>beside lookup>join beside>join join>decide"
    more = " decide:decide(grant) deliver:deliver end:end", " decide>deliver deliver>end"
    asking = world.comes((500, {}), nodes=nodes + more[0], flows=flows + more[1])
    assert waits(asking).sentence.startswith("待签收：自然资源窗口，beside")
    assert waits(asking).sentence.endswith("；等待对接系统人口库的回答（lookup）")
    assert hands(asking)[-1] == "自然资源窗口", "with several open, the window's task is first"


def test_who_takes_over_and_who_decides_read_what_was_said(world: World) -> None:
    refused, answered = world.comes((422, {"error": "OUT_OF_AREA"})), world.comes((200, {"alive": True}))
    refused.ask()
    assert [note.title for note in notes(answered)][-1] == "lookup：完成"
    assert notes(answered)[-1].lines == ("人口库答复，带回 1 项",)
    with world.hall.database.reading() as tx:
        every = officer_by_login(tx, "every")
        for asking, step, expected in (
            (refused, "lookup", ("lookup", "由人确认", "人口库", "对方不予办理（OUT_OF_AREA）", {})),
            (answered, "decide", ("lookup", "已答复", "人口库", "", {"alive": True})),
        ):
            seen = open_dossier(tx, every, world.hall.task(asking.case_id, step).id, world.hall.now)
            told = seen.findings[-1]
            assert (told.name, told.outcome, told.who, told.opinion, told.answers) == expected
        assert case_facts(tx, every, answered.case_id, world.hall.now).calls == ()


def test_doctor_tells_of_calls_that_nobody_answers(world: World, tmp_path: Path) -> None:
    asking = world.comes((500, {}))
    asking.ask()
    settings = Settings(tmp_path, str(world.hall.database.engine.url))
    (sign,) = (one for one in examine(world.hall.database, settings, world.hall.now) if one.subject == "对接")
    assert not sign.well
    assert "试过还没有答复" in sign.told
    assert "一天内转由人确认" in sign.told
