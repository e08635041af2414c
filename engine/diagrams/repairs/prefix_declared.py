"""A prefix that everybody uses for one namespace, and that the file forgot to declare, is declared."""

from __future__ import annotations

import re

from engine.errors import Fault

from .card import Card

CARD = Card(
    "prefix-declared",
    False,
    "声明通用的命名空间前缀",
    "文件用了前缀 {prefixes}，却没有声明：按通用的写法补上声明。",
    ("file-not-xml",),
)
KNOWN = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmn2": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "omgdc": "http://www.omg.org/spec/DD/20100524/DC",
    "omgdi": "http://www.omg.org/spec/DD/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "activiti": "http://activiti.org/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "ls": "urn:lianshen:bpmn:1",
}
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?definitions(?=[\s/>])")
_USED = re.compile(rb"""(?:</?|\s)([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*(?=[\s/>=])""")
_BOUND = re.compile(rb"""\sxmlns:([A-Za-z_][\w.-]*)\s*=""")


def mend(body: bytes, fault: Fault) -> tuple[bytes, dict[str, object]] | None:
    """The same bytes with the missing declarations in the root; None where that is not what is the matter."""
    root = _ROOT.search(body)
    missing = {prefix.decode() for prefix in set(_USED.findall(body)) - set(_BOUND.findall(body))} - {"xmlns", "xml"}
    known = sorted(missing & KNOWN.keys())
    if root is None or not known:
        return None
    added = "".join(f' xmlns:{prefix}="{KNOWN[prefix]}"' for prefix in known).encode()
    return body[: root.end()] + added + body[root.end() :], {"prefixes": "、".join(known)}
