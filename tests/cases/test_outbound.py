"""A step that another system answers: asked with one key for ever, answered once, and never stuck in silence."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from api.operations import backup
from engine.cases import MOST_TRIES, NoCallWaits, offered_acts, send_back
from engine.catalogue import check
from engine.connections import Seal
from engine.people import ActNotAllowed, office_by_code, officer_by_login
from engine.store import Database, jobs, tables
from tests.hall import Hall
from tests.other_system import Asked, OtherSystem
from tests.outbound import FLOWS, NODES, SEAL, SECRET, Asking, World, bundle, connect, disconnect

SPLIT = {
    "nodes": "start:start intake:intake(accept) prepare:review(pass) split:p lookup:call=RK;id_number;alive;lookup"
    " beside:review(pass,return) join:p decide:decide(grant) deliver:deliver end:end",
    "flows": "start>intake intake>prepare prepare>split split>lookup split>beside lookup>join beside>join join>decide"
    " decide>deliver deliver>end",
}
ALIVE = (200, {"alive": True})


@pytest.fixture(scope="module")
def world(shared_hall: Hall) -> Iterator[World]:
    with OtherSystem() as system:
        yield World(shared_hall, system)


# ---------------------------------------------------------------- what is asked, and what an answer does
def test_asked_by_a_round_and_answered_with_what_is_drawn_alone(world: World) -> None:
    asking = world.comes((200, {"alive": True, "salary": 9000}))
    assert (asking.call.state, asking.call.system, asking.pool) == ("waiting", "人口库", [])
    assert asking.holders[-1] == "system"
    assert asking.flaws == []
    world.hall.duties()
    assert asking.asked == [], "without the key of the hall nobody is asked"
    asking.ask()
    asking.ask()
    (asked,) = asking.asked
    facts = {"id_number": "330102199001011234", "prepare": "pass"}
    assert asked.said == {"case_no": asking.case_no, "matter": "QT10", "step": "lookup", "facts": facts}
    assert asked.key == f"{asking.case_no}/{asking.call.token}"
    assert (asking.call.state, asking.call.tries, asking.pool) == ("answered", 1, ["decide"])
    (told,) = asking.told("call_answered")
    assert (told["facts"], told["outcome"], len(told["digest"])) == ({"alive": True}, "done", 64)
    assert "salary" not in str(told)
    assert asking.flaws == []


def test_the_answer_decides_the_way(world: World) -> None:
    asking = world.comes((200, {"alive": False, "outcome": "done"}))
    asking.ask()
    assert asking.pool == ["hand"]
    assert asking.flaws == []


def test_a_refusal_goes_the_drawn_way_where_there_is_one(world: World) -> None:
    asking = world.comes((404, {"error": "NO_RECORD"}))
    asking.ask()
    assert (asking.call.state, asking.pool, len(asking.asked)) == ("refused", ["hand"], 1)
    assert asking.told("call_refused")[0]["error"] == "NO_RECORD"
    assert asking.flaws == []


def test_a_refusal_that_nobody_has_drawn_goes_to_a_person_at_once(world: World) -> None:
    asking = world.comes((422, {"error": "OUT_OF_AREA"}))
    asking.ask()
    one = asking.call
    assert (one.state, one.reason, asking.pool) == ("by_hand", "对方不予办理（OUT_OF_AREA）", ["lookup"])
    world.hall.does("every", asking.case_id, "lookup", "done", {"alive": True})
    assert asking.pool == ["decide"]
    assert asking.flaws == []


@pytest.mark.parametrize("shared_hall_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((500, {"error": "NO_RECORD"}), "对方答复状态 500"),
        ((403, {}), "对方答复状态 403"),
        ((429, {"error": "NO_RECORD"}), "对方答复状态 429"),
        ((404, {"error": "请联系管理员"}), "对方答复状态 404"),
        ((200, ["alive"]), "答复不是 JSON 对象"),
        ((200, {"alive": ["yes"]}), "答复的“alive”不是一个数、一个是否或不超过 500 字的文字"),
        ((200, {"alive": "x" * 501}), "答复的“alive”不是一个数、一个是否或不超过 500 字的文字"),
        ((200, {"alive": 10**19}), "答复的“alive”不是一个数、一个是否或不超过 500 字的文字"),
        ((200, b'{"alive": "\\ud800"}'), "答复的“alive”不是一个数、一个是否或不超过 500 字的文字"),
        ((200, {"alive": True, "outcome": "granted"}), "答复的办理结果图上没有"),
        ((302, {}), "对方要求转到别的地址（302），不跟随"),
        ((200, {"alive": "x" * 70_000}), "答复超过 64 KB"),
        ((200, {}), "按答复走不下去"),
        ((200, {"alive": "maybe"}), "答复不合表单：在世：应当勾选或不勾选"),
    ],
)
def test_what_cannot_be_used_is_told_in_words_and_asked_again(world: World, reply: tuple[int, Any], why: str) -> None:
    asking = world.comes(reply, ALIVE)
    asking.ask()
    one = asking.call
    assert (one.state, one.tries, asking.pool) == ("waiting", 1, [])
    assert one.reason.startswith(why)
    assert one.next_at == world.hall.now + timedelta(seconds=2)
    asking.ask()
    assert len(asking.asked) == 1, "not before its time"
    asking.ask_again()
    assert asking.keys[0] == asking.keys[1]
    assert asking.asked[0].body == asking.asked[1].body
    assert (asking.call.state, asking.call.tries, asking.pool) == ("answered", 2, ["decide"])
    assert asking.flaws == []


def test_whoever_never_answers_gives_way_to_a_person(world: World) -> None:
    asking = world.comes((500, {}))
    for _ in range(MOST_TRIES):
        assert asking.pool == []
        asking.ask_again()
    assert (asking.call.state, asking.pool) == ("by_hand", ["lookup"])
    world.hall.later(minutes=10)
    asking.ask()
    assert len(asking.asked) == MOST_TRIES
    assert len(set(asking.keys)) == 1
    assert [told["tries"] for told in asking.told("call_failed")] == list(range(1, MOST_TRIES + 1))
    assert asking.holders[-2:] == ["system", "window"]
    with world.hall.database.reading() as tx:
        assert jobs.backlog(tx, world.hall.now).dead == 0
    world.hall.does("every", asking.case_id, "lookup", "done", {"alive": False})
    assert asking.pool == ["hand"]
    assert asking.flaws == []


def test_a_connection_that_was_closed_is_no_longer_asked(world: World) -> None:
    connect(world.hall, world.system.url, "RX")
    asking = world.comes(ALIVE, nodes=NODES.replace("call=RK", "call=RX"))
    disconnect(world.hall, "RX")
    asking.ask()
    assert asking.asked == []
    assert (asking.call.state, asking.pool) == ("by_hand", ["lookup"])
    assert asking.call.reason == "这个对接没有登记，或已经停用"
    assert asking.flaws == []


def test_a_machine_with_another_key_asks_nobody_and_says_why(world: World) -> None:
    asking = world.comes(ALIVE)
    world.hall.duties(Seal(b"another key"))
    assert asking.asked == []
    assert asking.call.reason == "对接“RK”的密钥在这台机器上打不开"
    asking.ask_again()
    assert asking.call.state == "answered"


# ---------------------------------------------------------------- nobody holds anybody up
def test_a_system_that_does_not_answer_holds_up_no_timer_of_its_case(world: World) -> None:
    nodes = NODES.replace("unknown:error=lookup;NO_RECORD", "unknown:late=lookup;PT20S told:notify told_end:end")
    asking = world.comes((500, {}), nodes=nodes, flows=FLOWS.replace("unknown>hand", "unknown>told told>told_end"))
    while asking.call.tries < 4:
        asking.ask_again()
    world.hall.later(seconds=10)
    world.hall.duties()
    assert asking.pool == ["told"], "the call is still to be tried again"
    assert (asking.call.state, asking.call.tries) == ("waiting", 4)
    assert asking.flaws == []


def test_every_one_of_several_at_once_asks_for_itself(world: World) -> None:
    asking = world.comes(ALIVE, each="3")
    assert [one.state for one in asking.calls] == ["waiting"] * 3
    asking.ask()
    assert len(set(asking.keys)) == 3
    assert asking.pool == ["decide"]
    assert asking.flaws == []


# ---------------------------------------------------------------- a person takes over; late answers
def test_a_person_with_the_right_takes_over_and_the_late_answer_is_only_told(world: World) -> None:
    hall = world.hall

    def meanwhile(_: Asked) -> tuple[int, Any]:
        hall.acts("every", asking.case_id, "take_over_call", reason="对方系统检修")
        hall.does("every", asking.case_id, "lookup", "done", {"alive": False})
        return ALIVE

    asking = world.comes(meanwhile)
    asking.ask()
    assert (asking.call.state, asking.call.reason, asking.pool) == ("by_hand", "对方系统检修", ["hand"])
    (late,) = asking.told("call_late")
    assert (late["status"], len(late["digest"]), asking.acts[-1]) == (200, 64, "call_late")
    assert asking.flaws == []
    with pytest.raises(NoCallWaits):
        hall.acts("every", asking.case_id, "take_over_call", reason="再来")


def test_who_has_nothing_to_do_with_the_step_takes_nothing_over(world: World) -> None:
    asking = world.comes((500, {}))
    world.hall.hire("passer", "x-9", like="li", roles=["clerk", "coordinator"])
    with pytest.raises(ActNotAllowed):
        world.hall.acts("passer", asking.case_id, "take_over_call", reason="我来")
    with world.hall.database.reading() as tx:
        for login, may in (("every", True), ("passer", False)):
            offers = offered_acts(tx, officer_by_login(tx, login), asking.case_id, world.hall.now)
            assert ("take_over_call" in {offer.code for offer in offers}) is may


def _withdrawn(asking: Asking) -> None:
    asking.hall.applicant(asking.case_id, "withdraw")


def _terminated(asking: Asking) -> None:
    why = {"reason_code": "applicant_gone", "reasons": "注销", "basis": "登记"}
    asking.hall.acts("sun", asking.case_id, "terminate", **why)


@pytest.mark.parametrize("ends", [_withdrawn, _terminated])
def test_the_answer_to_a_case_that_has_ended_changes_nothing(world: World, ends: Callable[[Asking], None]) -> None:
    def meanwhile(_: Asked) -> tuple[int, Any]:
        ends(asking)
        return ALIVE

    asking = world.comes(meanwhile)
    asking.ask()
    assert world.hall.case(asking.case_id).phase == ends.__name__.removeprefix("_")
    assert (asking.call.state, asking.pool, asking.acts[-1]) == ("withdrawn", [], "call_late")
    assert asking.flaws == []


def test_a_case_that_was_sent_back_asks_anew_under_another_key(world: World) -> None:
    hall = world.hall

    def sent_back(_: Asked) -> tuple[int, Any]:
        task_id = hall.claim("every", asking.case_id, "beside")
        with hall.database.writing() as tx:
            send_back(tx, officer_by_login(tx, "every"), task_id, "prepare", "材料有变", now=hall.now)
        return ALIVE

    asking = world.comes(sent_back, ALIVE, **SPLIT)
    asking.ask()
    assert (asking.call.state, asking.pool, asking.acts[-1]) == ("withdrawn", ["prepare"], "call_late")
    assert asking.flaws == []
    asking.come().ask()
    assert [one.state for one in asking.calls] == ["withdrawn", "answered"]
    assert asking.keys[0] != asking.keys[1]
    assert asking.pool == ["beside"]
    assert asking.flaws == []


# ---------------------------------------------------------------- twice, and killed
def test_a_worker_that_lost_its_lease_brings_nothing(world: World) -> None:
    """While the first is away its lease runs out, and another one asks and is answered: the first one's answer leaves no mark."""

    def slowly(_: Asked) -> tuple[int, Any]:
        world.hall.now += jobs.LEASE
        world.hall.duties(SEAL)
        return 200, {"alive": False}

    asking = world.comes(slowly, ALIVE)
    asking.ask()
    assert (len(asking.keys), len(set(asking.keys))) == (2, 1)
    assert (asking.call.state, asking.pool) == ("answered", ["decide"])
    assert asking.acts.count("call_answered") == 1
    assert "call_late" not in asking.acts
    assert asking.flaws == []


def _one_round(url: str, now: datetime) -> None:
    Hall(Database.open(url), now).duties(SEAL)


def test_a_worker_that_is_killed_before_it_has_the_answer_asks_again_with_the_same_key(
    world: World, shared_hall_url: str
) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.hands", "engine.supervision"])

    def kill(_: Asked) -> tuple[int, Any]:
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        return ALIVE

    asking = world.comes(kill, ALIVE)
    worker = processes.Process(target=_one_round, args=(shared_hall_url, world.hall.now), daemon=True)
    worker.start()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL
    assert (asking.call.state, asking.call.tries) == ("waiting", 0)
    asking.ask()
    assert len(asking.asked) == 1, "its lease has not run out"
    world.hall.now += jobs.LEASE
    asking.ask()
    assert (len(asking.keys), len(set(asking.keys))) == (2, 1)
    assert asking.asked[0].body == asking.asked[1].body
    assert (asking.call.state, asking.pool) == ("answered", ["decide"])
    assert asking.flaws == []


# ---------------------------------------------------------------- the secret, and what verify sees
def test_the_secret_stands_in_no_table_no_log_and_no_backup(world: World, shared_hall_url: str, tmp_path: Path) -> None:
    with capture_logs() as logged:
        asking = world.comes((500, {"error": SECRET}), ALIVE)
        asking.ask()
        asking.ask_again()
    assert asking.call.state == "answered"
    with world.hall.database.reading() as tx:
        for table in tables.metadata.sorted_tables:
            assert not any(SECRET in str(tuple(row)) for row in tx.rows(sa.select(table))), table.name
    assert SECRET not in str(logged)
    if world.hall.database.dialect == "sqlite":
        backup(world.hall.database, shared_hall_url, tmp_path / "copy.db")
        assert SECRET.encode() not in (tmp_path / "copy.db").read_bytes()


@pytest.mark.parametrize("shared_hall_url", ["sqlite"], indirect=True)
def test_verify_holds_a_call_against_the_journal(world: World) -> None:
    asking = world.comes((500, {}))
    asking.ask()
    assert asking.flaws == []
    c, one = tables.calls, asking.call
    mine = c.update().where(c.c.id == one.id)
    for column, value in (("tries", 7), ("state", "answered"), ("connection", "RZ"), ("reason", "无"), ("token", "77")):
        more = {"next_at": None, "ended_at": world.hall.now} if column == "state" else {}
        with world.hall.database.writing() as tx:
            tx.execute(mine.values(**{column: value}, **more))
        assert asking.flaws, column
        with world.hall.database.writing() as tx:
            tx.execute(mine.values(**{column: getattr(one, column)}, next_at=one.next_at, ended_at=one.ended_at))
    assert asking.flaws == []


# ---------------------------------------------------------------- publishing
@pytest.mark.parametrize("shared_hall_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("nodes", "rule", "at"),
    [
        (NODES, "", ""),
        (NODES.replace("call=RK", "call=RZ"), "call-to-no-connection", "lookup"),
        (NODES.replace("id_number,", "id_numbr,"), "call-sends-unknown", "lookup"),
        (NODES.replace(";alive;lookup", ";alive"), "call-not-by-hand", "lookup"),
        (NODES.replace(";alive;lookup", ";age"), "condition-asks-unknown", "f4"),
    ],
)
def test_publishing_says_what_a_call_lacks(world: World, nodes: str, rule: str, at: str) -> None:
    with world.hall.database.reading() as tx:
        found = check(tx, office_by_code(tx, "lz"), bundle(nodes)).findings
    told = {(f.rule, f.element) for f in found if f.severity == "error"}
    assert told >= {(rule, at)} if rule else told == set()
    assert {one for one, _ in told} <= {rule}
