"""The extensions of Camunda 7 and 8, Flowable, Activiti and SpiffWorkflow at one element, by local names, whatever the prefix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..expressions import ExpressionNotUnderstood
from ..foreign import Assigned, DecisionCall, FormField, Passage, Passed, Snippet
from ..scripts import script
from .sheet import Element, child, children, extensions, foreign, local, tag, text

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
JBPM = "www.jboss.org/drools"
_NAME = re.compile(r"[^\W\d]\w*")
_OWNERS = re.compile(r"(user|group)\(([^()]*)\)")


def attribute(element: Element, *names: str) -> str | None:
    """The first of these attributes, with or without a vendor's namespace."""
    for name in names:
        value = (element.get(name) or "").strip() or foreign(element, name)
        if value:
            return value
    return None


def _first(element: Element, extension: str, *names: str) -> str | None:
    return next((v for e in extensions(element, extension) for name in names if (v := attribute(e, name))), None)


# ---- who does it
_DONE_BY_PEOPLE = ("userTask", "manualTask", "task", "startEvent")


def assigned(element: Element, root: Element) -> Assigned | None:
    """Who does a step and how, as another tool wrote it; None where none did."""
    if tag(element) not in _DONE_BY_PEOPLE:
        return None
    users, groups = _owners(element)
    performer = next((one for one in children(element, "humanPerformer", "performer")), None)
    found = Assigned(
        assignee=foreign(element, "assignee")
        or _first(element, "assignmentDefinition", "assignee")
        or _resource(performer),
        users=(
            *users,
            *_words(foreign(element, "candidateUsers") or _first(element, "assignmentDefinition", "candidateUsers")),
        ),
        groups=(
            *groups,
            *_words(foreign(element, "candidateGroups") or _first(element, "assignmentDefinition", "candidateGroups")),
        ),
        form=foreign(element, "formRef") or foreign(element, "formKey") or _form(element),
        fields=tuple(_fields(element, root)),
        due=foreign(element, "dueDate") or _first(element, "taskSchedule", "dueDate"),
        follow_up=foreign(element, "followUpDate") or _first(element, "taskSchedule", "followUpDate"),
        priority=foreign(element, "priority") or _first(element, "priorityDefinition", "priority"),
    )
    return found if found.says_something else None


def _words(value: str | None) -> tuple[str, ...]:
    """A list with commas; one expression is one word, whatever is in it."""
    if not value:
        return ()
    if re.fullmatch(r"[$#]\{.*\}|=.*", value, re.DOTALL):
        return (value,)
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _resource(owner: Element | None) -> str | None:
    if owner is None:
        return None
    found = next(owner.iter("{*}formalExpression"), None)
    return text(found) if found is not None else None


def _owners(element: Element) -> tuple[list[str], list[str]]:
    """Users and groups of potentialOwner: `user(li)`, `group(met)`; a bare name is a group (Activiti, Flowable), in jBPM a user.
    The groups of jBPM are data that go into the task."""
    users, groups = list[str](), list[str]()
    jbpm = any(JBPM in uri for uri in element.nsmap.values())
    for owner in children(element, "potentialOwner"):
        for word in _split(_resource(owner) or ""):
            named = _OWNERS.fullmatch(word)
            (users if (named[1] == "user" if named else jbpm) else groups).append(named[2].strip() if named else word)
    ids = {one.get("id") for one in element.iter("{*}dataInput") if jbpm and one.get("name") == "GroupId"}
    for link in children(element, "dataInputAssociation"):
        if text(link, "targetRef") in ids:
            groups += _split(next((text(one) or "" for one in link.iter("{*}from")), ""))
    return users, groups


def _split(written: str) -> list[str]:
    return [word.strip() for word in re.split(r",(?![^()]*\))", written) if word.strip()]


def _form(element: Element) -> str | None:
    key = _first(element, "formDefinition", "formId", "formKey", "externalReference")
    if key is None:
        for prop in element.iter("{*}property"):
            if prop.get("name") == "formJsonSchemaFilename":
                return str(prop.get("value") or "") or None
    return key


# ---- forms that are drawn in the step
def _fields(element: Element, root: Element) -> Iterator[FormField]:
    for form in extensions(element, "formData"):
        yield from (_camunda_field(field) for field in form if local(field) == "formField")
    yield from (_activiti_field(field) for field in extensions(element, "formProperty"))
    yield from _zeebe_fields(element, root)


def _camunda_field(field: Element) -> FormField:
    checks = [(one.get("name") or "", one.get("config") or "") for one in field.iter("{*}constraint")]
    return FormField(
        key=field.get("id") or "",
        label=field.get("label") or field.get("id") or "",
        type=field.get("type") or "string",
        required=any(name == "required" for name, _ in checks),
        writable=not any(name == "readonly" for name, _ in checks),
        initial=field.get("defaultValue"),
        options=tuple(_option(one) for one in field if local(one) == "value"),
        checks=tuple((name, config) for name, config in checks if name not in ("required", "readonly")),
    )


def _activiti_field(field: Element) -> FormField:
    checks = [(name, value) for name in ("expression", "variable") if (value := field.get(name))]
    return FormField(
        key=field.get("id") or "",
        label=field.get("name") or field.get("id") or "",
        type=field.get("type") or "string",
        required=field.get("required") == "true",
        readable=field.get("readable", "true") != "false",
        writable=field.get("writable", field.get("writeable", "true")) != "false",
        initial=field.get("default"),
        options=tuple(_option(one) for one in field if local(one) == "value"),
        checks=tuple(checks) if field.get("variable") != field.get("id") else (),
    )


def _option(element: Element) -> tuple[str, str]:
    key = element.get("id") or ""
    return key, element.get("name") or key


def _zeebe_fields(element: Element, root: Element) -> Iterator[FormField]:
    """A form of Camunda 8 stands in the process as JSON; it is kept whole, as one field of the type `form-js`."""
    key = (_first(element, "formDefinition", "formKey") or "").removeprefix("camunda-forms:bpmn:")
    if not key:
        return
    for form in root.iter(f"{{{ZEEBE}}}userTaskForm"):
        if key and form.get("id") == key and text(form):
            yield FormField(key, key, "form-js", initial=text(form))


def form_js(field: FormField) -> dict[str, object] | None:
    """The form that a field of the type form-js holds."""
    try:
        found = json.loads(field.initial or "")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


# ---- what goes in and out
def passage(element: Element) -> Passage | None:
    """What goes into an activity and what comes out; None where nothing is drawn, and everything goes."""
    if tag(element) == "callActivity":
        found = _of_call(element)
        if found:
            return found
    return _of_parameters(element) or _of_zeebe(element)


def _of_call(element: Element) -> Passage | None:
    """camunda:in and out, flowable and activiti the same. A business key goes with the case by itself."""
    into = [e for e in extensions(element, "in") if not attribute(e, "businessKey")]
    out = list(extensions(element, "out"))
    inherits = foreign(element, "inheritVariables")
    every = inherits in ("true", "1")
    if not into and not out and inherits is None and not list(extensions(element, "in")):
        return None
    odd = foreign(element, "variableMappingClass") or foreign(element, "variableMappingDelegateExpression")
    taken = tuple(_variable(e) for e in into)
    return Passage(
        into=(Passed(None), *taken) if every else taken,
        out=tuple(_variable(e) for e in out),
        odd="variableMapping" if odd else None,
    )


_ISOLATING = re.compile(r"activiti|flowable|Camunda (Platform|Modeler)")


def passes_nothing_there(element: Element) -> bool:
    """Whether this call, without any mapping, would pass nothing in the engine that its file is written for."""
    if tag(element) != "callActivity" or passage(element) is not None or called(element):
        return False
    root = element.getroottree().getroot()
    said = (root.get("targetNamespace"), root.get("exporter"), foreign(root, "executionPlatform"))
    return foreign(root, "executionPlatform") != "Camunda Cloud" and any(_ISOLATING.search(text or "") for text in said)


def _variable(element: Element) -> Passed:
    if attribute(element, "variables") == "all":
        return Passed(None)
    source, written = attribute(element, "source"), attribute(element, "sourceExpression")
    target = attribute(element, "target", "targetExpression") or source or ""
    return Passed(variable(source) if source else written or "${null}", target)


def variable(name: str) -> str:
    """The expression of one fact."""
    return f"${{{name}}}" if _NAME.fullmatch(name) else "${execution.getVariable(" + _quoted(name) + ")}"


def _quoted(written: str) -> str:
    return "'" + written.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _of_parameters(element: Element) -> Passage | None:
    """camunda:inputOutput. Only what comes out changes the facts of a step; of a scope what goes in, too."""
    box = next(extensions(element, "inputOutput"), None)
    if box is None:
        return None
    into = tuple(_parameter(e) for e in box if local(e) == "inputParameter")
    out = tuple(_parameter(e) for e in box if local(e) == "outputParameter")
    return Passage((Passed(None), *into) if into else None, (Passed(None), *out) if out else None)


def _parameter(element: Element) -> Passed:
    name, inner = element.get("name") or "", next((e for e in element), None)
    if inner is not None:
        return Passed(_inner(inner), name)
    return Passed(literal(text(element) or ""), name)


def literal(written: str) -> str:
    """`${…}` is an expression, anything without one is the very text; the two mixed are joined."""
    if re.fullmatch(r"[$#]\{[^{}]*\}", written):
        return written
    if not re.search(r"[$#]\{", written):
        return "${" + _quoted(written) + "}"
    return written


def _inner(element: Element) -> str:
    """A list of texts is one; scripts and maps are kept as written, and judged with the rest."""
    if local(element) == "script":
        return f"[{(element.get('scriptFormat') or 'unknown').lower()}] {text(element) or ''}"
    return f"[{local(element)}] "


def _of_zeebe(element: Element) -> Passage | None:
    """zeebe:ioMapping, and what a call of Camunda 8 takes along unless it says not to."""
    box = next(extensions(element, "ioMapping"), None)
    called = next(extensions(element, "calledElement"), None)
    if box is None and called is None:
        return None
    into = [
        Passed(_zeebe(e.get("source") or ""), e.get("target") or "")
        for e in (box if box is not None else ())
        if local(e) == "input"
    ]
    out = [
        Passed(_zeebe(e.get("source") or ""), e.get("target") or "")
        for e in (box if box is not None else ())
        if local(e) == "output"
    ]
    all_in = called is None or called.get("propagateAllParentVariables", "true") != "false"
    all_out = not out and (called is None or called.get("propagateAllChildVariables", "true") != "false")
    return Passage(
        into=(Passed(None), *into) if all_in and into else None if all_in else tuple(into),
        out=None if all_out else tuple(out),
    )


def _zeebe(written: str) -> str:
    return written if written.lstrip().startswith("=") else f"= {json.dumps(written, ensure_ascii=False)}"


def called(element: Element) -> str | None:
    """The process that a call of Camunda 8 names in its extension."""
    return _first(element, "calledElement", "processId")


# ---- decisions
def decision(element: Element) -> DecisionCall | None:
    """The decision that a rule task of some vendor asks."""
    result = foreign(element, "resultVariable") or foreign(element, "resultVariableName")
    if ref := foreign(element, "decisionRef"):
        return DecisionCall(ref, result, foreign(element, "mapDecisionResult") or "resultList", "camunda")
    found = next(extensions(element, "calledDecision"), None)
    if found is not None and found.tag.startswith("{"):
        if found.get("decisionId"):
            return DecisionCall(found.get("decisionId"), found.get("resultVariable"), None, "zeebe")
        if text(found):
            return DecisionCall(text(found) or "", result, None, "spiff")
    for field in extensions(element, "field"):
        if field.get("name") in ("decisionTableReferenceKey", "decisionServiceReferenceKey"):
            ref = field.get("stringValue") or next((text(inner) for inner in field), None)
            return DecisionCall(ref or "", None, None, "flowable")
    if ref := foreign(element, "decisionTableReferenceKey"):
        return DecisionCall(ref, None, None, "flowable")
    if found is None and (spiff := next(extensions(element, "calledDecisionId"), None)) is not None:
        return DecisionCall(text(spiff) or "", None, None, "spiff")
    return None


def initiator(element: Element) -> str | None:
    """The fact that takes who started it."""
    return (
        foreign(element, "initiator")
        if tag(element) == "startEvent" and child(element, "messageEventDefinition") is None
        else None
    )


# ---- listeners
_LISTENERS = ("executionListener", "taskListener", "preScript", "postScript", "onEntry-script", "onExit-script")
_LISTENERS_OF_ZEEBE = {"executionListeners": "executionListener", "taskListeners": "taskListener"}
_MOMENTS = {"start": "before", "create": "before", "end": "after", "complete": "after", "take": "taken"}


@dataclass(frozen=True)
class Listeners:
    """What the listeners at one element assign, by the moment; lost: those that are programs, in words."""

    before: tuple[Snippet, ...] = ()
    after: tuple[Snippet, ...] = ()
    taken: tuple[Snippet, ...] = ()
    lost: tuple[str, ...] = ()


def listeners(element: Element, *moments: str) -> Listeners:
    """The listeners at an element, as far as they only assign. moments: those that this element has here."""
    found: dict[str, list[Snippet]] = {"before": [], "after": [], "taken": []}
    lost = list[str]()
    for one in _listeners(element):
        moment, snippet = _moment(one), _snippet(one)
        if snippet is not None and moment in moments and _only_assigns(snippet):
            found[moment].append(snippet)
        else:
            lost.append(_told(one))
    return Listeners(tuple(found["before"]), tuple(found["after"]), tuple(found["taken"]), tuple(lost))


def _listeners(element: Element) -> Iterator[Element]:
    """Those at the element; Camunda 8 keeps its own, and Flowable those of a whole process, in other places."""
    yield from extensions(element, *_LISTENERS, "eventListener")
    for box in extensions(element, *_LISTENERS_OF_ZEEBE):
        yield from (one for one in box if local(one) == _LISTENERS_OF_ZEEBE[local(box)])


def _moment(listener: Element) -> str:
    name = local(listener)
    if name in _LISTENERS[2:]:
        return "before" if name in ("preScript", "onEntry-script") else "after"
    return _MOMENTS.get(listener.get("event") or listener.get("eventType") or "", "")


def _snippet(listener: Element) -> Snippet | None:
    """The text of a listener, where it is one: an expression, a script inside, SpiffWorkflow's own."""
    if local(listener) in ("preScript", "postScript"):
        return Snippet(text(listener) or "", "python")
    if listener.get("expression"):
        return Snippet(listener.get("expression"), "juel")
    inner = next((e for e in listener if local(e) == "script" and text(e)), None)
    if inner is None or listener.get("class") or listener.get("delegateExpression"):
        return None
    spoken = inner.get("scriptFormat") or inner.get("language") or listener.get("scriptFormat")
    return Snippet(text(inner) or "", spoken or "unknown")


def _only_assigns(snippet: Snippet) -> bool:
    try:
        script(snippet.text, snippet.language)
    except ExpressionNotUnderstood:
        return False
    return True


def _told(listener: Element) -> str:
    what = listener.get("class") or listener.get("delegateExpression") or listener.get("expression") or text(listener)
    what = what or listener.get("type")
    words = " ".join((what or "".join(listener.itertext())).split())
    return f"{local(listener)} {listener.get('event') or listener.get('eventType') or ''} {words[:80]}".replace(
        "  ", " "
    ).strip()


# ---- scripts
@dataclass(frozen=True)
class Written:
    """The script of a task: its text and language, and what becomes of its value and of what it assigns."""

    text: str | None
    language: str | None
    stores: bool = False
    result: str | None = None


def written_script(element: Element) -> Written:
    """The script of a task. One that stands in another file, or is a program elsewhere, is a script that nobody reads."""
    own, spoken = text(element, "script"), element.get("scriptFormat") or element.get("scriptLanguage")
    result = foreign(element, "resultVariable") or foreign(element, "resultVariableName")
    stores = foreign(element, "autoStoreVariables") in ("true", "1")
    zeebe = next(extensions(element, "script"), None)
    if own is None and zeebe is not None and zeebe.get("expression"):
        return Written(zeebe.get("expression"), "feel", result=zeebe.get("resultVariable"))
    elsewhere = foreign(element, "resource") or _first(element, "taskDefinition", "type")
    if own is None and elsewhere and tag(element) == "scriptTask":
        return Written(elsewhere, f"{spoken or ''} {elsewhere}".strip())
    return Written(own, spoken, stores, result)
