"""Conditions and scripts as syntax: what is read, into which normal form, and what is refused."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagrams import ExpressionNotUnderstood, expression, script
from engine.diagrams.expressions import ALLOWED, MAX_DEPTH, MAX_LENGTH

READ = {
    "${outcome == 'pass'}": ("outcome == 'pass'", {"outcome"}),
    '#{ review eq "return" }': ("review == 'return'", {"review"}),
    "${!a == b}": ("(not a) == b", {"a", "b"}),
    "${not (a == b)}": ("not a == b", {"a", "b"}),
    "${a && b || c}": ("a and b or c", {"a", "b", "c"}),
    "${a && (b || c)}": ("a and (b or c)", {"a", "b", "c"}),
    "${a and b or not c}": ("a and b or not c", {"a", "b", "c"}),
    "${a ge 3 and b lt 2.5 and c ne null}": ("a >= 3 and b < 2.5 and (c != None)", {"a", "b", "c"}),
    "${a < b == true}": ("(a < b) == True", {"a", "b"}),
    "${a == b == c}": ("(a == b) == c", {"a", "b", "c"}),
    "${a ? 'x' : b ? 1 : 2}": ("'x' if a else 1 if b else 2", {"a", "b"}),
    "${1 + 2 * -a / 4}": ("1 + 2 * -a / 4", {"a"}),
    "${case.area['all'] > 500}": ("case.area['all'] > 500", {"case"}),
    "${len(signers) == 3}": ("len(signers) == 3", {"signers"}),
    "${max(a, 1) - min(b, 2)}": ("max(a, 1) - min(b, 2)", {"a", "b"}),
    "${text == 'true && !x eq null'}": ("text == 'true && !x eq null'", {"text"}),
    r"${text == 'it\'s'}": ('text == "it\'s"', {"text"}),
    "${结论 == '同意'}": ("结论 == '同意'", {"结论"}),
    "${nrOfCompletedInstances/nrOfInstances >= 0.5}": (
        "nrOfCompletedInstances / nrOfInstances >= 0.5",
        {"nrOfCompletedInstances", "nrOfInstances"},
    ),
    "outcome == 'pass'": ("outcome == 'pass'", {"outcome"}),
    "  outcome in ('a', 'b') ": ("outcome in ('a', 'b')", {"outcome"}),
    "x is not None": ("x != None", {"x"}),
    "1 < a <= 3": ("1 < a <= 3", {"a"}),
    "any(v == 'object' for v in votes if v)": ("any((v == 'object' for v in votes if v))", {"votes"}),
    "{'a': 1}[key] // 2 % 3": ("{'a': 1}[key] // 2 % 3", {"key"}),
    "'3wd' == limit": ("'3wd' == limit", {"limit"}),
}


@pytest.mark.parametrize(("text", "form"), READ.items(), ids=READ.keys())
def test_a_condition_has_a_normal_form_and_names(text: str, form: tuple[str, set[str]]) -> None:
    found = expression(text)
    assert (found.text, found.names) == form
    assert expression(found.text) == found
    assert ast.dump(ast.parse(found.text, mode="eval")) == ast.dump(found.tree)


REFUSED = [
    *("", "   ", "${}", "${a", "a}", "${a} && ${b}", "${a == }", "${(a}", "${a b}", "${a,}", "${len(a b)}", "${a ? b}"),
    *(
        "${outcome.equals('pass')}",
        "${empty a}",
        "${a instanceof b}",
        "${a mod 2}",
        "${a % 2}",
        "${f:g(a)}",
        "${a = 1}",
    ),
    *("${1.5.2}", "${3wd}", "${a.}", "${a[}", "${a[1}", "${'open}", "${a;b}", "${a->b}", "${[1]}"),
    *("= outcome", "outcome = 'pass'", "outcome == pass'", "a b", "1if x else 2", "0x1for", "'\\d' == a"),
    *("__import__('os')", "open('x')", "a()", "a.b()", "(lambda: 1)()", "len(*a)", "sum(a, start=1)", "len.x()"),
    *("a.__class__", "a._b", "${a.__class__}", "a[1:2]", "f'{a}'", "b'x'", "1j", "...", "(a := 1)", "a @ b", "2 ** 9"),
    *("a << 1", "a & b", "~a", "[*a]", "{**a}", "{1, 2}", "{a: 1 for a in b}", "await a", "yield a"),
    *("[a for a in b for c in d]", "[a for a, b in c]", "[a async for a in b]"),
    *("(" * 300, "-" * 1500 + "1", "not " * 400 + "a", "+".join("a" * 90), "a" * 3000, "\0"),
    *("${" + "(" * 90 + "a" + ")" * 90 + "}", "${" + "!" * 1500 + "a}", "${" + "+".join("a" * 90) + "}"),
    *("${" + "a?b:" * 200 + "c}", "${" + "a[" * 200 + "}", "${" + "a" * 3000 + "}"),
    *("import os", "a; b", "a\nb", "x: int = 1"),
]


@pytest.mark.parametrize("text", REFUSED, ids=[f"{text[:20]}-{len(text)}" for text in REFUSED])
def test_what_we_do_not_run_is_refused(text: str) -> None:
    with pytest.raises(ExpressionNotUnderstood) as raised:
        expression(text)
    assert raised.value.facts["why"]
    assert len(str(raised.value)) < 250
    assert "${outcome == 'pass'}" in raised.value.advice


WORDS = """
a b outcome 'x' "y" 1 2.5 true null ( ) [ ] { } . , : ? ! == != < >= && || and or not in is if else for eq empty len sum
+ - * / % ** lambda \\ ` $ # ; = := @ 受理 _ __class__ 3wd
"""
words = st.sampled_from([*WORDS.split(), "\n"])


@settings(deadline=None, max_examples=500)
@given(st.lists(words, max_size=30).map(" ".join), st.sampled_from(["{}", "${{{}}}", "#{{{}}}"]))
def test_whatever_is_written_the_tree_is_allow_listed(text: str, frame: str) -> None:
    try:
        tree = expression(frame.format(text)).tree
    except ExpressionNotUnderstood:
        return
    assert all(isinstance(node, ALLOWED) for node in ast.walk(tree))
    assert all(isinstance(node.func, ast.Name) for node in ast.walk(tree) if isinstance(node, ast.Call))


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reader in (expression, script):
        try:
            reader(text)
        except ExpressionNotUnderstood:
            continue


def test_the_limits_themselves_are_read() -> None:
    assert expression("+".join("a" * (MAX_DEPTH - 3))).names == {"a"}
    assert len(expression("'" + "x" * (MAX_LENGTH - 2) + "'").text) == MAX_LENGTH


def test_a_script_is_assignments() -> None:
    found = script("total = area * 2\npass\n结论 = 'ok' if total > limit else total; area = 1")
    assert [(name, value.text) for name, value in found.lines] == [
        ("total", "area * 2"),
        ("结论", "'ok' if total > limit else total"),
        ("area", "1"),
    ]
    assert found.reads == {"area", "limit"}
    assert found.writes == {"total", "结论", "area"}
    assert script("").lines == ()


@pytest.mark.parametrize(
    "text",
    [
        "print(1)",
        "import os",
        "a.b = 1",
        "a[0] = 1",
        "a, b = 1, 2",
        "a = b = 1",
        "a += 1",
        "def f(): pass",
        "if a: b = 1",
        "a = open('x')",
        "a = (lambda: 1)",
        'println "ok"',
        "var a = 1;",
    ],
)
def test_a_script_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionNotUnderstood):
        script(text)
