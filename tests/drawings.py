"""Small matters for tests, drawn from a few lines of text: `a>b` flows, with conditions; layout is a plain grid.

draw("Q1", steps="intake:intake/zhao …", flows="start>intake intake>x …")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:ls="urn:lianshen:bpmn:1" id="d" targetNamespace="urn:test">\n'
)
KINDS = {
    "x": "exclusiveGateway",
    "p": "parallelGateway",
    "start": "startEvent",
    "end": "endEvent",
    "wait": "intermediateCatchEvent",
}
GUIDE = """\
code: {code}
name: 测试事项 {code}
department: nr
type: "01"
kind: {kind}
two_person: {two_person}
basis: {{text: 示例数据, src: P}}
limits:
  promised: {{lim: [{promised}, wd, accepted], src: P}}
  statutory: {{lim: [20, wd, accepted], basis: 行政许可法 第42条, src: S, ext: [10, wd, head], pause: [expert_review]}}
fee: {{text: 不收费, src: P}}
result: {{name: 证}}
materials:
  - {{key: application, name: 申请表, rule: R, src: P}}
"""


def draw(code: str, nodes: str, flows: str, *, extra: str = "", default: str = "") -> bytes:
    """A diagram. nodes: `id:kind` (`x`, `p`, `start`, `end`, `wait=message`, `timer=P1D`, or a step kind with options
    `review@window~limit!ground#form*3(outcome,outcome)` (`*3`: three at once), `script=name` a script that sets it to 1,
    `part=process` a call, `call=CODE;sends;returns;form` for a step that another system answers,
    `error=step;CODE` and `late=step;P1D` (it does not interrupt) for what stands on its border);
    flows: `a>b` or `a>b?condition`, separated by blanks; default: the one flow that is taken when no condition holds."""
    body, shapes, messages = [], [], []
    places = {}
    for i, text in enumerate(nodes.split()):
        key, _, kind = text.partition(":")
        places[key] = (60 + 160 * (i % 8), 60 + 120 * (i // 8))
        otherwise = next((i for i, f in enumerate(flows.split()) if f == default and f.startswith(f"{key}>")), None)
        body.append(_node(key, kind, messages, "" if otherwise is None else f' default="f{otherwise}"'))
        x, y = places[key]
        shapes.append(
            f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/></bpmndi:BPMNShape>'
        )
    for i, text in enumerate(flows.split()):
        ends, _, condition = text.partition("?")
        source, _, target = ends.partition(">")
        when = f"<bpmn:conditionExpression>${{{condition}}}</bpmn:conditionExpression>" if condition else ""
        body.append(
            f'<bpmn:sequenceFlow id="f{i}" sourceRef="{source}" targetRef="{target}">{when}</bpmn:sequenceFlow>'
        )
        (x1, y1), (x2, y2) = places[source], places[target]
        way = f'<di:waypoint x="{x1 + 100}" y="{y1 + 40}"/><di:waypoint x="{x2}" y="{y2 + 40}"/>'
        shapes.append(f'<bpmndi:BPMNEdge id="f{i}_di" bpmnElement="f{i}">{way}</bpmndi:BPMNEdge>')
    process = code.lower()
    plane = f'<bpmndi:BPMNPlane id="pl" bpmnElement="{process}">{"".join(shapes)}</bpmndi:BPMNPlane>'
    inner = "\n".join([f'{"".join(messages)}<bpmn:process id="{process}" isExecutable="true">', *body, extra])
    text = (
        f'{HEAD}{inner}</bpmn:process>\n<bpmndi:BPMNDiagram id="dia">{plane}</bpmndi:BPMNDiagram></bpmn:definitions>\n'
    )
    return text.encode()


def _node(key: str, kind: str, messages: list[str], default: str = "") -> str:
    word, _, given = kind.partition("=")
    if word == "timer":
        timer = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{given}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        return f'<bpmn:intermediateCatchEvent id="{key}">{timer}</bpmn:intermediateCatchEvent>'
    if word == "wait":
        messages.append(f'<bpmn:message id="m_{key}" name="{given}"/>')
        event = f'<bpmn:messageEventDefinition messageRef="m_{key}"/>'
        return f'<bpmn:intermediateCatchEvent id="{key}">{event}</bpmn:intermediateCatchEvent>'
    if word == "call":
        code, sends, returns, form = [*given.split(";"), "", "", ""][:4]
        drawn = {"call": code, "sends": sends.replace(",", " "), "returns": returns.replace(",", " "), "form": form}
        drawn |= {"department": "nr", "window": "nr-1"}
        attributes = " ".join(f"ls:{name}={quoteattr(value)}" for name, value in drawn.items() if value)
        return f'<bpmn:serviceTask id="{key}" name="{key}" {attributes}/>'
    if word in ("error", "late"):
        host, _, what = given.partition(";")
        timer = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{what}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        if word == "error":
            messages.append(f'<bpmn:error id="e_{key}" errorCode="{what}"/>')
        event = timer if word == "late" else f'<bpmn:errorEventDefinition errorRef="e_{key}"/>'
        stays = ' cancelActivity="false"' if word == "late" else ""
        return f'<bpmn:boundaryEvent id="{key}" attachedToRef="{host}"{stays}>{event}</bpmn:boundaryEvent>'
    if word in KINDS:
        return f'<bpmn:{KINDS[word]} id="{key}"{default}/>'
    if word == "script":
        return f'<bpmn:scriptTask id="{key}"><bpmn:script>{given} = 1</bpmn:script></bpmn:scriptTask>'
    if word == "part":
        return f'<bpmn:callActivity id="{key}" name="{key}" calledElement="{given}"/>'
    return _step(key, kind)


def _step(key: str, text: str) -> str:
    rest, _, outcomes = text.partition("(")
    rest, _, many = rest.partition("*")
    rest, _, form = rest.partition("#")
    rest, _, ground = rest.partition("!")
    rest, _, limit = rest.partition("~")
    kind, _, window = rest.partition("@")
    given = {"kind": kind, "department": "nr" if not window else window.split("-")[0], "window": window or "nr-1"}
    given |= {"limit": limit} if limit else {}
    given |= {"ground": ground} if ground else {}
    given |= {"form": form} if form else {}
    attributes = " ".join(f"ls:{name}={quoteattr(value)}" for name, value in given.items())
    codes = [c for c in outcomes.rstrip(")").split(",") if c]
    drawn = "".join(f'<ls:outcome code="{c}"/>' for c in codes)
    inside = f"<bpmn:extensionElements>{drawn}</bpmn:extensionElements>" if drawn else ""
    if many:
        count = f"<bpmn:loopCardinality>{many}</bpmn:loopCardinality>"
        inside += f"<bpmn:multiInstanceLoopCharacteristics>{count}</bpmn:multiInstanceLoopCharacteristics>"
    return f'<bpmn:userTask id="{key}" name="{key}" {attributes}>{inside}</bpmn:userTask>'


def matter(
    code: str,
    nodes: str,
    flows: str,
    *,
    kind: str = "promised",
    two_person: bool = False,
    promised: int = 8,
    **more: str,
) -> dict[str, bytes]:
    """A publishable bundle with a bare application form."""
    guide = GUIDE.format(code=code, kind=kind, two_person=str(two_person).lower(), promised=promised)
    form = {"id": "application", "type": "default", "schemaVersion": 16, "components": []}
    return {
        "matter.bpmn": draw(code, nodes, flows, **more),
        "guide.yaml": guide.encode(),
        "forms/application.json": json.dumps(form).encode(),
    }


STRAIGHT: Mapping[str, str] = {
    "nodes": "start:start intake:intake(accept) review:review(pass) decide:decide(grant) deliver:deliver end:end",
    "flows": "start>intake intake>review review>decide decide>deliver deliver>end",
}
WHOLE: Mapping[str, str] = {
    "nodes": "start:start intake:intake(accept) review:review(pass) decide:decide(grant) certificate:certificate deliver:deliver"
    " end:end",
    "flows": "start>intake intake>review review>decide decide>certificate certificate>deliver deliver>end",
}
"""With the certificate that its guide promises: no rule has anything to say of it."""
PARALLEL: Mapping[str, str] = {
    "nodes": "start:start intake:intake(accept) prepare:review~2wd(pass) split:p a:review(pass) b:review@ee-1(pass) c:check@ee-1(pass)"
    " join:p decide:decide(grant) deliver:deliver end:end",
    "flows": "start>intake intake>prepare prepare>split split>a split>b b>c a>join c>join join>decide decide>deliver deliver>end",
}
