"""The closed vocabulary of approval steps: kinds, their lawful outcomes, and the act that each outcome performs.

The diagram draws the route and may narrow or label the outcomes of a step; it never invents an act (docs/floors.md,
"who owns what"). Completing a step with an outcome performs the act of this table, in the same transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

NAMESPACE = "urn:lianshen:bpmn:1"
MATTER_CODE = re.compile(r"[A-Z]{2}[0-9]{2}")
"""How a matter is numbered in the catalogue; what a call activity calls by such a number, and no file draws, is a matter."""


class StepKind(StrEnum):
    """What kind of work a drawn step asks for."""

    INTAKE = "intake"  # 受理: look at the file, accept or not
    REVIEW = "review"  # 审查
    CHECK = "check"  # 审核 by a second person
    SITE_VISIT = "site_visit"  # 现场踏勘: never stops a statutory clock
    OPINION = "opinion"  # 征求意见
    COUNTERSIGN = "countersign"  # 会签
    SPECIAL = "special"  # 特别程序: the clock stops, with a ground
    DECIDE = "decide"  # 决定
    ESCALATE = "escalate"  # 上报: the first review is over, the upper office decides
    SUMMARY = "summary"  # 牵头汇总: the lead department closes a stage whose matters have all ended
    CERTIFICATE = "certificate"  # 制证
    DELIVER = "deliver"  # 送达
    PAYMENT = "payment"  # 缴费
    NOTIFY = "notify"  # 告知
    MANUAL = "manual"  # other work, no act of its own


AFTER_ACCEPTANCE = frozenset(
    (
        *(StepKind.REVIEW, StepKind.CHECK, StepKind.SITE_VISIT),
        *(StepKind.OPINION, StepKind.COUNTERSIGN, StepKind.SPECIAL),
    )
)
"""What works on the file: lawful from the acceptance to the decision, and at no other time."""


class Place(StrEnum):
    """Where the work of a step is done. Only a site visit may lie outside the hall (domain: 159)."""

    HALL = "hall"
    HQ = "hq"
    OUTSIDE = "outside"


# kind -> outcome code -> act; the act None only routes (a return to the reviewer, a special procedure not needed).
OUTCOMES: Mapping[StepKind, Mapping[str, str | None]] = MappingProxyType(
    {
        StepKind.INTAKE: {
            "accept": "accept",
            "accept_tolerant": "accept_tolerant",
            "request_correction": "request_correction",
            "refuse_acceptance": "refuse_acceptance",
        },
        StepKind.REVIEW: {"pass": "review", "return": "review"},
        StepKind.CHECK: {"pass": "check", "return": "check"},
        StepKind.SITE_VISIT: {"done": "site_visit"},
        StepKind.OPINION: {"agree": "give_opinion", "conditions": "give_opinion", "object": "give_opinion"},
        StepKind.COUNTERSIGN: {"agree": "countersign", "conditions": "countersign", "object": "countersign"},
        StepKind.SPECIAL: {"start": "start_special", "end": "end_special", "skip": None},
        StepKind.DECIDE: {"grant": "decide_grant", "refuse": "decide_refuse", "return": None},
        StepKind.ESCALATE: {"sent_up": "send_up", "return": None},
        StepKind.SUMMARY: {"concluded": "conclude"},
        StepKind.CERTIFICATE: {"made": "make_certificate"},
        StepKind.DELIVER: {"delivered": "deliver"},
        StepKind.PAYMENT: {"paid": "record_payment"},
        StepKind.NOTIFY: {"sent": "send_notice"},
        StepKind.MANUAL: {"done": None},
    }
)

CORRECTION_RECEIVED = "correction_received"
"""The message that comes to a case when the applicant has brought what was missing; the only one that the office sends."""

CALLING = ("serviceTask", "sendTask", "businessRuleTask")
"""What may be answered by another system; without a call it is confirmed by hand, as any step of a person."""

CALLED_KINDS = (StepKind.MANUAL, StepKind.NOTIFY, StepKind.PAYMENT)
"""What another system may do in the place of a person. Accepting, reviewing, signing and deciding are acts of persons."""

OUTCOME_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "accept": "受理",
        "accept_tolerant": "容缺受理",
        "request_correction": "一次告知补正",
        "refuse_acceptance": "不予受理",
        "pass": "通过",
        "return": "退回",
        "done": "完成",
        "agree": "同意",
        "conditions": "附条件同意",
        "object": "不同意",
        "start": "启动",
        "end": "结束",
        "skip": "不需要",
        "grant": "准予",
        "refuse": "不予许可",
        "sent_up": "上报",
        "concluded": "汇总完成",
        "made": "已制证",
        "delivered": "已送达",
        "paid": "已缴费",
        "sent": "已告知",
    }
)

ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "granted": "准予",
        "refused": "不予",
        "withdrawn": "申请人撤回",
        "terminated": "终止",
        "not_accepted": "不予受理",
        "not_started": "未启动",
    }
)
"""How the case of a called matter ends: the outcome of the call."""

KIND_NAMES: Mapping[StepKind, str] = MappingProxyType(
    {
        StepKind.INTAKE: "受理",
        StepKind.REVIEW: "审查",
        StepKind.CHECK: "审核",
        StepKind.SITE_VISIT: "现场踏勘",
        StepKind.OPINION: "征求意见",
        StepKind.COUNTERSIGN: "会签",
        StepKind.SPECIAL: "特别程序",
        StepKind.DECIDE: "决定",
        StepKind.ESCALATE: "上报",
        StepKind.SUMMARY: "牵头汇总",
        StepKind.CERTIFICATE: "制证",
        StepKind.DELIVER: "送达",
        StepKind.PAYMENT: "缴费",
        StepKind.NOTIFY: "告知",
        StepKind.MANUAL: "其他工作",
    }
)

SIGNING_RULES: Mapping[str, str] = MappingProxyType(
    {"all": "全部会签", "any": "任一会签", "in_turn": "依次会签", "vote": "加权表决"}
)

PLACE_NAMES: Mapping[Place, str] = MappingProxyType(
    {Place.HALL: "大厅", Place.HQ: "部门机关", Place.OUTSIDE: "大厅以外"}
)

NODE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "task": "任务",
        "userTask": "用户任务",
        "manualTask": "手工任务",
        "scriptTask": "脚本任务",
        "serviceTask": "服务任务",
        "sendTask": "发送任务",
        "receiveTask": "接收任务",
        "businessRuleTask": "规则任务",
        "callActivity": "调用活动",
        "subProcess": "子流程",
        "transaction": "事务子流程",
        "adHocSubProcess": "自选子流程",
        "exclusiveGateway": "排他网关",
        "parallelGateway": "并行网关",
        "inclusiveGateway": "包容网关",
        "eventBasedGateway": "事件网关",
        "complexGateway": "复杂网关",
        "startEvent": "开始事件",
        "endEvent": "结束事件",
        "intermediateCatchEvent": "等待事件",
        "intermediateThrowEvent": "发出事件",
        "boundaryEvent": "边界事件",
    }
)
