"""`lianshen lint` and `lianshen rules`: what is looked at, how it is told, how strictly it is taken, and the exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from api.findings import FORMATS, Looked, as_annotations, as_sarif, as_text
from engine.catalogue import all_rules
from engine.diagrams import Finding, Severity, Station, Waived, Way, read
from tests.cli.conftest import Run
from tests.drawings import STRAIGHT, draw

SHIPPED = Path(str(resources.files("bpmn")))
RULES = Path(__file__).parent.parent / "diagrams" / "rules"
DEAD_END = RULES / "dead-end" / "bad.bpmn"
_TENFOLD = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
LAUGHS = f'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha">{_TENFOLD}]>\n<d>&j;</d>'
OUTSIDE = '<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<d>&x;</d>'


# ---------------------------------------------------------------- one file, one matter
def test_a_shipped_matter_is_clean(run: Run) -> None:
    done = run("lint", SHIPPED / "GH02", SHIPPED / "TZ01")
    assert (done.exit_code, done.stdout) == (0, "没有发现问题\n")


def test_a_finding_says_where_and_what_to_do(run: Run) -> None:
    done = run("lint", SHIPPED / "GH02" / "matter.bpmn", DEAD_END)
    line, remedy, blank, count = done.stdout.splitlines()
    assert done.exit_code == 1
    assert line == f"{DEAD_END}:27:5: 错误 dead-end [certificate] “制证”办完以后没有去处。"
    assert remedy.startswith("    改法：请画连线到下一步")
    assert (blank, count) == ("", "1 处：错误 1")


def test_findings_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.bpmn").write_text("<definitions", "utf-8")
    done = run("lint", "--json", DEAD_END, tmp_path / "no.bpmn")
    assert done.exit_code == 1
    first, second = json.loads(done.stdout)
    assert (first["rule"], first["line"], first["element"]) == ("dead-end", 27, "certificate")
    assert (second["rule"], second["severity"], second["file"]) == ("file-not-xml", "error", str(tmp_path / "no.bpmn"))
    assert all(finding["sentence"] and finding["remedy"] for finding in (first, second))


@pytest.mark.parametrize(
    ("body", "rule"),
    [(LAUGHS, "file-with-dtd"), (OUTSIDE, "file-with-dtd"), ("", "file-not-xml"), ("<a>" * 300, "file-too-deep")],
    ids=["billion laughs", "a file of the machine", "nothing", "deep"],
)
def test_a_hostile_file_stops_at_the_gate(run: Run, tmp_path: Path, body: str, rule: str) -> None:
    (tmp_path / "x.bpmn").write_text(body, "utf-8")
    done = run("lint", tmp_path / "x.bpmn")
    assert done.exit_code == 1
    assert f" {rule} " in done.stdout
    assert "root:" not in done.stdout
    assert len(done.stdout) < 1000


def test_fifty_megabytes_are_refused_unread(run: Run, tmp_path: Path) -> None:
    """What is in it is nobody's matter: not even that it is no XML is found."""
    with (tmp_path / "big.bpmn").open("wb") as big:
        big.truncate(50 * 1024 * 1024)
    done = run("lint", tmp_path / "big.bpmn")
    assert done.exit_code == 1
    assert " file-too-large " in done.stdout
    assert "1 处：错误 1" in done.stdout


def test_against_an_office(run: Run, hall_url: str) -> None:
    assert run("lint", SHIPPED / "GH02", "--office", "lz", url=hall_url).exit_code == 0
    elsewhere = run("lint", SHIPPED / "GH02", "--office", "qy", url=hall_url)
    assert elsewhere.exit_code == 1
    assert run("lint", SHIPPED / "GH02", "--office", "nowhere", url=hall_url).exit_code == 3


def test_a_guide_that_cannot_be_read_is_a_finding(run: Run, tmp_path: Path) -> None:
    """Without an office too: a folder is not clean because nobody looked."""
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    folder = shutil.copytree(SHIPPED / "GH02", tmp_path / "GH02")
    guide = (folder / "guide.yaml").read_text("utf-8")
    for text, said in ((guide + "\n: [", "不是能读懂的 YAML"), (guide.replace("code:", "cod:", 1), "没有“cod”")):
        (folder / "guide.yaml").write_text(text, "utf-8")
        done = run("lint", folder)
        assert done.exit_code == 1
        assert "guide.yaml:" in done.stdout
        assert said in done.stdout


def test_a_path_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("lint", tmp_path / "nothing").exit_code == 2


# ---------------------------------------------------------------- many files, folders
def test_everything_that_is_shipped_is_clean(run: Run) -> None:
    """A folder of matters, of levels that draw them otherwise, and of parts: each as what it is."""
    done = run("lint", SHIPPED)
    assert (done.exit_code, done.stdout) == (0, "没有发现问题\n")


def test_a_folder_of_matters_and_of_other_files(run: Run, tmp_path: Path) -> None:
    """A part is read with the matters that lie beside it, and what is wrong in it is told once; a file is read by itself."""
    for matter in ("GH02", "TZ01"):
        shutil.copytree(SHIPPED / matter, tmp_path / "bpmn" / matter)
    shutil.copytree(SHIPPED / "parts", tmp_path / "bpmn" / "parts")
    (tmp_path / "other").mkdir()
    shutil.copy(DEAD_END, tmp_path / "other" / "own.bpmn")
    (tmp_path / "other" / "notes.txt").write_text("no drawing", "utf-8")
    part = tmp_path / "bpmn" / "parts" / "certificate.bpmn"
    part.write_text(part.read_text("utf-8").replace("ls:limit=", "ls:limt=", 1), "utf-8")
    done = run("lint", tmp_path, "--format", "json")
    told = [(Path(f["file"]).name, f["rule"]) for f in json.loads(done.stdout)]
    assert ("own.bpmn", "dead-end") in told
    assert told.count((part.name, "attribute-unknown")) == 1
    assert {name for name, _ in told} == {"own.bpmn", part.name}


def test_what_cannot_be_read_is_told_and_the_others_are_looked_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gone.bpmn").symlink_to(tmp_path / "nowhere")
    shutil.copy(DEAD_END, tmp_path / "own.bpmn")
    done = run("lint", tmp_path, "--format", "json")
    assert [(Path(f["file"]).name, f["rule"]) for f in json.loads(done.stdout)] == [
        ("gone.bpmn", "file-unreadable"),
        ("own.bpmn", "dead-end"),
    ]
    assert done.exit_code == 1


def test_a_name_of_any_bytes_can_be_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xd6\xd0.bpmn")).write_bytes(DEAD_END.read_bytes())
    for form in FORMATS:
        assert run("lint", tmp_path, "--format", form).exit_code == 1


def test_a_folder_without_any_drawing(run: Run, tmp_path: Path) -> None:
    done = run("lint", tmp_path)
    assert (done.exit_code, "没有找到流程图" in done.stderr) == (2, True)


# ---------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        (("--fail-on", "warning"), 1),
        (("--level", "layout-missing=warning"), 0),
        (("--level", "layout-missing=warning", "--fail-on", "error"), 0),
        (("--level", "layout-missing=warning", "--fail-on", "warning"), 1),
        (("--level", "layout-missing=warning", "--fail-on", "info"), 1),
        (("--level", "assignment-foreign=off"), 1),
        (("--level", "layout-missing=info"), 2),
        (("--level", "dead-end=warning"), 2),
        (("--level", "no-such-rule=off"), 2),
        (("--level", "kind-unknown=off"), 2),
        (("--level", "layout-missing=loud"), 2),
        (("--level", "layout-missing"), 2),
        (("--level", "layout-missing=warning", "--office", "lz"), 2),
        (("--json", "--format", "sarif"), 2),
        (("--format", "xml"), 2),
        (("--fail-on", "never"), 2),
    ],
)
def test_exit_codes(run: Run, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """The drawing has one finding, and it is an error that may be taken as a warning."""
    file = tmp_path / "own.bpmn"
    file.write_bytes(unseen())
    assert run("lint", file, *words).exit_code == code


def unseen(inside: str = "") -> bytes:
    """The picture lacks the review; what stands beside its outcomes."""
    drawn = draw("QT01", **STRAIGHT).decode()
    kept = re.sub(r'<bpmndi:BPMNShape id="review_di".*?</bpmndi:BPMNShape>', "", drawn)
    return kept.replace('<ls:outcome code="pass"/>', f'<ls:outcome code="pass"/>{inside}').encode()


# ---------------------------------------------------------------- waivers
WAIVER = '<ls:waiver rule="layout-missing" reason="等重画" until="2026-03-31"/>'


def test_a_waiver_is_judged_by_the_day(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.bpmn"
    file.write_bytes(unseen(WAIVER))
    passed = run("lint", file, "--on", "2026-03-31")
    assert (passed.exit_code, passed.stdout.splitlines()[-1]) == (0, "1 处：说明 1（已豁免 1）")
    assert "（豁免到 2026-03-31：等重画）" in passed.stdout
    assert "改法" not in passed.stdout
    expired = run("lint", file, "--on", "2026-04-01")
    assert (expired.exit_code, expired.stdout.splitlines()[-1]) == (1, "2 处：错误 1，提醒 1")
    assert " 提醒 waiver-expired [review] " in expired.stdout
    assert run("lint", file, "--on", "yesterday").exit_code == 2


def test_a_waiver_at_an_office_is_judged_by_the_day_too(run: Run, hall_url: str, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    folder = shutil.copytree(SHIPPED / "GH02", tmp_path / "GH02")
    drawn = (folder / "matter.bpmn").read_text("utf-8")
    prefix = re.findall(r"<(\w+:)?process ", drawn)[0]
    waiver = f"<{prefix}extensionElements>{WAIVER}</{prefix}extensionElements>"
    (folder / "matter.bpmn").write_text(re.sub(r"(<(\w+:)?process [^>]*>)", rf"\1{waiver}", drawn, count=1), "utf-8")
    for day, rule in (("2026-03-31", "waiver-unused"), ("2026-04-01", "waiver-expired")):
        done = run("lint", folder, "--office", "lz", "--on", day, "--json", url=hall_url)
        assert [(f["rule"], f["file"]) for f in json.loads(done.stdout)] == [(rule, str(folder / "matter.bpmn"))]


# ---------------------------------------------------------------- formats
WAY = Way(
    (
        Station("qt01", "start"),
        Station("qt01", "f0"),
        Station("qt01", "intake", "受理（受理）"),
        Station("no", "x", "x"),
    )
)
PLACE = ("my files/流程.bpmn", 7, 5, "review")
FOUND = (
    Finding("dead-end", Severity.ERROR, *PLACE, "“a,b: 100%\n[点](http://x)”要 ${outcome}。", "请改。", WAY),
    Finding(
        "layout-missing",
        Severity.INFO,
        *PLACE,
        "看不见。",
        "请补画。",
        waived=Waived(Severity.WARNING, "留待二期", date(2026, 12, 31), 9, 3),
    ),
    Finding("material-unknown", Severity.WARNING, "guide.yaml", 3, 1, "", "材料不对。", ""),
)
LOOKED = [Looked(FOUND, read({"own.bpmn": draw("QT01", **STRAIGHT)}).diagram)]


def test_as_text() -> None:
    assert as_text(LOOKED).split("\n") == [
        "my files/流程.bpmn:7:5: 错误 dead-end [review] “a,b: 100%",
        "[点](http://x)”要 ${outcome}。",
        "    改法：请改。",
        "    走法：受理（受理） → x",
        "my files/流程.bpmn:7:5: 说明 layout-missing [review] 看不见。",
        "",
        "guide.yaml:3:1: 提醒 material-unknown 材料不对。",
        "",
        "3 处：错误 1，提醒 1，说明 1（已豁免 1）",
    ]


def test_as_annotations() -> None:
    """A line end, a percent sign, and in a property a colon and a comma would end what is said."""
    assert as_annotations(LOOKED).split("\n") == [
        "::error file=my files/流程.bpmn,line=7,col=5,title=dead-end [review]::“a,b: 100%25%0A[点](http://x)”要 ${outcome}。"
        "%0A改法：请改。%0A走法：受理（受理） → x",
        "::notice file=my files/流程.bpmn,line=7,col=5,title=layout-missing [review]::看不见。",
        "::warning file=guide.yaml,line=3,col=1,title=material-unknown::材料不对。",
    ]
    odd = Finding("dead-end", Severity.ERROR, "C:\\a,b%.bpmn", 1, 1, "x:y", "s", "")
    assert as_annotations([Looked((odd,), None)]) == (
        "::error file=C%3A\\a%2Cb%25.bpmn,line=1,col=1,title=dead-end [x%3Ay]::s"
    )
    assert as_annotations([]) == ""


def test_as_json_with_a_way_and_a_waiver(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.bpmn"
    file.write_bytes(unseen(WAIVER))
    (found,) = json.loads(run("lint", file, "--on", "2026-03-02", "--format", "json").stdout)
    waived = found["waived"]
    assert (waived["severity"], waived["reason"], waived["until"]) == ("error", "等重画", "2026-03-31")
    assert (waived["line"], found["severity"]) == (found["line"], "info")
    assert {"rule", "severity", "file", "line", "column", "element", "sentence", "remedy", "way", "fix"} <= found.keys()


def sarif() -> dict[str, Any]:
    log = json.loads(as_sarif(LOOKED))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_sarif_knows_all_rules_in_chinese_with_their_pages() -> None:
    driver = sarif()["tool"]["driver"]
    told = {one["id"]: one for one in driver["rules"]}
    assert len(told) == len(driver["rules"]), "no id twice"
    for rule in all_rules():
        one = told[rule.code]
        assert one["shortDescription"] == {"text": rule.title}
        assert one["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert one["fullDescription"]["text"]
        assert one["help"]["text"].startswith(f"# {rule.title}\n")
        assert "](" not in one["help"]["markdown"]
    assert driver["language"] == "zh-CN"


def test_sarif_says_where_how_it_comes_about_and_what_is_let_pass() -> None:
    run = sarif()
    assert run["columnKind"] == "unicodeCodePoints"
    error, waived, guide = run["results"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning"]
    (place,) = error["locations"]
    assert place["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 5}
    assert unquote(place["physicalLocation"]["artifactLocation"]["uri"]) == "my files/流程.bpmn"
    assert " " not in place["physicalLocation"]["artifactLocation"]["uri"]
    assert place["logicalLocations"] == [{"name": "review", "kind": "element"}]
    assert error["message"]["text"] == "“a,b: 100%\n[点\\](http://x)”要 ${{outcome}}。请改。"
    (flow,) = error["codeFlows"]
    (thread,) = flow["threadFlows"]
    told = [one["location"] for one in thread["locations"]]
    assert [one["message"]["text"] for one in told] == ["start", "f0", "受理（受理）", "x"]
    assert [one["logicalLocations"][0]["name"] for one in told] == ["start", "f0", "intake", "x"]
    assert [one.get("physicalLocation", {}).get("artifactLocation", {}).get("uri") for one in told] == [
        *["own.bpmn"] * 3,
        None,
    ]
    assert "codeFlows" not in waived
    (suppression,) = waived["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "留待二期（到 2026-12-31）")
    assert suppression["location"]["physicalLocation"]["region"] == {"startLine": 9, "startColumn": 3}
    assert "suppressions" not in error
    assert "logicalLocations" not in guide["locations"][0]


def test_a_way_that_a_rule_found_has_its_places(run: Run) -> None:
    """Told once to people; to a program stop by stop, each with the line where it is drawn."""
    file = RULES / "case-stuck" / "bad.bpmn"
    (result,) = json.loads(run("lint", file, "--format", "sarif").stdout)["runs"][0]["results"]
    stops = [one["location"] for one in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    drawn = {stop["logicalLocations"][0]["name"]: stop["physicalLocation"]["region"]["startLine"] for stop in stops}
    lines = file.read_text("utf-8").splitlines()
    assert drawn
    assert all(f'id="{key}"' in lines[line - 1] for key, line in drawn.items())
    assert "走法" not in run("lint", file).stdout, "the sentence tells it"


def test_sarif_of_absolute_paths_and_of_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "my own.bpmn"
    file.write_bytes(unseen())
    (result,) = json.loads(run("lint", file, "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == file.as_uri()
    nothing = run("lint", SHIPPED / "GH02", "--format", "sarif")
    assert (nothing.exit_code, json.loads(nothing.stdout)["runs"][0]["results"]) == (0, [])
    assert run("lint", SHIPPED / "GH02", "--format", "annotations").stdout == ""


# ---------------------------------------------------------------- rules
def test_the_rules_are_listed_without_a_database(run: Run) -> None:
    lines = run("rules").stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(rule.code for rule in all_rules())
    told = {line.split()[0]: line for line in lines}
    assert "错误　不能改　走不到结束的节点" in told["dead-end"]
    assert "错误　最低提醒　" in told["layout-missing"]
    assert "说明　最低不查　" in told["assignment-foreign"]


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_set_listed_and_judged_by(run: Run, hall_url: str, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    folder = shutil.copytree(SHIPPED / "GH02", tmp_path / "GH02")
    drawn = (folder / "matter.bpmn").read_text("utf-8")
    kept = re.sub(r'<\w+:BPMNShape [^>]*bpmnElement="review".*?BPMNShape>', "", drawn, flags=re.DOTALL)
    (folder / "matter.bpmn").write_text(kept, "utf-8")
    at_office = ("lint", folder, "--office", "lz")
    assert run(*at_office, url=hall_url).exit_code == 1
    words = ("rules", "set", "layout-missing", "warning", "--reason", "旧图，二期重画", "--office", "lz", "--as")
    assert run(*words, "wu", url=hall_url).exit_code == 4
    done = run(*words, "feng", url=hall_url)
    assert (done.exit_code, "规则 layout-missing（图上看不见）现在是“提醒”" in done.stdout) == (0, True)
    assert run(*at_office, url=hall_url).exit_code == 0
    assert run(*at_office, "--fail-on", "warning", url=hall_url).exit_code == 1
    assert run("lint", folder).exit_code == 1, "without the office it is what it was"
    (line,) = [line for line in run("rules", "--office", "lz", url=hall_url).stdout.splitlines() if "→" in line]
    assert line.startswith("layout-missing ")
    assert "→ 提醒（" in line
    assert "旧图，二期重画" in line
    assert run("verify", url=hall_url).exit_code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("dead-end", "off"), 6),
        (("kind-unknown", "off"), 3),
        (("layout-missing", "loud"), 2),
    ],
)
@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_what_cannot_be_set(run: Run, hall_url: str, words: tuple[str, str], code: int) -> None:
    done = run("rules", "set", *words, "--reason", "r", "--as", "feng", "--office", "lz", url=hall_url)
    assert done.exit_code == code
