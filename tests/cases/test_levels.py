"""Two levels on one matter: the county reviews and delivers, the city decides, each in a case of its own with its own clocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from api.demo.hall import seed_folder
from engine.cases import Filing, Upload, case_journal, case_view, file_case, offered_acts, open_upper
from engine.cases.decisions import StillMissing
from engine.cases.given import ActNotUnderstood
from engine.cases.levels import AcceptedBelow, BroughtBelow, DecidedAbove, DrawnUp, EndedBelow, SentUp
from engine.cases.upper import NoUpperMatter
from engine.catalogue import publish, read_folder, running_version
from engine.errors import LianshenError
from engine.people import ActNotAllowed, Actor, CaseUnknown, office_by_code, officer_by_login, sees
from engine.reports import CasesAsked, cases_page
from engine.store import tables
from tests.hall import APPLICATIONS, Hall
from tests.joint import filled
from tests.pressing import all_press


@dataclass
class TwoLevels:
    """One application for forest land in the county, and what becomes of it."""

    hall: Hall
    lower: int
    query_code: str

    @classmethod
    def filed(cls, hall: Hall, *, missing: tuple[str, ...] = ()) -> TwoLevels:
        with hall.database.writing() as tx:
            office = office_by_code(tx, "qy")
            listed = running_version(tx, office.id, "LY01").guide.materials
            brought = {m.key: "missing" if m.key in missing else "brought" for m in listed}
            files = {"feasibility": [Upload("可研.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")]}
            filing = Filing("LY01", {"name": "王强"}, APPLICATIONS["LY01"], brought, "window", "2026-1", files)
            clerk = Actor("officer", officer_by_login(tx, "qy-mu"))
            filed = file_case(tx, office, filing, clerk, hall.now)
            return cls(hall, filed.case_id, filed.query_code)

    @classmethod
    def reviewed(cls, hall: Hall) -> TwoLevels:
        """Filed on Monday 2 March, accepted on the 3rd, reviewed by the 11th."""
        one = cls.filed(hall.at("2026-03-02"))
        hall.at("2026-03-03")
        one.does("qy-mu", "intake", "accept")
        hall.at("2026-03-09")
        one.does("qy-mu", "site_visit", "done")
        hall.at("2026-03-11")
        one.does("qy-mu", "review", "pass")
        return one

    @classmethod
    def sent(cls, hall: Hall) -> TwoLevels:
        """Sent up on Thursday 12 March; the city has it."""
        one = cls.reviewed(hall)
        hall.at("2026-03-12")
        one.sends()
        hall.duties()
        return one

    @classmethod
    def accepted(cls, hall: Hall) -> TwoLevels:
        """Accepted by the city on Monday 16 March."""
        one = cls.sent(hall)
        hall.at("2026-03-16")
        one.above_does("cao", "intake", "accept")
        hall.duties()
        return one

    # ---- what they do
    def does(self, login: str, step: str, outcome: str, *, at: int | None = None, **details: Any) -> None:
        with self.hall.database.reading() as tx:
            of = running_version(tx, office_by_code(tx, "qy").id, "LY01")
            form = of.form({"site_visit": "visit", "review": "review"}.get(step))
        self.hall.does(login, self.lower if at is None else at, step, outcome, filled(form), **details)

    def above_does(self, login: str, step: str, outcome: str, **details: Any) -> None:
        self.does(login, step, outcome, at=self.upper.id, **details)

    def sends(self) -> None:
        self.does("qy-tao", "escalate", "sent_up", opinion="林地面积与可研一致，同意报市审核")

    def decided(self, outcome: str = "grant", **details: Any) -> None:
        self.above_does("cao", "site_visit", "done")
        self.above_does("cao", "review", "pass")
        self.above_does("yuan", "decide", outcome, **details)

    def sent_down(self) -> None:
        self.above_does("cao", "deliver", "delivered", method="handed_down", receiver="青垣县林业窗口")

    # ---- what there is to see
    @property
    def upper(self) -> Any:
        c = tables.cases
        with self.hall.database.reading() as tx:
            return tx.execute(sa.select(c).where(c.c.lower_id == self.lower)).one()

    def uppers(self) -> int:
        c = tables.cases
        with self.hall.database.reading() as tx:
            return len(tx.rows(sa.select(c.c.id).where(c.c.lower_id == self.lower)))

    def below(self) -> Any:
        return self.hall.case(self.lower)

    def holders(self) -> list[tuple[str, datetime]]:
        return [(p.holder, p.from_at) for p in self.hall.rows(tables.possessions, self.lower)]

    def flaws(self) -> list[str]:
        return [*self.hall.flaws(self.lower), *self.hall.flaws(self.upper.id)]


def due(hall: Hall, case_id: int, *kinds: str) -> list[date | None]:
    return [row.due_on if (row := hall.clock(case_id, kind)) is not None else None for kind in kinds]


def told_again(hall: Hall) -> None:
    """Every job runs once more."""
    with hall.database.writing() as tx:
        tx.execute(tables.jobs.update().values(state="waiting", leased_until=None))
    hall.duties()


# ---------------------------------------------------------------- the whole way
def test_the_county_reviews_the_city_decides_the_county_delivers(hall: Hall) -> None:
    one = TwoLevels.reviewed(hall)
    assert due(hall, one.lower, "promised", "statutory") == [date(2026, 3, 13), date(2026, 3, 31)], "20 days (第43条)"
    hall.at("2026-03-12")
    one.sends()
    assert due(hall, one.lower, "promised", "statutory") == [None, None], "the review ends with the sending"
    stopped = [c for c in hall.rows(tables.clocks, one.lower) if c.kind == "statutory"]
    assert stopped[0].clock["stopped_on"] == "2026-03-12"
    hall.duties()

    upper = one.upper
    assert (upper.case_no, upper.phase, upper.received_on) == ("LY01-2026-00001", "received", date(2026, 3, 12))
    assert (upper.applicant, upper.answers, upper.project_code) == (
        {"name": "王强"},
        dict(APPLICATIONS["LY01"]),
        "2026-1",
    )
    assert due(hall, upper.id, "notice", "statutory") == [date(2026, 3, 19), None]
    hall.at("2026-03-16")
    one.above_does("cao", "intake", "accept")
    assert due(hall, upper.id, "promised", "statutory") == [date(2026, 3, 30), date(2026, 4, 14)]

    hall.at("2026-03-25")
    one.decided()
    hall.duties()
    lower = one.below()
    assert (lower.phase, lower.result, lower.decided_on) == ("decided", "granted", date(2026, 3, 25))
    assert (lower.decided_at, one.holders()[-1][0]) == (one.upper.decided_at, "upper_level")
    assert [due(hall, key, "delivery") for key in (one.lower, upper.id)] == [[date(2026, 4, 9)]] * 2
    assert hall.acts_of(one.lower)[-3:] == ["upper_moved", "upper_moved", "upper_granted"]

    hall.at("2026-03-26")
    one.above_does("cao", "certificate", "made")
    task = hall.claim("cao", upper.id, "deliver")
    with pytest.raises(ActNotUnderstood):
        hall.completes("cao", task, "delivered", method="pickup", receiver="王强")
    hall.completes("cao", task, "delivered", method="handed_down", receiver="青垣县林业窗口")
    hall.duties()
    assert hall.case(upper.id).phase == "closed"
    hall.at("2026-03-27")
    one.does("qy-mu", "deliver", "delivered", method="pickup", receiver="王强")
    lower = one.below()
    assert (lower.phase, lower.result, hall.clock(one.lower, "delivery")) == ("closed", "granted", None)
    assert [p.title for p in hall.rows(tables.papers, one.lower)] == ["收件凭证", "受理通知书", "初审意见报送函"]
    assert one.flaws() == []


def test_a_refusal_above_is_the_refusal_of_the_matter(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    hall.at("2026-03-20")
    one.decided("refuse", reasons="占用公益林地", basis="示例依据")
    one.sent_down()
    hall.duties()
    one.does("qy-mu", "deliver", "delivered", method="pickup", receiver="王强")
    lower = one.below()
    assert (lower.phase, lower.result, lower.decided_on) == ("closed", "refused", date(2026, 3, 20))
    assert one.flaws() == []


def test_the_file_goes_up_whole_and_nothing_is_uploaded_or_asked_again(hall: Hall) -> None:
    one = TwoLevels.sent(hall)
    there, here = ({m.key: m for m in hall.rows(tables.materials, key)} for key in (one.upper.id, one.lower))
    assert {(k, m.state, m.brought_at) for k, m in there.items()} == {
        (k, m.state, m.brought_at) for k, m in here.items()
    }
    files = [[(f.key, f.digest) for f in hall.rows(tables.material_files, key)] for key in (one.upper.id, one.lower)]
    assert files[0] == files[1] != []
    items = [{"material": "feasibility", "problem": "请再交一份"}]
    task = hall.claim("cao", one.upper.id, "intake")
    with pytest.raises(BroughtBelow, match="使用林地可行性报告"):
        hall.completes("cao", task, "request_correction", items=items)
    told = {"reason_code": "wrong_office", "reasons": "不归我管", "basis": "第32条", "refer_to": "县里"}
    with pytest.raises(AcceptedBelow, match="QY-LY01-2026-00001"):
        hall.completes("cao", task, "refuse_acceptance", **told)


def test_what_the_applicant_never_brought_may_be_asked_for_above(hall: Hall) -> None:
    one = TwoLevels.filed(hall.at("2026-03-02"), missing=("compensation",))
    one.does("qy-mu", "intake", "accept")
    one.does("qy-mu", "site_visit", "done")
    one.does("qy-mu", "review", "pass")
    one.sends()
    hall.duties()
    items = [{"material": "compensation", "problem": "没有提交"}]
    one.above_does("cao", "intake", "request_correction", items=items)
    assert hall.case(one.upper.id).phase == "correcting"
    hall.applicant(one.upper.id, "receive_correction", materials=["compensation"], channel="window")
    one.above_does("cao", "intake", "accept")
    hall.duties()
    assert hall.acts_of(one.lower).count("upper_moved") == 4, "received, asked, brought, accepted"
    assert one.flaws() == []


def test_a_promised_paper_keeps_the_file_below(hall: Hall) -> None:
    one = TwoLevels.filed(hall.at("2026-03-02"), missing=("compensation",))
    promises = [{"material": "compensation", "promised_on": "2026-03-20"}]
    one.does("qy-mu", "intake", "accept_tolerant", promises=promises, letter="承 1")
    one.does("qy-mu", "site_visit", "done")
    one.does("qy-mu", "review", "pass")
    with pytest.raises(StillMissing):
        one.sends()


# ---------------------------------------------------------------- who may do what meanwhile, and see it
def test_since_it_was_sent_the_lower_office_neither_stops_nor_decides(hall: Hall) -> None:
    one = TwoLevels.sent(hall)
    with hall.database.reading() as tx:
        offered = {o.code for o in offered_acts(tx, officer_by_login(tx, "qy-tao"), one.lower, hall.now)}
    assert offered == {"consult", "withdraw", "terminate"}
    for act in ("escalate_up", "return_from_upper"):
        with pytest.raises(DrawnUp):
            hall.acts("qy-tao", one.lower, act, receiver="市局", reason="请示", opinion="同意")
    with pytest.raises(SentUp, match="临州市政务服务中心林业局"):
        hall.acts("qy-tao", one.lower, "transfer_hq", receiver="科室", reason="核对")
    hall.at("2026-03-17")
    one.above_does("cao", "intake", "accept")
    one.decided()
    hall.duties()
    hall.hire("qy-head", "qy-9", like="qy-tao", roles=["head"])
    with pytest.raises(SentUp):
        hall.acts("qy-head", one.lower, "revoke", reasons="错", basis="第69条")


def test_each_level_sees_the_case_of_the_other_and_strangers_neither(hall: Hall) -> None:
    one = TwoLevels.sent(hall)
    for login, seen in (("cao", True), ("qy-mu", True), ("li", False), ("qy-bai", False)):
        with hall.database.reading() as tx:
            who = officer_by_login(tx, login)
            rows = [hall.case(one.lower), one.upper]
            assert {sees(tx, who, row.id, row.office_id) for row in rows} == {seen}, login
            listed = {line.case_no for line in cases_page(tx, who, hall.now, CasesAsked(), limit=50).lines}
            assert ({row.case_no for row in rows} <= listed) is seen, login
    with hall.database.reading() as tx:
        assert case_journal(tx, officer_by_login(tx, "yuan"), "QY-LY01-2026-00001")[0]["act"] == "receive"
        view = case_view(tx, officer_by_login(tx, "qy-mu"), "LY01-2026-00001", hall.now)
        assert (view["below"], view["above"]) == ("QY-LY01-2026-00001", None)
        with pytest.raises(CaseUnknown):
            case_view(tx, officer_by_login(tx, "li"), "LY01-2026-00001", hall.now)


def test_who_sees_a_case_from_the_other_level_does_nothing_to_it(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    told = {"reason_code": "applicant_gone", "reasons": "企业注销", "basis": "登记信息"}
    for login, case_id in (("qy-tao", one.upper.id), ("yuan", one.lower)):
        with hall.database.reading() as tx:
            assert offered_acts(tx, officer_by_login(tx, login), case_id, hall.now) == [], login
        with pytest.raises(ActNotAllowed):
            hall.acts(login, case_id, "terminate", **told)
    filed = TwoLevels.filed(hall).lower
    hall.acts("zhou", filed, "nudge", text="请抓紧")
    assert hall.acts_of(filed)[-1] == "nudge", "a coordinator of the office above may press"


# ---------------------------------------------------------------- it ends early
@pytest.mark.parametrize("where", ["below", "above"])
def test_withdrawn_at_one_level_is_withdrawn_at_both(hall: Hall, where: str) -> None:
    one = TwoLevels.accepted(hall)
    hall.at("2026-03-18").applicant(one.lower if where == "below" else one.upper.id, "withdraw", reason="不建了")
    hall.duties()
    assert [one.below().phase, one.upper.phase] == ["withdrawn", "withdrawn"]
    assert [hall.acts_of(key)[-1] for key in (one.lower, one.upper.id)] == ["withdraw", "withdraw"]
    assert one.flaws() == []


def test_terminated_below_is_terminated_above_with_its_own_paper(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    told = {"reason_code": "applicant_gone", "reasons": "企业注销", "basis": "登记信息"}
    hall.at("2026-03-18").acts("qy-tao", one.lower, "terminate", **told)
    hall.duties()
    assert [one.below().phase, one.upper.phase] == ["terminated", "terminated"]
    assert [hall.rows(tables.papers, key)[-1].title for key in (one.lower, one.upper.id)] == ["终止办理告知书"] * 2
    assert one.flaws() == []


def test_what_was_withdrawn_before_it_was_opened_is_not_opened(hall: Hall) -> None:
    one = TwoLevels.reviewed(hall)
    one.sends()
    hall.applicant(one.lower, "withdraw")
    hall.duties()
    assert (one.uppers(), one.below().phase) == (0, "withdrawn")
    assert hall.flaws(one.lower) == []


def test_between_the_decision_above_and_its_message_the_first_one_holds(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    one.above_does("cao", "site_visit", "done")
    one.above_does("cao", "review", "pass")
    task = hall.claim("yuan", one.upper.id, "decide")
    hall.completes("yuan", task, "grant")
    with pytest.raises(DecidedAbove, match="LY01-2026-00001"):
        hall.applicant(one.lower, "withdraw")
    hall.duties()
    assert one.below().result == "granted"
    assert one.flaws() == []


def test_nobody_decides_above_what_was_withdrawn_below(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    one.above_does("cao", "site_visit", "done")
    one.above_does("cao", "review", "pass")
    task = hall.claim("yuan", one.upper.id, "decide")
    hall.applicant(one.lower, "withdraw")
    with pytest.raises(EndedBelow, match="已撤回"):
        hall.completes("yuan", task, "grant")
    hall.duties()
    assert one.upper.phase == "withdrawn"


def test_withdrawn_below_and_decided_above_at_once_one_of_them_is_first(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    one.above_does("cao", "site_visit", "done")
    one.above_does("cao", "review", "pass")
    task = hall.claim("yuan", one.upper.id, "decide")
    barrier, refused = threading.Barrier(2), list[type[LianshenError]]()

    def press(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except LianshenError as late:
            refused.append(type(late))

    acts = (lambda: hall.applicant(one.lower, "withdraw"), lambda: hall.completes("yuan", task, "grant"))
    all_press(threading.Thread(target=press, args=(act,)) for act in acts)
    hall.duties()
    assert (refused, one.below().result, one.upper.result) in (
        ([DecidedAbove], "granted", "granted"),
        ([EndedBelow], "withdrawn", "withdrawn"),
    )
    assert one.flaws() == []


# ---------------------------------------------------------------- messages, workers, versions
def test_messages_may_come_twice_and_late(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    j = tables.jobs
    with hall.database.reading() as tx:
        early = tx.rows(sa.select(j).where(j.c.kind == "upper_told").order_by(j.c.id))
    assert len(early) == 2
    hall.at("2026-03-20")
    one.decided()
    one.above_does("cao", "certificate", "made")
    one.sent_down()
    hall.duties()
    before = hall.acts_of(one.lower)
    told_again(hall)
    assert (hall.acts_of(one.lower), one.uppers()) == (before, 1)
    assert before.count("upper_granted") == before.count("upper_sent_down") == 1
    assert one.flaws() == []


def test_the_last_message_alone_tells_all(hall: Hall) -> None:
    """The worker was away: the decision and the return of the result are heard together, and dated as they were."""
    one = TwoLevels.accepted(hall)
    hall.at("2026-03-20")
    one.decided()
    decided_at = hall.now
    hall.at("2026-03-23")
    one.above_does("cao", "certificate", "made")
    one.sent_down()
    with hall.database.writing() as tx:
        late = sa.select(tables.jobs.c.id).where(tables.jobs.c.kind == "upper_told", tables.jobs.c.state == "waiting")
        first = min(r.id for r in tx.rows(late))
        tx.execute(tables.jobs.update().where(tables.jobs.c.id == first).values(state="dead"))
    sent_at = hall.now
    hall.at("2026-03-31").duties()
    lower = one.below()
    assert (lower.decided_at, lower.decided_on) == (decided_at, date(2026, 3, 20))
    assert due(hall, one.lower, "delivery") == [date(2026, 4, 3)], "ten days of the decision, not of the message"
    assert one.holders()[-2:] == [("upper_level", one.holders()[-2][1]), ("window", sent_at)]
    assert hall.task(one.lower, "deliver").arrived_at == sent_at
    assert one.flaws() == []


def test_a_worker_that_was_down_moves_no_date(hall: Hall) -> None:
    """Sent up on Friday after hours; opened a week later: received on Monday, and silence since counts as acceptance."""
    one = TwoLevels.reviewed(hall)
    hall.at("2026-03-13", "17:40")
    one.sends()
    sent_at = hall.now
    hall.at("2026-03-25").duties()
    upper = one.upper
    assert (upper.filed_at, upper.received_on) == (sent_at, date(2026, 3, 16))
    assert (upper.acceptance_mode, upper.accepted_on) == ("deemed", date(2026, 3, 16)), "notice was due on the 23rd"
    assert due(hall, upper.id, "statutory") == [date(2026, 4, 14)]
    assert one.holders()[-1] == ("upper_level", sent_at)
    assert hall.rows(tables.possessions, upper.id)[0].from_at == sent_at
    assert one.flaws() == []


def test_the_upper_case_gets_the_version_that_runs_when_it_is_opened_and_keeps_it(hall: Hall) -> None:
    one = TwoLevels.reviewed(hall)
    one.sends()
    publishes(hall, "lz", lambda guide: guide + b"\n# second\n", over=1)
    hall.duties()
    publishes(hall, "lz", lambda guide: guide + b"\n# third\n", over=2)
    with hall.database.writing() as tx:
        v = tables.versions
        assert tx.value(sa.select(v.c.number).where(v.c.id == one.upper.version_id)) == 2
        assert open_upper(tx, one.lower, {}, hall.now) == one.upper.id, "there already"
    assert one.flaws() == []


def test_nothing_goes_up_to_an_office_that_does_not_run_the_matter(hall: Hall) -> None:
    one = TwoLevels.reviewed(hall)
    runs(hall, "lz", None)
    with pytest.raises(NoUpperMatter, match="市级事项 LY01"):
        one.sends()
    assert one.below().phase == "accepted"


def test_a_matter_that_goes_away_above_keeps_the_job_and_moves_no_date(hall: Hall) -> None:
    one = TwoLevels.reviewed(hall)
    one.sends()
    sent_at = hall.now
    runs(hall, "lz", None)
    hall.duties()
    assert one.uppers() == 0
    runs(hall, "lz", 1)
    hall.at("2026-03-16").duties()
    assert one.upper.filed_at == sent_at
    assert one.flaws() == []


def runs(hall: Hall, office: str, number: int | None) -> None:
    m = tables.matters
    with hall.database.writing() as tx:
        of = office_by_code(tx, office)
        tx.execute(m.update().where(m.c.office_id == of.id, m.c.code == "LY01").values(running_number=number))


def publishes(hall: Hall, office: str, change: Callable[[bytes], bytes], *, over: int) -> None:
    bundle = read_folder(seed_folder() / "LY01")
    bundle["guide.yaml"] = change(bundle["guide.yaml"])
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, office), bundle, None, "", hall.now, over=over)


def test_a_revocation_above_reaches_the_lower_case(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    one.decided()
    hall.duties()
    hall.acts("yuan", one.upper.id, "revoke", reasons="材料虚假", basis="第69条")
    assert one.flaws() == [], "not heard yet is no flaw"
    hall.duties()
    assert (one.below().result, hall.acts_of(one.lower)[-1]) == ("revoked", "upper_revoked")
    assert one.flaws() == []


def test_verify_finds_a_decision_that_is_not_the_one_above(hall: Hall) -> None:
    one = TwoLevels.accepted(hall)
    one.decided()
    hall.duties()
    c, t = tables.cases, tables.transfers
    with hall.database.writing() as tx:
        tx.execute(c.update().where(c.c.id == one.lower).values(result="refused"))
        tx.execute(t.update().where(t.c.case_id == one.lower).values(told_n=99))
        tx.execute(t.update().where(t.c.case_id == one.lower).values(sent_at=hall.now))
    told = "\n".join(one.flaws())
    for what in ("result 登记为 refused", "told_n 登记为 99", "决定与上级办件", "收件时间不是上报的时间"):
        assert what in told
