"""Every rule about guides has a good and a bad twin and a page, as the rules about drawings have."""

from pathlib import Path

import pytest

from engine.catalogue import GUIDE_RULES, guide_findings
from engine.diagrams import Severity, rules

TWINS = Path(__file__).parent / "rules"
PAGES = Path(__file__).parents[2] / "docs/rules"
CODES = [card.code for card in GUIDE_RULES]
GOOD = (TWINS / "matter-without-basis/good.yaml").read_text("utf-8")


def told(text: str) -> list[tuple[str, str, Severity]]:
    return [(f.rule, f.element, f.severity) for f in guide_findings(text.encode(), "guide.yaml")]


def test_the_codes_are_nobody_elses() -> None:
    assert sorted(CODES) == CODES
    assert not {*CODES} & {card.code for card in rules()}
    assert {folder.name for folder in TWINS.iterdir()} == {*CODES}


@pytest.mark.parametrize("card", GUIDE_RULES, ids=lambda card: card.code)
def test_the_bad_twin_has_that_finding_and_the_good_one_none(card) -> None:  # type: ignore[no-untyped-def]
    assert guide_findings((TWINS / card.code / "good.yaml").read_bytes(), "good.yaml") == []
    (finding,) = guide_findings((TWINS / card.code / "bad.yaml").read_bytes(), "bad.yaml")
    assert (finding.rule, finding.severity, finding.file) == (card.code, card.severity, "bad.yaml")
    assert finding.sentence
    assert finding.remedy
    page = (PAGES / f"{card.code}.md").read_text("utf-8")
    assert page.startswith(f"# {card.title}\n")
    assert all(heading in page for heading in ("## 错误样子", "## 为什么", "## 怎么改"))
    assert f"]({card.code}.md)" in (PAGES / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("text: 示例条例", 'text: ""', [("matter-without-basis", "/basis", Severity.ERROR)]),
        ("basis: {text: 示例条例, src: P}", "basis: 示例条例", []),
        (
            "basis: 行政许可法 第42条, src: S",
            "src: S",
            [("matter-without-basis", "/limits/statutory", Severity.WARNING)],
        ),
        ("basis: 行政许可法 第42条, src: S", "src: G", []),
    ],
)
def test_what_rests_on_nothing(written: str, instead: str, expected: list[tuple[str, str, Severity]]) -> None:
    assert written in GOOD
    assert told(GOOD.replace(written, instead)) == expected


def test_a_public_service_is_only_reminded_and_a_stage_rests_on_its_matters() -> None:
    bare = GOOD.replace("basis: {text: 示例条例, src: P}\n", "")
    assert told(bare.replace('type: "01"', 'type: "20"')) == [("matter-without-basis", "/basis", Severity.WARNING)]
    assert told(bare.replace("kind: promised", "kind: promised\nstage: S1")) == []
