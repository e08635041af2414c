"""A file as a tree whose elements know their place. The only module that imports lxml."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from ..findings import Finding
from ..graph import Mark
from ..languages import marked
from ..vocabulary import NAMESPACE
from .faults import fault
from .gate import Page, Refused

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_MODELS = frozenset({BPMN, "http://schema.omg.org/spec/BPMN/2.0"})
"""The standard, and the draft of it that some tools still write; what is drawn is called the same in both."""
Element = Any  # lxml carries no types


class Sheet:
    """One BPMN file: its root, the place of every element, and what was found while reading it.

    Raises Refused when the tree cannot be built or is no BPMN.
    """

    def __init__(self, page: Page) -> None:
        self.file = page.file
        self.findings: list[Finding] = []
        self.root = root_of(page)
        self._marks = places(self.root, page)
        if tag(self.root) != "definitions":
            raise Refused(fault("file-not-bpmn", self.at(self.root), "", root=local(self.root)))

    def at(self, element: Element) -> Mark:
        return self._marks[element]

    def expression(self, element: Element, name: str) -> str | None:
        """The expression in the element's child of that name, marked with the language that it is declared in."""
        found = child(element, name)
        if found is None:
            return None
        written, elsewhere = text(found), foreign(found, "resource")
        if written is None and elsewhere:  # a condition in another file is none that may be left out
            return f"[resource] {elsewhere}"
        return marked(written, found.get("language"), self.root.get("expressionLanguage"))

    def complain(self, code: str, element: Element, drawn: str | None = None, **facts: Any) -> None:
        """Note a finding at an element; `drawn` is the id that people see when the element itself has none."""
        self.complain_at(code, self.at(element), drawn or element.get("id") or "", **facts)

    def complain_at(self, code: str, at: Mark, drawn: str, **facts: Any) -> None:
        self.findings.append(fault(code, at, drawn, **facts))


def root_of(page: Page) -> Element:
    """The same without comments and instructions, as it is read."""
    return tree_of(page, remove_comments=True, remove_pis=True)


def tree_of(page: Page, **more: bool) -> Element:
    """The root of a page that may be parsed. Raises Refused where it is well-formed, but its prefixes are not."""
    parser = _parser(**more)
    try:
        return etree.fromstring(page.xml, parser)
    except etree.XMLSyntaxError as error:
        if any(entry.type != etree.ErrorTypes.WAR_NS_URI for entry in parser.error_log):
            raise Refused(fault("file-not-xml", _place(page, error), "", reason=_reason(error))) from None
    # the address of a namespace is a name and nothing else: one with a space in it harms nobody
    return etree.fromstring(page.xml, _parser(recover=True, **more))


def _parser(**more: bool) -> Any:
    """A parser that opens nothing and follows nothing."""
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, **more
    )


def places(root: Element, page: Page) -> dict[Element, Mark]:
    """The place of every element: expat and lxml read the same text, so the n-th start tag is the n-th element."""
    return dict(zip(root.iter(etree.Element), page.marks, strict=True))


def _place(page: Page, error: etree.XMLSyntaxError) -> Mark:
    line, byte = error.position
    before = page.xml.split(b"\n")[line - 1][: max(byte - 1, 0)]
    return Mark(page.file, line, len(before.decode("utf-8", "ignore")) + 1)


def _reason(error: etree.XMLSyntaxError) -> str:
    match error.code:
        case etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:
            return "用了没有声明的命名空间前缀"
        case etree.ErrorTypes.NS_ERR_XML_NAMESPACE:
            return "命名空间的地址不合规范"
        case _:
            return str(error.msg)


def tag(element: Element) -> str:
    """The name of a BPMN element, empty for any other namespace and for comments."""
    namespace, name = parted(element.tag)
    return name if namespace in _MODELS else ""


def local(element: Element) -> str:
    """The name of an element whatever its namespace."""
    return parted(element.tag)[1]


def children(element: Element, *tags: str) -> Iterator[Element]:
    return (child for child in element if tag(child) in tags)


def child(element: Element, name: str) -> Element | None:
    return next(children(element, name), None)


def text(element: Element, name: str | None = None) -> str | None:
    """The stripped text of the element, or of its BPMN child of that name; None when there is none.

    A comment in the middle of a text, where a file is edited and keeps its comments, does not end it.
    """
    found = element if name is None else child(element, name)
    if found is None:
        return None
    words = [found.text or ""]
    for inner in found:
        if isinstance(inner.tag, str):
            break
        words.append(inner.tail or "")
    return "".join(words).strip() or None


def foreign(element: Element, name: str) -> str | None:
    """A vendor's attribute by its local name, whatever the vendor's namespace."""
    for key, value in element.attrib.items():
        namespace, plain = parted(key)
        if plain == name and namespace != NAMESPACE:
            return str(value).strip() or None
    return None


def foreign_only(element: Element, name: str) -> str | None:
    """The same, but not where the attribute is BPMN's own, without a prefix."""
    for key, value in element.attrib.items():
        namespace, plain = parted(key)
        if plain == name and namespace not in ("", NAMESPACE):
            return str(value).strip() or None
    return None


def ours(element: Element) -> dict[str, str]:
    """The attributes of our namespace, by local name."""
    names = ((parted(key), value) for key, value in element.attrib.items())
    return {name: value.strip() for (namespace, name), value in names if namespace == NAMESPACE}


@lru_cache(maxsize=4096)  # a file has few names and asks for each of them thousands of times
def parted(name: Any) -> tuple[str, str]:
    """Namespace and local name, of `{namespace}name`; both empty for a comment."""
    namespace, _, plain = name.rpartition("}") if isinstance(name, str) else ("", "", "")
    return namespace[1:], plain


def our_children(element: Element) -> Iterator[Element]:
    """The elements of our namespace in the element's extensionElements."""
    for extension in children(element, "extensionElements"):
        yield from (inner for inner in extension if parted(inner.tag)[0] == NAMESPACE)


def is_aside(element: Element) -> bool:
    """Whether a repair has set it aside: it stays in the file and is not read."""
    return ours(element).get("aside") == "true"


def extensions(element: Element, *names: str) -> Iterator[Element]:
    """The elements of other vendors in the extensionElements of this one, at the first level."""
    for box in children(element, "extensionElements"):
        yield from (
            e
            for e in box
            if local(e) in names and not e.tag.startswith((f"{{{NAMESPACE}}}", "{http://www.omg.org/spec/BPMN"))
        )


def reference(value: str | None) -> str | None:
    """The local part of a reference by qualified name (`tns:order` -> `order`)."""
    return value.strip().rpartition(":")[2] or None if value else None


def is_true(element: Element, name: str, otherwise: bool = False) -> bool:
    """A boolean attribute as XML Schema spells it."""
    value = element.get(name)
    return otherwise if value is None else value.strip().lower() in ("true", "1")
