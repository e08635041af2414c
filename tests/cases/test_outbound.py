"""A step that another system answers: asked with one key for ever, answered once, and never stuck in silence."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from api.operations import backup
from engine.cases import MOST_TRIES, NoCallWaits, calls_of, offered_acts, send_back
from engine.catalogue import MatterNotPublishable, publish
from engine.connections import Seal
from engine.people import ActNotAllowed, office_by_code, officer_by_login
from engine.store import Database, jobs, tables
from tests.hall import Hall
from tests.other_system import Asked, OtherSystem
from tests.outbound import FLOWS, NODES, SEAL, SECRET, Asking, bundle, connect, disconnect

SPLIT = (
    "start:start intake:intake(accept) prepare:review(pass) split:p lookup:call=RK;id_number;alive;lookup beside:review(pass,return)"
    " join:p decide:decide(grant) deliver:deliver end:end",
    "start>intake intake>prepare prepare>split split>lookup split>beside lookup>join beside>join join>decide decide>deliver"
    " deliver>end",
)


# ---------------------------------------------------------------- what is asked, and what an answer does
def test_asked_by_a_round_and_answered_with_what_is_drawn_alone(hall: Hall) -> None:
    with OtherSystem((200, {"alive": True, "salary": 9000})) as other:
        asking = Asking(hall, other.url).come()
        assert (asking.call.state, asking.call.system, asking.pool) == ("waiting", "人口库", [])
        assert [r.holder for r in hall.rows(tables.possessions, asking.case_id)][-1] == "system"
        assert asking.flaws == []
        hall.duties()
        assert other.asked == [], "without the key of the hall nobody is asked"
        asking.ask()
        asking.ask()
    (asked,) = other.asked
    case_no, (one,) = hall.case(asking.case_id).case_no, asking.calls
    facts = {"id_number": "330102199001011234", "prepare": "pass"}
    assert asked.said == {"case_no": case_no, "matter": "QT09", "step": "lookup", "facts": facts}
    assert asked.key == f"{case_no}/{one.token}"
    assert (one.state, one.tries, asking.pool) == ("answered", 1, ["decide"])
    (told,) = asking.told("call_answered")
    assert (told["facts"], told["outcome"]) == ({"alive": True}, "done")
    assert len(told["digest"]) == 64
    assert "salary" not in str(told)
    assert asking.flaws == []


def test_the_answer_decides_the_way(hall: Hall) -> None:
    with OtherSystem((200, {"alive": False, "outcome": "done"})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert asking.pool == ["hand"]
    assert asking.flaws == []


def test_a_refusal_goes_the_drawn_way_where_there_is_one(hall: Hall) -> None:
    with OtherSystem((404, {"error": "NO_RECORD"})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert (asking.call.state, asking.pool, len(other.asked)) == ("refused", ["hand"], 1)
    assert asking.told("call_refused")[0]["error"] == "NO_RECORD"
    assert asking.flaws == []


def test_a_refusal_that_nobody_has_drawn_goes_to_a_person_at_once(hall: Hall) -> None:
    with OtherSystem((422, {"error": "OUT_OF_AREA"})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    one = asking.call
    assert (one.state, one.reason, asking.pool) == ("by_hand", "对方不予办理（OUT_OF_AREA）", ["lookup"])
    hall.does("every", asking.case_id, "lookup", "done", {"alive": True})
    assert asking.pool == ["decide"]
    assert asking.flaws == []


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
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
        ((200, b'{"alive": "\\ud800"}'), "答复的“alive”不是一个数、一个是否或不超过 500 字的文字"),
        ((200, {"alive": True, "outcome": "granted"}), "答复的办理结果图上没有"),
        ((302, {}), "对方要求转到别的地址（302），不跟随"),
        ((200, {}), "按答复走不下去"),
        ((200, {"alive": "maybe"}), "按答复走不下去"),
    ],
)
def test_what_cannot_be_used_is_told_in_words_and_asked_again(hall: Hall, reply: tuple[int, Any], why: str) -> None:
    with OtherSystem(reply, (200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
        one = asking.call
        assert (one.state, one.tries, asking.pool) == ("waiting", 1, [])
        assert one.reason.startswith(why)
        assert one.next_at == hall.now + timedelta(seconds=2)
        asking.ask()
        assert len(other.asked) == 1, "not before its time"
        hall.now = one.next_at
        asking.ask()
    assert other.keys[0] == other.keys[1]
    assert other.asked[0].body == other.asked[1].body
    assert (asking.call.state, asking.call.tries, asking.pool) == ("answered", 2, ["decide"])
    assert asking.flaws == []


def test_whoever_never_answers_gives_way_to_a_person(hall: Hall) -> None:
    with OtherSystem((500, {})) as other:
        asking = Asking(hall, other.url).come()
        for _ in range(MOST_TRIES):
            assert asking.pool == []
            asking.ask()
            hall.now = asking.call.next_at or hall.now
        assert (asking.call.state, asking.pool) == ("by_hand", ["lookup"])
        hall.later(hours=2)
        asking.ask()
    assert len(other.asked) == MOST_TRIES
    assert len(set(other.keys)) == 1
    assert [told["tries"] for told in asking.told("call_failed")] == list(range(1, MOST_TRIES + 1))
    assert [r.holder for r in hall.rows(tables.possessions, asking.case_id)][-2:] == ["system", "window"]
    with hall.database.reading() as tx:
        assert jobs.backlog(tx, hall.now).dead == 0
    hall.does("every", asking.case_id, "lookup", "done", {"alive": False})
    assert asking.pool == ["hand"]
    assert asking.flaws == []


def test_a_connection_that_was_closed_is_no_longer_asked(hall: Hall) -> None:
    with OtherSystem((200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        disconnect(hall)
        asking.ask()
    assert other.asked == []
    assert (asking.call.state, asking.pool) == ("by_hand", ["lookup"])
    assert asking.call.reason == "这个对接没有登记，或已经停用"


def test_a_machine_with_another_key_asks_nobody_and_says_why(hall: Hall) -> None:
    with OtherSystem((200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        hall.duties(Seal(b"another key"))
        assert other.asked == []
        assert asking.call.reason == "对接“RK”的密钥在这台机器上打不开"
        hall.now = asking.call.next_at or hall.now
        asking.ask()
    assert asking.call.state == "answered"


# ---------------------------------------------------------------- nobody holds anybody up
def test_a_system_that_does_not_answer_holds_up_no_timer_of_its_case(hall: Hall) -> None:
    nodes = NODES.replace("unknown:error=lookup;NO_RECORD", "unknown:late=lookup;PT1M told:notify told_end:end")
    flows = FLOWS.replace("unknown>hand", "unknown>told told>told_end")
    with OtherSystem((500, {})) as other:
        asking = Asking(hall, other.url, nodes, flows).come()
        while asking.call.tries < 5:
            asking.ask()
            hall.now = asking.call.next_at or hall.now
        hall.duties()
        assert asking.pool == ["told"], "the call is still to be tried again"
        asking.ask()
    assert (asking.call.state, asking.call.tries) == ("waiting", 6)
    assert asking.flaws == []


def test_a_turn_of_every_one_in_a_list_asks_for_itself(hall: Hall) -> None:
    many = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${3}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    files = bundle()
    drawn = files["matter.bpmn"].decode()
    at = drawn.index("/>", drawn.index('<bpmn:serviceTask id="lookup"'))
    files["matter.bpmn"] = (drawn[:at] + f">{many}</bpmn:serviceTask>" + drawn[at + 2 :]).encode()
    with OtherSystem((200, {"alive": True})) as other:
        asking = Asking(hall, other.url)
        with hall.database.writing() as tx:
            office, wu = office_by_code(tx, "lz"), officer_by_login(tx, "wu")
            publish(tx, office, files, wu, "", hall.now, over=1)
        asking.case_id = hall.file("QT09").case_id
        hall.does("every", asking.case_id, "intake", "accept")
        asking.come()
        assert [one.state for one in asking.calls] == ["waiting"] * 3
        asking.ask()
    assert len(set(other.keys)) == 3
    assert asking.pool == ["decide"]
    assert asking.flaws == []


# ---------------------------------------------------------------- a person takes over; late answers
def test_a_person_with_the_right_takes_over_and_the_late_answer_is_only_told(hall: Hall) -> None:
    def meanwhile(_: Asked) -> tuple[int, Any]:
        hall.acts("every", asking.case_id, "take_over_call", reason="对方系统检修")
        hall.does("every", asking.case_id, "lookup", "done", {"alive": False})
        return 200, {"alive": True}

    with OtherSystem(meanwhile) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert (asking.call.state, asking.call.reason, asking.pool) == ("by_hand", "对方系统检修", ["hand"])
    (late,) = asking.told("call_late")
    assert (late["status"], len(late["digest"])) == (200, 64)
    assert hall.acts_of(asking.case_id)[-1] == "call_late"
    assert asking.flaws == []
    with pytest.raises(NoCallWaits):
        hall.acts("every", asking.case_id, "take_over_call", reason="再来")


def test_who_has_nothing_to_do_with_the_step_takes_nothing_over(hall: Hall) -> None:
    with OtherSystem((500, {})) as other:
        asking = Asking(hall, other.url).come()
    with pytest.raises(ActNotAllowed):
        hall.acts("zhou", asking.case_id, "take_over_call", reason="我来")
    with hall.database.reading() as tx:
        for login, may in (("every", True), ("zhou", False)):
            offers = offered_acts(tx, officer_by_login(tx, login), asking.case_id, hall.now)
            assert ("take_over_call" in {offer.code for offer in offers}) is may


Meanwhile = Callable[[Asking], object]


@pytest.mark.parametrize(
    ("meanwhile", "ending"),
    [
        (lambda asking: asking.hall.applicant(asking.case_id, "withdraw"), "withdrawn"),
        (
            lambda asking: asking.hall.acts(
                "sun", asking.case_id, "terminate", reason_code="applicant_gone", reasons="注销", basis="登记"
            ),
            "terminated",
        ),
    ],
)
def test_the_answer_to_a_case_that_has_ended_changes_nothing(hall: Hall, meanwhile: Meanwhile, ending: str) -> None:
    def ends(_: Asked) -> tuple[int, Any]:
        meanwhile(asking)
        return 200, {"alive": True}

    with OtherSystem(ends) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert hall.case(asking.case_id).phase == ending
    assert (asking.call.state, asking.pool) == ("withdrawn", [])
    assert hall.acts_of(asking.case_id)[-1] == "call_late"
    assert asking.flaws == []


def test_a_case_that_was_sent_back_asks_anew_under_another_key(hall: Hall) -> None:
    def sent_back(_: Asked) -> tuple[int, Any]:
        hall.claim("every", asking.case_id, "beside")
        task = hall.task(asking.case_id, "beside", "claimed")
        with hall.database.writing() as tx:
            send_back(tx, officer_by_login(tx, "every"), task.id, "prepare", "材料有变", now=hall.now)
        return 200, {"alive": True}

    with OtherSystem(sent_back, (200, {"alive": True})) as other:
        asking = Asking(hall, other.url, *SPLIT).come()
        asking.ask()
        assert (asking.call.state, asking.pool) == ("withdrawn", ["prepare"])
        assert hall.acts_of(asking.case_id)[-1] == "call_late"
        assert asking.flaws == []
        asking.come().ask()
    assert [one.state for one in asking.calls] == ["withdrawn", "answered"]
    assert other.keys[0] != other.keys[1]
    assert asking.pool == ["beside"]
    assert asking.flaws == []


# ---------------------------------------------------------------- twice, and killed
def test_a_worker_that_lost_its_lease_brings_nothing(hall: Hall) -> None:
    """While the first is away its lease runs out, and another one asks and is answered: the first one's answer leaves no mark."""

    def slowly(_: Asked) -> tuple[int, Any]:
        hall.now += jobs.LEASE
        hall.duties(SEAL)
        return 200, {"alive": False}

    with OtherSystem(slowly, (200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert len(set(other.keys)) == 1
    assert len(other.keys) == 2
    assert (asking.call.state, asking.pool) == ("answered", ["decide"])
    assert hall.acts_of(asking.case_id).count("call_answered") == 1
    assert "call_late" not in hall.acts_of(asking.case_id)
    assert asking.flaws == []


def _one_round(url: str, now: datetime) -> None:
    Hall(Database.open(url), now).duties(SEAL)


def test_a_worker_that_is_killed_between_the_call_and_the_answer_asks_again_with_the_same_key(
    hall: Hall, hall_url: str
) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.hands", "engine.supervision"])

    def kill(_: Asked) -> tuple[int, Any]:
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        return 200, {"alive": True}

    with OtherSystem(kill, (200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        worker = processes.Process(target=_one_round, args=(hall_url, hall.now), daemon=True)
        worker.start()
        worker.join(30)
        assert worker.exitcode == -signal.SIGKILL
        assert (asking.call.state, asking.call.tries) == ("waiting", 0)
        asking.ask()
        assert len(other.asked) == 1, "its lease has not run out"
        hall.now += jobs.LEASE
        asking.ask()
    assert len(other.keys) == 2
    assert other.keys[0] == other.keys[1]
    assert other.asked[0].body == other.asked[1].body
    assert (asking.call.state, asking.pool) == ("answered", ["decide"])
    assert asking.flaws == []


# ---------------------------------------------------------------- the secret, and what verify sees
def test_the_secret_stands_in_no_table_no_log_and_no_backup(hall: Hall, hall_url: str, tmp_path: Any) -> None:
    with capture_logs() as logged, OtherSystem((500, {"error": SECRET}), (200, {"alive": True})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
        hall.now = asking.call.next_at or hall.now
        asking.ask()
    with hall.database.reading() as tx:
        for table in tables.metadata.sorted_tables:
            assert not any(SECRET in str(tuple(row)) for row in tx.rows(sa.select(table))), table.name
    assert SECRET not in str(logged)
    assert asking.call.state == "answered"
    if hall.database.dialect == "sqlite":
        backup(hall.database, hall_url, tmp_path / "copy.db")
        assert SECRET.encode() not in (tmp_path / "copy.db").read_bytes()


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"),
    [("tries", 7), ("state", "answered"), ("connection", "RZ"), ("reason", "无"), ("token", "77"), ("step", "hand")],
)
def test_verify_holds_a_call_against_the_journal(hall: Hall, column: str, value: object) -> None:
    with OtherSystem((500, {})) as other:
        asking = Asking(hall, other.url).come()
        asking.ask()
    assert asking.flaws == []
    c, more = tables.calls, {"next_at": None, "ended_at": hall.now} if column == "state" else {}
    with hall.database.writing() as tx:
        tx.execute(c.update().values(**{column: value}, **more))
    assert asking.flaws


# ---------------------------------------------------------------- publishing
@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("nodes", "flows", "rule"),
    [
        (NODES.replace("call=RK", "call=RZ"), FLOWS, "call-to-no-connection"),
        (NODES.replace("id_number,", "id_numbr,"), FLOWS, "call-sends-unknown"),
        (NODES.replace(";alive;lookup", ";alive"), FLOWS, "call-not-by-hand"),
        (NODES.replace(";alive;lookup", ";age"), FLOWS, "condition-not-understood"),
    ],
)
def test_publishing_says_what_a_call_lacks(hall: Hall, nodes: str, flows: str, rule: str) -> None:
    connect(hall, "https://10.1.2.3/check")
    with hall.database.writing() as tx, pytest.raises(MatterNotPublishable) as refused:
        publish(tx, office_by_code(tx, "lz"), bundle(nodes, flows), officer_by_login(tx, "wu"), "", hall.now)
    assert {fault.code for fault in refused.value.faults} == {rule}
    assert all(fault.line > 1 for fault in refused.value.faults)


def test_calls_are_listed_by_case(hall: Hall) -> None:
    case_id = hall.accepted()
    with hall.database.reading() as tx:
        assert calls_of(tx, case_id) == []
