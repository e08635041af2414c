"""What expressions are worth by the rules of their own language. Each table names where its rules are written."""

from typing import Any

import pytest

from engine.diagrams import cell, expression, script
from engine.runtime.expressions import Uncomputable, holds, run, value

FAILS = object()
FACTS = {
    "yes": True,
    "no": False,
    "truth": "true",
    "lie": "false",
    "one": 1,
    "half": 0.5,
    "five": "5",
    "word": "pass",
    "blank": "",
    "list": ["a", "b", 3],
    "none": [],
    "leave": {"days": 4, "reapply": True, "name": "li"},
    "parts": [{"price": 1.1, "kind": "x"}, {"price": 2.2, "kind": "y"}],
}

# Expression Language 2.2 (JSR 245), by section
JUEL: dict[str, Any] = {
    # 1.8.1 == and !=: a number beside it makes the other a number, a truth value a truth value
    "word == 'pass'": True,
    "five == 5": True,
    "5 == '5.0'": True,
    "one == '1'": True,
    "yes == 'true'": True,
    "truth == true": True,
    "lie == false": True,
    "no == 'word'": True,
    "unset == null": True,
    "unset == 'x'": False,
    "unset != 'x'": True,
    "word == 1": FAILS,
    "yes == 1": FAILS,
    "list == 'a'": False,
    # 1.8.1 < <= > >=: false beside nothing, but nothing equals nothing
    "five > 4": True,
    "five < '40'": False,
    "'10' < '9'": True,
    "one >= half": True,
    "unset > 1": False,
    "unset <= unset": True,
    "unset < unset": False,
    "word > 1": FAILS,
    "list > 'a'": FAILS,
    # 1.7: nothing and '' are 0; + always adds numbers
    "unset + 1": 1,
    "five + 1": 6,
    "five * '2'": 10,
    "7 / 2": 3.5,
    "7 mod 2": 1,
    "-7 % 2": -1,
    "-five": -5,
    "blank + 2": 2,
    "word + 'x'": FAILS,
    "yes + 1": FAILS,
    "1 / 0": FAILS,
    # 1.9 and, or, not: coerced to a truth value, never the operand itself (1.18.5)
    "word && yes": False,
    "truth && yes": True,
    "lie || no": False,
    "unset || truth": True,
    "!lie": True,
    "!unset": True,
    "not blank": True,
    "one && yes": FAILS,
    "!list": FAILS,
    # 1.10 empty
    "empty unset": True,
    "empty blank": True,
    "empty none": True,
    "empty list": False,
    "empty one": False,
    # 1.11 A ? B : C
    "truth ? 'a' : 'b'": "a",
    "unset ? 'a' : 'b'": "b",
    "no ? 1 : yes ? 2 : 3": 2,
    # 1.6 . and []: a part of nothing is nothing, the index is coerced, none lies before the first
    "leave.days > 3": True,
    "leave['name']": "li",
    "leave.nothing.more": None,
    "list[1]": "b",
    "list['0']": "a",
    "list[9]": None,
    "list[-1]": None,
    # methods of java.lang.String, java.util.Collection and Map
    "word.equals('pass')": True,
    "five.equals(5)": False,
    "word.equalsIgnoreCase('PASS')": True,
    "word.contains('as')": True,
    "list.contains(3)": True,
    "leave.containsKey('days')": True,
    "list.size() == 3": True,
    "none.isEmpty()": True,
    "word.length()": 4,
    "word.toUpperCase()": "PASS",
    "one.toString()": "1",
    "word.startsWith('pa') && word.endsWith('s')": True,
    "word.size()": FAILS,
    "unset.size()": FAILS,
    "unset.equals('x')": False,
    "leave.getDays()": 4,
    "leave.isReapply()": True,
    "execution.getVariable('word')": "pass",
    "execution.hasVariable('unset')": False,
    # variable functions of Flowable: documentation, "Expression functions"
    "var:get(word)": "pass",
    "var:getOrDefault('unset', 7)": 7,
    "var:greaterThan(one, 0)": True,
    "var:lowerThan(unset, 3)": False,
    "var:exists(unset)": False,
    "var:contains(list, 'a', 'c')": False,
    "var:containsAny(list, 'a', 'c')": True,
    "var:isNotEmpty(none)": False,
}

# DMN 1.3, by section or table
FEEL: dict[str, Any] = {
    # 10.3.2.12, table 48-49: and, or with three values; not
    "true and unset": None,
    "false and unset": False,
    "true or unset": True,
    "false or unset": None,
    "not(unset)": None,
    "not(unset > 1)": None,
    "not(no)": True,
    "not(word)": None,
    "word and yes": None,
    # 10.3.2.13: two kinds do not compare; nothing equals nothing
    "one = 1": True,
    'five = "5"': True,
    "five = 5": None,
    "five != 5": None,
    "unset = null": True,
    'unset = "x"': False,
    'unset != "x"': True,
    "unset < 1": None,
    'word > "a"': True,
    "yes = true": True,
    "list = list": True,
    "list = none": False,
    "one between 0 and 1": True,
    "one in (0..1)": False,
    "one in [0..1]": True,
    "one in (> 3, 1)": True,
    "one in ]0..1]": True,
    'word in ("x", "pass")': True,
    "word in list": False,
    '"a" in list': True,
    # 10.3.2.14: decimal numbers; text joins text only; nothing in a sum is nothing
    "0.1 + 0.2 = 0.3": True,
    "0.1 + 0.2": 0.3,
    "1 / 3 * 3 = 1": False,
    'word + "ed"': "passed",
    "word + 1": None,
    "unset + 1": None,
    "1 / 0": None,
    "-one": -1,
    # 10.3.2.7-8: if with anything but true goes to else
    'if unset then "a" else "b"': "b",
    'if one = 1 then "a" else "b"': "a",
    # 10.3.2.15: lists count from 1, a filter keeps what is true
    "list[1]": "a",
    "list[-1]": 3,
    "list[9]": None,
    "parts[item.price > 2].kind": ["y"],
    "parts.kind": ["x", "y"],
    "leave.days": 4,
    "{a: 1}.a": 1,
    "for p in parts return p.price": [1.1, 2.2],
    "some p in parts satisfies p.price > 2": True,
    "every p in parts satisfies p.price > 2": False,
    "some p in parts satisfies p.weight > 2": None,
    "every p in none satisfies p > 2": True,
    "some p in unset satisfies p > 2": False,
    # 10.3.4: the built-in functions
    'contains(word, "as")': True,
    'starts with(word, "pa")': True,
    "starts with(one, word)": None,
    "string length(word)": 4,
    "substring(word, 2, 2)": "as",
    "substring(word, -1)": "s",
    "substring(word, 9)": None,
    "upper case(word)": "PASS",
    "count(list)": 3,
    "sum(1, 2, 0.5)": 3.5,
    "sum([0.1, 0.2])": 0.3,
    "sum(list)": None,
    "mean([1, 2])": 1.5,
    "min(3, 1)": 1,
    "max(none)": None,
    "max(list)": None,
    "list contains(list, 3)": True,
    "all([true, false])": False,
    "any([true, unset])": True,
    "floor(-1.5)": -2,
    "ceiling(1.1)": 2,
    "abs(-2)": 2,
    "modulo(-12, 5)": 3,
    "number(five) + 1": 6,
    "number(word)": None,
    'string(half) = "0.5"': True,
    "string(yes)": "true",
    'date("2026-01-02") > date("2026-01-01")': True,
    'date("2026-01-02") = "2026-01-02"': None,
    'date("2026-02-30")': None,
    "is defined(unset)": False,
    "get or else(unset, 3)": 3,
}

# ECMA-262: 7.2.14 IsLooselyEqual, 7.2.13 IsLessThan, 7.1.2 ToBoolean; an unset name stands for undefined
JAVASCRIPT: dict[str, Any] = {
    "five == 5": True,
    "five === 5": False,
    "one == yes": True,
    "one === true": False,
    "word == 5": False,
    "unset == null": True,
    "unset < 1": False,
    "five > 4": True,
    "'10' < '9'": True,
    "none ? 1 : 2": 1,
    "blank || word": "pass",
    "word.includes('as')": True,
    "word + 'x'": "passx",
    "word + 1": "pass1",
    "1.0 + word": "1pass",
    "five * 2": 10,
    "yes + 1": 2,
    "word * 2": FAILS,
    "unset + 1": FAILS,
    "list + 1": FAILS,
    "-7 % 2": -1,
    "list == 'a'": FAILS,
}

# groovy-lang.org, "The Groovy Truth", and == on numbers and texts
GROOVY: dict[str, Any] = {
    "five == 5": False,
    "one == 1.0": True,
    "one == yes": False,
    "none ? 1 : 2": 2,
    "list.contains('a') && one < 2": True,
    "word + 'x'": "passx",
    "-7 % 2": -1,
    "word > 1": FAILS,
}

TABLES = [
    *((f"${{{text}}}", worth) for text, worth in JUEL.items()),
    *((f"= {text}", worth) for text, worth in FEEL.items()),
    *((f"[javascript] {text}", worth) for text, worth in JAVASCRIPT.items()),
    *((f"[groovy] {text}", worth) for text, worth in GROOVY.items()),
]


@pytest.mark.parametrize(("text", "worth"), TABLES, ids=[text for text, _ in TABLES])
def test_the_value_is_that_of_the_language(text: str, worth: Any) -> None:
    if worth is FAILS:
        with pytest.raises(Uncomputable):
            value(expression(text), FACTS)
        return
    found = value(expression(text), FACTS)
    assert (found, type(found)) == (worth, type(worth))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("${unset}", False),
        ("${truth}", True),
        ("${lie}", False),
        ("${yes}", True),
        ("= unset", False),
        ("= not(unset)", False),
        ("= yes", True),
        ("[javascript] none", True),
        ("word", True),
        ("none", False),
    ],
)
def test_a_condition_holds_by_the_rules_of_its_language(text: str, held: bool) -> None:
    assert holds(expression(text), FACTS) is held


@pytest.mark.parametrize("text", ["${one}", "${list}", "${word}", "= one", "= word", "= list"])
def test_a_condition_that_is_no_truth_value_stops(text: str) -> None:
    with pytest.raises(Uncomputable):
        holds(expression(text), FACTS)


# DMN 1.3, 7.3.1 and grammar rules 7-18 of chapter 10: unary tests
CELLS = [
    ("-", 1, True),
    ("", None, True),
    ("5", 5, True),
    ("5, 6", 6, True),
    ("-5", -5, True),
    ("> 5", 5, False),
    (">= 5", 5, True),
    ("< one", 0, True),
    ("[1..5)", 5, False),
    ("(1..5]", 5, True),
    ("]1..5[", 1, False),
    ("> 1, < -1", -3, True),
    ("not(1, 2)", 3, True),
    ("not(1, 2)", 2, False),
    ("not(> 2)", None, False),
    ('"a", "b"', "b", True),
    ('"a"', 1, False),
    ("true", True, True),
    ("null", None, True),
    ("list", "a", True),
    ("leave.days", 4, True),
    ("? > 3 and ? < 9", 4, True),
    ('contains(?, "as")', "pass", True),
    ('date("2026-01-01")', "2026-01-01", False),
]


@pytest.mark.parametrize(("text", "given", "fits"), CELLS)
def test_a_cell_of_a_decision_table(text: str, given: Any, fits: bool) -> None:
    assert holds(cell(text), {**FACTS, "?": given}) is fits


def test_a_script_keeps_its_own_names_to_itself() -> None:
    read = script("def x = one + 1\nexecution.setVariable('y', x * 2)", "groovy")
    assert run(read, FACTS) == {"y": 4}
    assert run(script("this.environment.variables.one += 2; next()", "javascript"), FACTS) == {"one": 3}
