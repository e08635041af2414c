"""Conditions and scripts as syntax: what is read, into which normal form, and what is refused."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagrams import ExpressionNotUnderstood, ScriptLanguageNotRun, expression, script, spelling
from engine.diagrams.expressions import ALLOWED, MAX_DEPTH, MAX_LENGTH

READ = {
    "${outcome == 'pass'}": ("${outcome == 'pass'}", {"outcome"}),
    '#{ review eq "return" }': ("${review == 'return'}", {"review"}),
    "${!a == b}": ("${!a == b}", {"a", "b"}),
    "${not (a == b)}": ("${!(a == b)}", {"a", "b"}),
    "${a && b || c}": ("${a && b || c}", {"a", "b", "c"}),
    "${a && (b || c)}": ("${a && (b || c)}", {"a", "b", "c"}),
    "${a and b or not c}": ("${a && b || !c}", {"a", "b", "c"}),
    "${a ge 3 and b lt 2.5 and c ne null}": ("${a >= 3 && b < 2.5 && c != null}", {"a", "b", "c"}),
    "${a < b == true}": ("${a < b == true}", {"a", "b"}),
    "${a == b == c}": ("${a == b == c}", {"a", "b", "c"}),
    "${a == (b == c)}": ("${a == (b == c)}", {"a", "b", "c"}),
    "${a ? 'x' : b ? 1 : 2}": ("${a ? 'x' : b ? 1 : 2}", {"a", "b"}),
    "${1 + 2 * -a / 4}": ("${1 + 2 * -a / 4}", {"a"}),
    "${a - (b - c) mod 2}": ("${a - (b - c) % 2}", {"a", "b", "c"}),
    "${case.area['all'] > 500}": ("${case.area['all'] > 500}", {"case"}),
    "${len(signers) == 3}": ("${len(signers) == 3}", {"signers"}),
    "${max(a, 1) - min(b, 2)}": ("${max(a, 1) - min(b, 2)}", {"a", "b"}),
    "${text == 'true && !x eq null'}": ("${text == 'true && !x eq null'}", {"text"}),
    r"${text == 'it\'s'}": (r"${text == 'it\'s'}", {"text"}),
    "${结论 == '同意'}": ("${结论 == '同意'}", {"结论"}),
    "${nrOfCompletedInstances/nrOfInstances >= 0.5}": (
        "${nrOfCompletedInstances / nrOfInstances >= 0.5}",
        {"nrOfCompletedInstances", "nrOfInstances"},
    ),
    # what other engines write: methods that ask, variables by name, getters, functions of Flowable, JSON of Spin
    "${outcome.equals('pass')}": ("${equals(outcome, 'pass')}", {"outcome"}),
    "${empty a and !empty b.c}": ("${empty(a) && !empty(b.c)}", {"a", "b"}),
    "${users.size() > 2 || list.isEmpty()}": ("${size(users) > 2 || is_empty(list)}", {"users", "list"}),
    "${execution.getVariable('amount') > 3}": ("${amount > 3}", {"amount"}),
    "${execution.getVariable('the amount')}": ("${execution.getVariable('the amount')}", {"the amount"}),
    "${execution.hasVariable('x')}": ("${x != null}", {"x"}),
    "${leave.isReapply() && leave.getDays() > 3}": ("${leave.reapply && leave.days > 3}", {"leave"}),
    "${inputVars.get('leave').audit}": ("${inputVars['leave'].audit}", {"inputVars"}),
    '${customer.prop("age").numberValue() >= 21}': ("${customer['age'] >= 21}", {"customer"}),
    "${var:equals(input, 1)}": ("${input == 1}", {"input"}),
    "${variables:getOrDefault('a', 5) > 3}": ("${(a != null ? a : 5) > 3}", {"a"}),
    "${vars:isNotEmpty(a)}": ("${!empty(a)}", {"a"}),
    "${var:containsAny(a, 'x', 'y')}": ("${contains(a, 'x') || contains(a, 'y')}", {"a"}),
    'test.contains("a")': ("${contains(test, 'a')}", {"test"}),
    "!approved && a": ("${!approved && a}", {"approved", "a"}),
    "${environment.variables.input <= 50}": ("${input <= 50}", {"input"}),
    "approved == true": ("approved == True", {"approved"}),
    # FEEL, marked by = as Camunda 8 does
    "= outcome": ("= outcome", {"outcome"}),
    '=status = "ok" and not(late)': ('= status = "ok" and not(late)', {"status", "late"}),
    "= a between 1 and 3 or b in [1..10)": ("= a >= 1 and a <= 3 or b >= 1 and b < 10", {"a", "b"}),
    '= x in ("a", "b", > 3)': ('= x = "a" or x = "b" or x > 3', {"x"}),
    "= x in [1, 2]": ("= x in [1, 2]", {"x"}),
    "= x in names": ("= x in names", {"x", "names"}),
    "= if a > 1 then {b: [1, -2]} else null": ('= if a > 1 then {"b": [1, -2]} else null', {"a"}),
    '= some r in risks satisfies r = "red"': ('= some r in risks satisfies r = "red"', {"risks"}),
    "= every r in risks satisfies r.level < 3": ("= every r in risks satisfies r.level < 3", {"risks"}),
    "= sum(for p in parts return p.price * 2) > 9": ("= sum(for p in parts return p.price * 2) > 9", {"parts"}),
    "= count(risks[item.level > 2]) + risks[1]": ("= count(risks[item.level > 2]) + risks[1]", {"risks"}),
    '= starts with(a, "x") and string length(b) = 2': ('= starts with(a, "x") and string length(b) = 2', {"a", "b"}),
    '= date(a) > @"2026-01-31"': ('= date(a) > date("2026-01-31")', {"a"}),
    '= Vacation Approval = "Approved"': ('= Vacation Approval = "Approved"', {"Vacation Approval"}),
    "= is defined(a)": ("= a != null", {"a"}),
    # by their declared language
    "[javascript] next(null, this.environment.variables['a-b'] === 'x');": (
        "[javascript] execution.getVariable('a-b') === 'x'",
        {"a-b"},
    ),
    "[groovy] list.contains('a') || n % 2 == 0": ("[groovy] contains(list, 'a') || n % 2 == 0", {"list", "n"}),
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
    assert ast.dump(expression(found.text).tree) == ast.dump(found.tree)


REFUSED = [
    *("", "   ", "${}", "${a", "a}", "${a} && ${b}", "${a == }", "${(a}", "${a b}", "${a,}", "${len(a b)}", "${a ? b}"),
    *(
        "${outcome.approve('pass')}",
        "${execution.setVariable('a', 1)}",
        "${execution}",
        "${bean.call()}.x",
        "${leave.getDays(1)}",
        "${var:base64(a)}",
        "${a === b}",
        r"${a == '\d'}",
        "${a instanceof b}",
        "${f:g(a)}",
        "${a = 1}",
    ),
    *("${1.5.2}", "${3wd}", "${a.}", "${a[}", "${a[1}", "${'open}", "${a;b}", "${a->b}", "${[1]}"),
    *(
        "=",
        "= a = b = c",
        "= 'a'",
        "= a ** 2",
        "= today()",
        "= matches(a, b)",
        "= x instance of number",
        "= a[b > 1]",
        "= f(1)",
    ),
    *(
        "= for i in 1..3 return i",
        "= for a in b, c in d return a",
        "= function(x) x",
        '= @"PT1H"',
        "= contains(a)",
        "= a and",
        "= (a",
    ),
    *("[javascript] a instanceof b", "[javascript] f(a)", "[groovy] a === b", "[xpath] a = 'b'", "[unknown] a == b"),
    *("outcome = 'pass'", "outcome == pass'", "a b", "1if x else 2", "0x1for", "'\\d' == a"),
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
some every in then satisfies return not( .. between null execution .size() .contains( var: item count(
a b outcome 'x' "y" 1 2.5 true null ( ) [ ] { } . , : ? ! == != < >= && || and or not in is if else for eq empty len sum
+ - * / % ** lambda \\ ` $ # ; = := @ 受理 _ __class__ 3wd
"""
words = st.sampled_from([*WORDS.split(), "\n"])


@settings(deadline=None, max_examples=500)
@given(
    st.lists(words, max_size=30).map(" ".join), st.sampled_from(["{}", "${{{}}}", "#{{{}}}", "= {}", "[javascript] {}"])
)
def test_whatever_is_written_the_tree_is_allow_listed(text: str, frame: str) -> None:
    try:
        tree = expression(frame.format(text)).tree
    except ExpressionNotUnderstood:
        return
    assert all(isinstance(node, (*ALLOWED, ast.Is, ast.IsNot)) for node in ast.walk(tree))
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


NAMES = st.sampled_from(["a", "b", "c", "结论"])
QUOTES = r'a"\é' + "'"
LEAVES = st.one_of(
    NAMES.map(lambda name: ast.Name(name, ast.Load())),
    st.one_of(
        st.integers(0, 99),
        st.text(st.sampled_from(list(QUOTES)), max_size=3),
        st.booleans(),
        st.none(),
        st.sampled_from([0.5, 1e22, 1e-7]),
    ).map(ast.Constant),
)
ORDERS = st.sampled_from([ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE])


def grown(inner: st.SearchStrategy[ast.expr], sums: list[type[ast.operator]]) -> st.SearchStrategy[ast.expr]:
    return st.one_of(
        st.builds(
            lambda op, parts: ast.BoolOp(op(), parts),
            st.sampled_from([ast.And, ast.Or]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(lambda one, op, other: ast.Compare(one, [op()], [other]), inner, ORDERS, inner),
        st.builds(lambda one, op, other: ast.BinOp(one, op(), other), inner, st.sampled_from(sums), inner),
        st.builds(lambda part: ast.UnaryOp(ast.Not(), part), inner),
        st.builds(lambda part: ast.UnaryOp(ast.USub(), part), inner),
        st.builds(ast.IfExp, inner, inner, inner),
        st.builds(
            lambda box, name: ast.Attribute(box, name, ast.Load()),
            NAMES.map(lambda name: ast.Name(name, ast.Load())),
            NAMES,
        ),
    )


def of_juel(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    return grown(inner, [ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod])


def of_feel(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    def over(name: str, box: ast.expr) -> ast.comprehension:
        return ast.comprehension(ast.Name(name, ast.Store()), box, [], 0)

    return st.one_of(
        grown(inner, [ast.Add, ast.Sub, ast.Mult, ast.Div]),
        st.builds(lambda parts: ast.List(parts, ast.Load()), st.lists(inner, max_size=2)),
        st.builds(lambda e, n, box: ast.ListComp(e, [over(n, box)]), inner, NAMES, inner),
        st.builds(
            lambda how, e, n, box: ast.Call(ast.Name(how, ast.Load()), [ast.GeneratorExp(e, [over(n, box)])], []),
            st.sampled_from(["any", "all"]),
            inner,
            NAMES,
            inner,
        ),
        st.builds(lambda one, box: ast.Call(ast.Name("contains", ast.Load()), [one, box], []), inner, inner),
    )


@settings(deadline=None, max_examples=300)
@given(st.recursive(LEAVES, of_juel, max_leaves=8))
def test_juel_written_out_reads_back_as_the_same_tree(tree: ast.expr) -> None:
    assert ast.dump(expression(f"${{{spelling.juel(tree)}}}").tree.body) == ast.dump(tree)


@settings(deadline=None, max_examples=300)
@given(st.recursive(LEAVES, of_feel, max_leaves=8))
def test_feel_written_out_reads_back_as_the_same_tree(tree: ast.expr) -> None:
    assert ast.dump(expression(f"= {spelling.feel_text(tree)}").tree.body) == ast.dump(tree)


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


FOREIGN = {
    ("javascript", "var sum = a + b;\nexecution.setVariable('test', sum);"): ({"a", "b"}, {"test"}),
    ("groovy", 'def x = 1; // mine\nexecution.setVariable("y", x + 1)'): (set(), {"y"}),
    ("JavaScript", "this.environment.variables.input++;\nnext();"): ({"input"}, {"input"}),
    ("js", "environment.variables.stop = true; next()"): (set(), {"stop"}),
    ("juel", "#{execution.setVariable('invoked','true')}"): (set(), {"invoked"}),
    ("groovy", "x = 1"): (set(), set()),
}


@pytest.mark.parametrize(("written", "found"), FOREIGN.items(), ids=map(str, FOREIGN))
def test_a_script_of_another_language_that_only_assigns_is_read(
    written: tuple[str, str], found: tuple[set[str], set[str]]
) -> None:
    read = script(written[1], written[0])
    assert (read.reads, read.writes) == found


def test_what_a_task_stores_and_gives_are_facts() -> None:
    assert script("x = 1; def y = 2", "groovy", stores=True).writes == {"x"}
    assert script("a + 1", "groovy", result="r").writes == {"r"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("groovy", "println 'x'"),
        ("groovy", "if (a) { b = 1 }"),
        ("groovy", "a = new Date()"),
        ("javascript", "next(new Error('x'))"),
        ("javascript", "a = b = 1"),
        ("groovy", "def a = 1; execution.setVariable('a', 2)"),
        ("groovy", "execution.setVariable('a', 2); def a = 1"),
        ("ruby", "a = 1"),
        ("groovy", "execution.removeVariable('a')"),
    ],
)
def test_a_script_of_another_language_is_refused_whole(language: str, text: str) -> None:
    with pytest.raises(ScriptLanguageNotRun):
        script(text, language)


def test_a_script_of_camunda_8_is_one_expression() -> None:
    read = script("= a + 1", "feel", result="b")
    assert (read.reads, read.writes) == ({"a"}, {"b"})
    assert script("= a", "feel").lines == ()
    with pytest.raises(ScriptLanguageNotRun):
        script("= today()", "feel", result="b")
