"""No article without a source: the finding `unverified-as-law`, and what a guide says of its application form."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine.catalogue import check, read_guide
from engine.catalogue.marks import unverified_as_law
from engine.people import office_by_code
from tests.drawings import WHOLE, matter
from tests.hall import Hall

SEEDS = sorted((Path(__file__).parents[2] / "bpmn").glob("*/guide.yaml"))
GH02 = next(p for p in SEEDS if p.parent.name == "GH02").read_text("utf-8")


def places(text: str) -> list[str]:
    return [f.element for f in unverified_as_law(text.encode(), "guide.yaml")]


@pytest.mark.parametrize("guide", SEEDS, ids=lambda p: p.parent.name)
def test_no_shipped_guide_shows_as_law_what_nobody_read(guide: Path) -> None:
    assert unverified_as_law(guide.read_bytes(), str(guide)) == []


@pytest.mark.parametrize(
    ("written", "instead", "place"),
    [
        ("第37条、第38条, src: S", "第37条、第38条, src: G", "/basis/text"),
        ("basis: 行政许可法 第42条, src: S", "basis: 行政许可法 第42条, src: P", "/limits/statutory/basis"),
        ("{text: 无数量限制, src: P}", "{text: 依第 二十 条不限, src: P}", "/quantity/text"),
        ("fee: {text: 不收费, src: P}", "fee: 依第58条不收费", "/fee"),
        ("符合控制性详细规划, src: P", "符合第３８条的规划, src: P", "/conditions/2/text"),
        (
            "promised: {lim: [3, wd, accepted], src: P}",
            "promised: {lim: [3, wd, accepted], src: P, pause: [hearing], pause_basis: {hearing: 行政许可法 第45条}}",
            "/limits/promised/pause_basis/hearing",
        ),
    ],
)
def test_an_article_with_another_mark_is_found_where_it_stands(written: str, instead: str, place: str) -> None:
    assert written in GH02
    assert place in places(GH02.replace(written, instead))


def test_the_finding_names_line_and_column() -> None:
    found = unverified_as_law(GH02.replace("第37条、第38条, src: S", "第37条、第38条, src: G").encode(), "guide.yaml")
    line = next(n for n, text in enumerate(GH02.splitlines(), 1) if text.startswith("basis:"))
    assert [(f.rule, f.file, f.line) for f in found] == [("unverified-as-law", "guide.yaml", line)]
    assert found[0].column > 1


def test_a_promise_may_repeat_what_was_read_for_the_statute() -> None:
    fire = next(p for p in SEEDS if p.parent.name == "XF01").read_text("utf-8")
    assert "pause_basis" in yaml.safe_load(fire)["limits"]["promised"]
    assert places(fire) == []
    assert places(fire.replace("src: S\n    pause:", "src: G\n    pause:")) != []


def test_what_cannot_be_read_is_no_matter_of_this_rule() -> None:
    assert places("basis: [") == []
    assert places("- 1") == []


def test_publishing_refuses_it(hall: Hall) -> None:
    bundle = matter("QQ01", **WHOLE)
    drawn = yaml.safe_load(bundle["guide.yaml"])
    drawn["basis"] = {"text": "某法 第9条", "src": "G"}
    bundle["guide.yaml"] = yaml.safe_dump(drawn, allow_unicode=True).encode()
    with hall.database.reading() as tx:
        checked = check(tx, office_by_code(tx, "lz"), bundle)
    assert not checked.good
    assert [f.rule for f in checked.findings] == ["unverified-as-law"]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("materials", [{"key": "m", "name": "合同", "rule": "D:ZR01 when land=bought"}], "material-condition-unknown"),
        ("sample", {"no_such_question": "1"}, "sample-not-answered"),
    ],
)
def test_a_guide_fits_its_application_form(hall: Hall, field: str, value: object, rule: str) -> None:
    bundle = matter("QQ01", **WHOLE)
    drawn = yaml.safe_load(bundle["guide.yaml"]) | {field: value}
    bundle["guide.yaml"] = yaml.safe_dump(drawn, allow_unicode=True).encode()
    with hall.database.reading() as tx:
        found = check(tx, office_by_code(tx, "lz"), bundle).findings
    assert rule in [f.rule for f in found]


def test_a_material_says_where_it_comes_from() -> None:
    guide = read_guide(GH02.encode())
    found = {m.key: (m.results_of, m.needed_when, m.verified) for m in guide.materials}
    assert found["land_contract"] == (("ZR01",), ("land", "auctioned"), True)
    assert found["project_approval"][:2] == (("TZ01", "TZ02", "TZ03"), None)
    assert found["parcel_map"] == ((), None, False)
