"""A DMN file becomes decisions. Only what is drawn in it is read here; what of it is not carried out is said when it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..languages import marked
from ..reader.faults import fault
from ..reader.gate import Page, Refused, admit
from ..reader.sheet import Element, local, places, root_of
from .table import Decision, Input, Output, Rule, Table

SPACES = ("https://www.omg.org/spec/DMN/", "http://www.omg.org/spec/DMN/")
_ODD = (
    "context",
    "invocation",
    "functionDefinition",
    "list",
    "relation",
    "conditional",
    "for",
    "filter",
    "every",
    "some",
)


def read_decisions(file: str, data: bytes) -> tuple[dict[str, Decision], list[Finding]]:
    """The decisions of one file by id. Raises nothing: a file that cannot be read is a finding."""
    try:
        page = admit(file, data)
        root = root_of(page)
        if local(root) != "definitions" or not root.tag.startswith(tuple(f"{{{space}" for space in SPACES)):
            raise Refused(fault("file-not-dmn", page.marks[0], root.get("id") or "definitions", root=local(root)))
    except Refused as refused:
        return {}, [refused.finding]
    return _Sheet(page, root).decisions()


class _Sheet:
    """One DMN file."""

    def __init__(self, page: Page, root: Element) -> None:
        self.root, self.marks = root, places(root, page)
        self.language = root.get("expressionLanguage")

    def decisions(self) -> tuple[dict[str, Decision], list[Finding]]:
        found, findings = dict[str, Decision](), list[Finding]()
        for element in _of(self.root, "decision"):
            key = element.get("id") or ""
            if key in found or not key:
                findings.append(fault("decision-id-unclear", self.marks[element], key or "decision", id=key))
            else:
                found[key] = self.decision(element, key)
        return found, findings

    def decision(self, element: Element, key: str) -> Decision:
        variable = next(_of(element, "variable"), None)
        table, literal = next(_of(element, "decisionTable"), None), next(_of(element, "literalExpression"), None)
        odd = next((local(inner) for inner in element if local(inner) in _ODD), None)
        knowledge = next(_of(element, "knowledgeRequirement"), None)
        name = (variable.get("name") if variable is not None else None) or element.get("name") or key
        return Decision(
            id=key,
            name=name,
            at=self.marks[element],
            requires=tuple(self.required(element)),
            table=self.table(table) if table is not None else None,
            text=self.text(literal) if literal is not None else None,
            odd="businessKnowledgeModel" if knowledge is not None else odd,
        )

    def required(self, element: Element) -> Iterator[str]:
        for requirement in _of(element, "informationRequirement"):
            for ref in _of(requirement, "requiredDecision"):
                yield (ref.get("href") or "").rpartition("#")[2]

    def table(self, element: Element) -> Table:
        inputs = tuple(map(self.input, _of(element, "input")))
        return Table(
            policy=(element.get("hitPolicy") or "UNIQUE").replace("_", " ").upper(),
            aggregation=element.get("aggregation"),
            inputs=inputs,
            outputs=tuple(self.output(out, number) for number, out in enumerate(_of(element, "output"), 1)),
            rules=tuple(map(self.rule, _of(element, "rule"))),
        )

    def input(self, element: Element) -> Input:
        asked = next(_of(element, "inputExpression"), None)
        label = element.get("label") or element.get("name") or ""
        if asked is None:
            return Input(label, "")
        return Input(label or self.plain(asked), self.text(asked), _type(asked))

    def output(self, element: Element, number: int) -> Output:
        allowed, default = next(_of(element, "outputValues"), None), next(_of(element, "defaultOutputEntry"), None)
        return Output(
            name=element.get("name") or element.get("label") or f"output{number}",
            type=_type(element),
            values=tuple(_listed(self.plain(allowed))) if allowed is not None else (),
            default=self.text(default) if default is not None else None,
        )

    def rule(self, element: Element) -> Rule:
        return Rule(
            id=element.get("id") or "",
            at=self.marks[element],
            tests=tuple(map(self.text, _of(element, "inputEntry"))),
            results=tuple(map(self.text, _of(element, "outputEntry"))),
        )

    def plain(self, element: Element) -> str:
        return next((("".join(inner.itertext())).strip() for inner in _of(element, "text")), "")

    def text(self, element: Element) -> str:
        """What is written, with the mark of a language that is not FEEL."""
        own = element.get("expressionLanguage") or self.language
        written = self.plain(element)
        found = marked(written, own, None) if own else written
        return written if found is None or found == f"= {written}" else found


def _of(element: Element, name: str) -> Iterator[Element]:
    return (inner for inner in element if local(inner) == name)


def _type(element: Element) -> str:
    return str(element.get("typeRef") or "").rpartition(":")[2].strip().lower()


def _listed(written: str) -> Iterator[str]:
    """The parts of a list with commas, outside of quotes."""
    part, quoted = "", False
    for sign in written:
        quoted = quoted != (sign == '"')
        if sign == "," and not quoted:
            yield part.strip()
            part = ""
        else:
            part += sign
    if part.strip():
        yield part.strip()
