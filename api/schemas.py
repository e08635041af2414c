"""The shapes of requests and answers, for marshmallow and the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from engine.store import BIGGEST_KEY

_NOT_A: Mapping[type[fields.Field[Any]], str] = {
    fields.String: "应当是文字",
    fields.Integer: "应当是整数",
    fields.Boolean: "应当是 true 或 false",
    fields.Date: "不是日期，按 2026-11-23 的样子填写",
    fields.Dict: "应当是一组名称和值",
    fields.List: "应当是一个列表",
    fields.Raw: "看不懂",
    fields.Nested: "应当是一组名称和值",
}


class Asked(Schema):
    """A request: unknown fields are an error, never ignored, and every message is for people."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "没有这一项", "type": "应当是一个 JSON 对象"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        _speak_chinese(field_obj)


def _speak_chinese(field: fields.Field[Any]) -> None:
    wrong = next(words for kind, words in _NOT_A.items() if isinstance(field, kind))
    field.error_messages |= dict.fromkeys(field.error_messages, wrong) | {"required": "没有填写", "null": "不能为空"}
    for inner in (getattr(field, "key_field", None), getattr(field, "value_field", None)):
        if inner is not None:
            _speak_chinese(inner)


class Told(Schema):
    """An answer: whatever it names is always there, null where there is nothing to say."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


_HIDDEN, _HIDDEN_IN_LINES = re.compile(r"[\x00-\x1f]"), re.compile(r"[\x00-\x08\x0b-\x1f]")


def text(longest: int = 200, *, least: int = 0, lines: bool = False, **more: Any) -> fields.String:
    """A text of at most so many characters, in one line or several; control characters are refused."""

    hidden = _HIDDEN_IN_LINES if lines else _HIDDEN

    def visible(value: str) -> None:
        if hidden.search(value):
            raise ValidationError("含有换行或不可见的字符" if not lines else "含有不可见的控制字符")

    length = [validate.Length(max=longest, error="超过 {max} 个字")]
    length += [validate.Length(min=least, error="不能少于 {min} 个字")] if least else []
    return fields.String(validate=[*length, visible], **more)


def whole(least: int, most: int = BIGGEST_KEY, **more: Any) -> fields.Integer:
    """A whole number from `least` to `most`."""
    error = f"应当在 {least} 至 {most} 之间" if most < BIGGEST_KEY else f"应当不小于 {least}"
    return fields.Integer(validate=validate.Range(least, most, error=error), **more)


def one_of(*choices: str, **more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(choices, error="可选：{choices}"), **more)


class InOrder(fields.List[Any]):
    """A set, told in order, so that the same answer has the same bytes."""

    def _serialize(self, value: Any, *args: Any, **named: Any) -> list[Any] | None:
        return super()._serialize(sorted(value), *args, **named)


def moment(**more: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(default_timezone=UTC, **more)


# ---------------------------------------------------------------- errors
class FaultLine(Schema):
    place = fields.String(required=True, metadata={"description": "JSON 指针、流程图元素或文件名"})
    sentence = fields.String(required=True)
    remedy = fields.String(required=True)
    code = fields.String(required=True)
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()


class Problem(Schema):
    """RFC 9457."""

    type = fields.String(required=True, metadata={"description": "urn:lianshen:error: 加上 code"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "稳定，程序按它判断；见 docs/errors.md"})
    detail = fields.String(required=True, metadata={"description": "给人看的一句话"})
    remedy = fields.String(required=True, metadata={"description": "怎么办"})
    facts = fields.Dict(metadata={"description": "句子里的各项事实"})
    faults = fields.List(fields.Nested(FaultLine), metadata={"description": "逐处列出的错误"})
    basis = fields.String(metadata={"description": "法律依据"})
    reference = fields.String(metadata={"description": "程序出错时的编号"})


REQUEST_ID: dict[str, Any] = {
    "metadata": {"description": "重复提交同样内容得到同一个回答；内容不同则 409"},
    "load_default": None,
}
RANDOM_ID: dict[str, Any] = {
    **REQUEST_ID,
    "metadata": {"description": "随机的，至少 16 个字符；重复提交同样内容得到同一个回答，查询码在内；内容不同则 409"},
}
"""Of whoever comes without an account: nobody else may hit upon it."""


# ---------------------------------------------------------------- sessions
class SignIn(Asked):
    login = text(required=True)
    password = text(required=True)


class Me(Told):
    login = fields.String()
    name = fields.String()
    post = fields.String()
    roles = InOrder(fields.String())


class NewToken(Asked):
    note = text(load_default="")
    days = whole(1, 366, load_default=90)


class Token(Told):
    token = fields.String(metadata={"description": "只显示这一次"})
    ends_at = moment()


AFTER: dict[str, Any] = {"metadata": {"description": "上一页 Link 头（rel=next）里的位置；原样带回，不要自己拼"}}


class InboxQuery(Asked):
    limit = whole(1, 200, load_default=50)
    after = text(200, load_default="", **AFTER)


class InboxLine(Told):
    case_no = fields.String(allow_none=True)
    text = fields.String()
    at = moment()
    read_at = moment(allow_none=True)


# ---------------------------------------------------------------- matters
class Files(Asked):
    files = fields.Dict(
        keys=text(),
        values=fields.String(),
        required=True,
        metadata={
            "description": "文件名 → Base64 内容：matter.bpmn、guide.yaml、forms/*.json、parts/*.bpmn、decisions/*.dmn"
        },
    )


class NewVersion(Files):
    note = text(2000, lines=True, load_default="")
    over = whole(1, load_default=None, allow_none=True, metadata={"description": "这份文件替换的运行版次"})


class WaivedLine(Told):
    severity = fields.String()
    reason = fields.String()
    until = fields.Date()


class FindingLine(Told):
    rule = fields.String()
    severity = fields.String()
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()
    element = fields.String()
    sentence = fields.String()
    remedy = fields.String()
    waived = fields.Nested(WaivedLine, allow_none=True)


class LintReport(Told):
    good = fields.Boolean()
    findings = fields.List(fields.Nested(FindingLine))


class MatterLine(Told):
    code = fields.String()
    name = fields.String()
    department = fields.String()
    running_number = fields.Integer(allow_none=True)


class VersionLine(Told):
    number = fields.Integer()
    content_hash = fields.String()
    published_at = moment()
    published_by = fields.String(allow_none=True)
    note = fields.String()
    running = fields.Boolean()


class PublishedVersion(Told):
    code = fields.String()
    number = fields.Integer()
    content_hash = fields.String()
    new = fields.Boolean()
    warnings = fields.List(fields.Nested(FindingLine))


class LegLine(Told):
    """A step of the longest course on its worst start day."""

    element = fields.String()
    title = fields.String()
    department = fields.String(allow_none=True)
    begins_on = fields.Date()
    ends_on = fields.Date()
    days = fields.Integer()


class SlackLine(Told):
    """By how many working days a step may still grow before the limit breaks; less than 0: by how many it is too long."""

    element = fields.String()
    title = fields.String()
    department = fields.String(allow_none=True)
    days = fields.Integer()
    on = fields.Date()


class AgainstLine(Told):
    """The longest course of step limits against one limit."""

    limit = fields.Function(lambda one: str(one.limit.span))
    counted_from = fields.Function(lambda one: str(one.limit.counted_from))
    kept = fields.Boolean()
    longest = fields.Integer()
    slack = fields.Integer()
    worst_on = fields.Date()
    ends_on = fields.Date()
    due_on = fields.Date()
    broken = fields.Integer()
    days = fields.Integer()
    path = fields.List(fields.Nested(LegLine))
    slacks = fields.List(fields.Nested(SlackLine))
    shares = fields.Dict(keys=fields.String(), values=fields.Integer())


class ProofsLine(Told):
    kept = fields.Boolean()
    promised = fields.Nested(AgainstLine, allow_none=True)
    statutory = fields.Nested(AgainstLine, allow_none=True)


class ApartLine(Told):
    kind = fields.String()
    element = fields.String()
    title = fields.String()
    words = fields.String()


class UnlimitedLine(Told):
    element = fields.String()
    title = fields.String()
    why = fields.String()


class VersionTime(Told):
    """The time proof of a version by the calendar that is known now."""

    decided = fields.Boolean()
    from_on = fields.Date(allow_none=True)
    through_on = fields.Date(allow_none=True)
    straight = fields.Nested(ProofsLine)
    returns = fields.Integer()
    returned = fields.Nested(ProofsLine, allow_none=True)
    apart = fields.List(fields.Nested(ApartLine))
    unlimited = fields.List(fields.Nested(UnlimitedLine))
    bounds = fields.List(fields.String())


class VersionFiles(Told):
    code = fields.String()
    number = fields.Integer()
    files = fields.Dict(keys=fields.String(), values=fields.String())


# ---------------------------------------------------------------- cases
class Applicant(Asked):
    name = text(required=True)
    kind = text(20, load_default="company")
    identity = text(40, load_default="")
    phone = text(40, load_default="")
    address = text(400, load_default="")


class NewCase(Asked):
    matter = text(40, required=True)
    applicant = fields.Nested(Applicant, required=True)
    answers = fields.Dict(keys=text(), load_default=dict)
    materials = fields.Dict(keys=text(), values=text(20), load_default=dict)
    project_code = text(60, load_default=None, allow_none=True)


class OfficeNewCase(NewCase):
    channel = text(20, load_default="window")
    request_id = text(100, least=1, **REQUEST_ID)


class PublicNewCase(NewCase):
    office = text(40, required=True)
    request_id = text(100, least=16, **RANDOM_ID)


class Receipt(Told):
    case_no = fields.String()
    query_code = fields.String(metadata={"description": "只显示这一次；与办件编号一起查询进度"})
    filed_at = moment()
    received_at = moment()
    after_hours = fields.Boolean()


class CaseLine(Told):
    id = fields.Integer()
    case_no = fields.String()
    matter = fields.String()
    applicant_name = fields.String()
    channel = fields.String()
    phase = fields.String()
    phase_name = fields.String()
    result = fields.String(allow_none=True)
    lamp = fields.String()
    filed_at = moment()
    received_at = moment()
    accepted_on = fields.Date(allow_none=True)
    decided_on = fields.Date(allow_none=True)
    closed_at = moment(allow_none=True)


class ClockLine(Told):
    kind = fields.String()
    subject = fields.String()
    state = fields.String()
    lamp = fields.String()
    started_on = fields.Date(metadata={"description": "起算日，当日不计"})
    due_on = fields.Date(allow_none=True)
    used = fields.Integer(metadata={"description": "已用，按时限的单位"})
    paused = fields.Integer(metadata={"description": "暂停中不计的天数"})
    provisional = fields.Boolean()
    verified = fields.Boolean(metadata={"description": "false：示例数据，未经核实"})
    sentence = fields.String()


class MaterialLine(Told):
    key = fields.String()
    name = fields.String()
    rule = fields.String()
    state = fields.String()
    promised_on = fields.Date(allow_none=True)


class PaperLine(Told):
    kind = fields.String()
    number = fields.String()
    title = fields.String()
    issued_at = moment()
    digest = fields.String()


class HoldLine(Told):
    holder = fields.String()
    window_id = fields.Integer(allow_none=True)
    from_at = moment()
    until_at = moment(allow_none=True)


class CaseTask(Told):
    id = fields.Integer()
    step = fields.String()
    name = fields.String()
    kind = fields.String()
    state = fields.String()
    arrived_at = moment()
    claimed_at = moment(allow_none=True)
    done_at = moment(allow_none=True)
    outcome = fields.String(allow_none=True)


class CasePage(CaseLine):
    class Meta(Told.Meta):
        exclude = ("id",)

    applicant = fields.Dict()
    answers = fields.Dict()
    project_code = fields.String(allow_none=True)
    acceptance_mode = fields.String(allow_none=True)
    above = fields.String(allow_none=True, metadata={"description": "上级机关的办件（本件已上报，由它决定）"})
    below = fields.String(allow_none=True, metadata={"description": "初审机关的办件（由它上报，结果由它送达）"})
    version = fields.Dict()
    suspended = fields.List(fields.String())
    away = fields.List(fields.String())
    clocks = fields.List(fields.Nested(ClockLine))
    tasks = fields.List(fields.Nested(CaseTask))
    materials = fields.List(fields.Nested(MaterialLine))
    papers = fields.List(fields.Nested(PaperLine))
    possession = fields.List(fields.Nested(HoldLine))


class StageMatterLine(Told):
    code = fields.String()
    name = fields.String()
    optional = fields.Boolean(metadata={"description": "可选事项：阶段不等它"})
    state = fields.String(metadata={"description": "waiting、held、open、ended"})
    words = fields.String()
    reason = fields.String()
    tolerant = fields.Boolean(metadata={"description": "容缺启动，前置事项的结果到了自动转为正常"})
    case_no = fields.String(allow_none=True, metadata={"description": "该事项自己的办件"})
    open_on = fields.Date(allow_none=True)
    ending = fields.String(allow_none=True)
    failed = fields.String(allow_none=True, metadata={"description": "未获准予的前置事项"})
    ended_on = fields.Date(allow_none=True)


class SignerLine(Told):
    step = fields.String()
    round = fields.Integer(metadata={"description": "第几轮会签"})
    place = fields.Integer()
    department = fields.String()
    weight = fields.Integer()
    state = fields.String(metadata={"description": "waiting、asked、signed、removed、spared"})
    verdict = fields.String(allow_none=True)
    words = fields.String()
    opinion = fields.String()
    signer = fields.String()
    signed_at = moment(allow_none=True)
    reason = fields.String(metadata={"description": "减签的理由"})


class OpinionLine(Told):
    department = fields.String()
    question = fields.String()
    due_on = fields.Date()
    asked_by = fields.String()
    asked_at = moment()
    answer = fields.String(allow_none=True)
    words = fields.String()
    text = fields.String()
    answered_by = fields.String()
    answered_at = moment(allow_none=True)


class AttendeeLine(Told):
    department = fields.String(metadata={"description": "部门代码"})
    name = fields.String(metadata={"description": "部门名称"})
    person = fields.String()
    present = fields.Boolean()


class ResolutionLine(Told):
    name = fields.String(metadata={"description": "如 会〔2026〕1号第1项；报告落实时用"})
    department = fields.String()
    text = fields.String()
    due_on = fields.Date(allow_none=True)
    owed = fields.Boolean(metadata={"description": "待落实；纪要已更正或者办件已结束的不再要落实"})
    lamp = fields.String(allow_none=True)
    words = fields.String()
    report = fields.String(allow_none=True)
    reported_by = fields.String(allow_none=True)
    reported_at = moment(allow_none=True)


class ConsultationLine(Told):
    number = fields.String()
    kind = fields.String(metadata={"description": "consultation、joint_review、joint_conference"})
    words = fields.String()
    held_on = fields.Date()
    place = fields.String()
    chair = fields.String()
    attendees = fields.List(fields.Nested(AttendeeLine))
    agenda = fields.Dict(metadata={"description": "议题涉及的事项，代码 → 名称"})
    text = fields.String(metadata={"description": "会商意见"})
    resolutions = fields.List(fields.Nested(ResolutionLine))
    convened_by = fields.String()
    written_at = moment()
    corrects = fields.String(allow_none=True, metadata={"description": "本纪要更正的那一份"})
    corrected_by = fields.String(allow_none=True, metadata={"description": "更正本纪要的那一份；有则本纪要不再有效"})


class JournalLine(Told):
    n = fields.Integer()
    act = fields.String()
    actor = fields.String()
    acting_for = fields.String(allow_none=True)
    at = moment()
    payload = fields.Dict(allow_none=True)
    hash = fields.String()


QUERY: dict[str, Any] = {"metadata": {"description": "编号的开头，或者申请人、项目、事项名称的一部分；一个字也可以"}}


class CaseQuery(Asked):
    query = text(100, load_default="", **QUERY)
    limit = whole(1, 200, load_default=50)
    after = text(200, load_default="", **AFTER)


class ActAsked(Asked):
    details = fields.Dict(keys=text(), load_default=dict)
    request_id = text(100, least=1, **REQUEST_ID)


class ActDone(Told):
    case_no = fields.String()
    phase = fields.String()
    told = fields.Dict()


# ---------------------------------------------------------------- tasks
class TasksAsked(Asked):
    mine = fields.Boolean(load_default=False)
    query = text(100, load_default="", **QUERY)
    matter = text(40, load_default="", metadata={"description": "事项代码"})


class TaskQuery(TasksAsked):
    lamp = one_of("dark_red", "red", "yellow", "green", "grey", load_default=None, allow_none=True)
    limit = whole(1, 200, load_default=50)
    after = text(200, load_default="", **AFTER)


class LampCount(Told):
    lamp = fields.String()
    count = fields.Integer(metadata={"description": "数到 1000 为止"})
    more = fields.Boolean(metadata={"description": "真：多于 count 件，没有再数"})


class OutcomeLine(Told):
    code = fields.String()
    label = fields.String()
    act = fields.String(allow_none=True)


class TaskLine(Told):
    id = fields.Integer()
    case_no = fields.String()
    matter = fields.String()
    applicant_name = fields.String()
    step = fields.String()
    name = fields.String()
    kind = fields.String()
    form = fields.String(allow_none=True)
    window = fields.String()
    state = fields.String()
    officer_id = fields.Integer(allow_none=True)
    arrived_at = moment()
    claimed_at = moment(allow_none=True)
    done_at = moment(allow_none=True)
    outcome = fields.String(allow_none=True)
    lamp = fields.String()
    due_on = fields.Date(allow_none=True, metadata={"description": "所属各时限中最早的到期日"})


class TaskPage(TaskLine):
    etag = fields.String()
    outcomes = fields.List(fields.Nested(OutcomeLine))


class Completion(ActAsked):
    outcome = text(40, required=True)
    answers = fields.Dict(keys=text(), load_default=dict)


class SendBack(Asked):
    target = text(100, required=True)
    reason = text(2000, lines=True, required=True)
    request_id = text(100, least=1, **REQUEST_ID)


class SendBackTarget(Asked):
    target = text(100, required=True)


class SendBackPreview(Told):
    target = fields.String()
    allowed = fields.Boolean()
    reason = fields.String()
    withdrawn = fields.List(fields.String(), metadata={"description": "会被一并撤回的任务"})
    again = fields.List(fields.String(), metadata={"description": "已办完、需要重办的步骤"})


class Transfer(Asked):
    to = text(required=True)
    reason = text(2000, lines=True, required=True)


# ---------------------------------------------------------------- key projects
class ProjectTold(Asked):
    name = text(100, required=True)
    owner = text(100, required=True)
    investment = whole(1, 1_000_000_000, required=True, metadata={"description": "总投资，万元"})
    level = one_of("nation", "province", "city", "county", required=True)
    leader = text(100, load_default="")
    lead_unit = text(100, load_default="")
    tracker = text(required=True, metadata={"description": "跟踪专人的账号"})
    event = text(20, required=True, metadata={"description": "目标节点：开工 或 竣工"})
    target_on = fields.Date(required=True)


class NewProject(ProjectTold):
    code = text(40, required=True)


class PlanItem(Asked):
    code = text(40, required=True, metadata={"description": "目标任务：事项代码"})
    department = text(40, required=True, metadata={"description": "责任部门的代码"})
    owner = text(40, required=True, metadata={"description": "责任人"})


class PlanAsked(Asked):
    items = fields.Nested(PlanItem, many=True, required=True)


class ProjectLine(Told):
    code = fields.String()
    name = fields.String()
    owner = fields.String()
    investment = fields.Integer()
    level = fields.String()
    leader = fields.String()
    lead_unit = fields.String()
    tracker = fields.String()
    event = fields.String()
    target_on = fields.Date()
    opened_at = moment()
    closed_at = moment(allow_none=True)
    matters = fields.Integer(metadata={"description": "计划中的事项数"})
    done = fields.Integer(metadata={"description": "已准予的事项数"})
    float_days = fields.Integer(allow_none=True, metadata={"description": "浮时，工作日；小于 0 即照现在的进度要晚"})


class PlanLine(Told):
    code = fields.String()
    name = fields.String()
    stage = fields.String()
    department = fields.String()
    owner = fields.String()
    state = fields.String(metadata={"description": "none、running、correcting、paused、granted、ended"})
    lamp = fields.String()
    words = fields.String()
    case_no = fields.String(allow_none=True)
    waiting = fields.String(metadata={"description": "在哪里，等谁"})
    earliest_start = fields.Date(allow_none=True)
    earliest_finish = fields.Date(allow_none=True)
    latest_start = fields.Date(allow_none=True)
    latest_finish = fields.Date(allow_none=True)
    provisional = fields.Boolean(metadata={"description": "日历未公布，日期为暂定"})
    slack = fields.Integer(allow_none=True)
    critical = fields.Boolean()
    waits_for = fields.List(fields.String(), metadata={"description": "要先办成的事项"})


class ProjectPage(ProjectLine):
    items = fields.List(fields.Nested(PlanLine))
    unplanned = fields.List(fields.String(), metadata={"description": "有项目代码、不在计划里的办件"})
    fault = fields.String(metadata={"description": "日期排不出来的原因"})


class OrderLine(Told):
    id = fields.Integer()
    case_no = fields.String()
    number = fields.String()
    department = fields.String()
    text = fields.String()
    issued_by = fields.String()
    issued_at = moment()
    reply_due_on = fields.Date()
    lamp = fields.String(allow_none=True)
    words = fields.String()


# ---------------------------------------------------------------- public
class ProgressAsked(Asked):
    case_no = text(60, required=True)
    query_code = text(60, required=True)


class Progress(Told):
    case_no = fields.String()
    matter = fields.String()
    office = fields.String()
    phase = fields.String()
    phase_name = fields.String()
    filed_at = moment()
    received_on = fields.Date()
    accepted_on = fields.Date(allow_none=True)
    decided_on = fields.Date(allow_none=True)
    clocks = fields.List(fields.String())


class PublicAct(ActAsked):
    query_code = text(60, required=True)


class NewDraft(PublicNewCase):
    """A draft keeps no project code: it is named when the application is filed. To save it twice does no harm."""

    class Meta(Asked.Meta):
        exclude = ("project_code", "request_id")


class DraftSaved(Told):
    id = fields.Integer()
    code = fields.String(metadata={"description": "只显示这一次；打开和提交草稿时需要"})


class DraftCode(Asked):
    code = text(60, required=True)
    office = text(40, required=True)
    request_id = text(100, least=16, **RANDOM_ID)


class OpenDraft(Asked):
    code = text(60, required=True)


class DraftShown(Told):
    id = fields.Integer()
    matter = fields.String(attribute="filing.matter")
    applicant = fields.Dict(attribute="filing.applicant")
    answers = fields.Dict(attribute="filing.answers")
    materials = fields.Dict(attribute="filing.materials")
    precheck = fields.String(allow_none=True, metadata={"description": "ok、fail，还没有预审则为空"})
    precheck_opinion = fields.String()


class PreCheck(Asked):
    verdict = one_of("ok", "fail", required=True)
    opinion = text(2000, lines=True, required=True)


# ---------------------------------------------------------------- calendar
class WorkdayAsked(Asked):
    start = fields.Date(required=True)
    n = whole(0, 10_000, required=True)
    office = text(40, load_default=None, allow_none=True)


class WorkdayTold(Told):
    on = fields.Date()
    provisional = fields.Boolean()


class NoticeAsked(Asked):
    notice = fields.Dict(required=True, metadata={"description": "放假通知，格式见 docs/legal-clock.md"})


class NoticeTold(Told):
    number = fields.String()
    cases = fields.Integer(metadata={"description": "需要重算日期的办件数"})


# ---------------------------------------------------------------- officers
def codes(what: str) -> fields.List[Any]:
    return fields.List(text(40), load_default=[], metadata={"description": what})


class OfficerChange(Asked):
    give = codes("给的角色")
    take = codes("收回的角色")
    seat = codes("坐到的窗口代码")
    leave = codes("离开的窗口代码")
    post = text(100, load_default=None, allow_none=True, metadata={"description": "新的岗位名称"})
    reason = text(200, required=True, metadata={"description": "依据或原因，如任免文号"})


class StandInAsked(Asked):
    stand_in = text(40, required=True, metadata={"description": "代理人的账号"})
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True, metadata={"description": "最后一天，含当日"})
    basis = text(200, required=True, metadata={"description": "依据，如文号、休假"})


class ReasonAsked(Asked):
    reason = text(200, required=True)


class StandInLine(Told):
    stand_in = fields.String()
    from_on = fields.Date()
    until_on = fields.Date()
    basis = fields.String()


class OfficerLine(Told):
    login = fields.String()
    name = fields.String()
    post = fields.String()
    active = fields.Boolean()
    roles = fields.List(fields.String())
    windows = fields.List(fields.String())
    stand_ins = fields.List(fields.Nested(StandInLine))


class OfficerChanged(OfficerLine):
    cases = fields.Integer(metadata={"description": "有任务放回待签收的办件数"})
