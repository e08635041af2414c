"""What comes with other vendors' drawings: decisions beside them, assignments in them."""

from pathlib import Path

from click.testing import CliRunner

from api.importing import import_files
from engine.catalogue import import_diagram
from engine.diagrams import names_read, read
from engine.runtime import Process
from forms import read_form
from tests.runtime.test_decisions import BPMN, CAMUNDA, GRADES, NOW, file, table

DRAWN = BPMN.format(task=CAMUNDA.format(how="")).encode()


def test_the_decision_that_a_drawing_asks_is_taken_along() -> None:
    other = file(table(GRADES, key="other"))
    done = import_diagram({"m.bpmn": DRAWN, "a.dmn": other, "d.dmn": file(table(GRADES))})
    assert (done.result, set(done.files)) == ("imported", {"m.bpmn", "d.dmn"})
    assert done.files["m.bpmn"] == DRAWN
    assert done.plan is not None
    process = Process.start(done.plan, {"a": 3}, now=NOW)
    assert process.facts["r"] == [{"o": "low"}]


def test_a_decision_that_is_not_carried_out_refuses_the_drawing_at_its_place() -> None:
    done = import_diagram({"m.bpmn": DRAWN, "d.dmn": file(table([(["today()"], ["1"])]))})
    assert done.result == "refused"
    assert [(f.rule, f.file, f.element) for f in done.findings] == [("decision-text-refused", "d.dmn", "row1")]


def test_without_its_decision_a_drawing_is_imported_as_it_is() -> None:
    assert import_diagram({"m.bpmn": DRAWN}).result == "imported"


def test_an_assignment_is_written_in_our_words_once() -> None:
    body = DRAWN.replace(b'<userTask id="u"/>', b'<userTask id="u" camunda:candidateGroups="nr" camunda:priority="3"/>')
    done = import_diagram({"m.bpmn": body})
    assert (done.result, [(made.kind, made.element, made.confirm) for made in done.repairs]) == (
        "repaired",
        [("assignment", "u", False)],
    )
    assert b'ls:department="nr"' in done.files["m.bpmn"]
    assert any("优先级“3”" in finding.sentence for finding in done.findings)
    again = import_diagram({"m.bpmn": done.files["m.bpmn"]})
    assert (again.result, again.files) == ("imported", done.files)


def test_the_command_looks_for_decisions_beside(tmp_path: Path) -> None:
    (tmp_path / "m.bpmn").write_bytes(DRAWN)
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "d.dmn").write_bytes(file(table([(["today()"], ["1"])])))
    told = CliRunner().invoke(import_files, [str(tmp_path / "m.bpmn")])
    assert told.exit_code == 1
    assert "today" in told.output


def test_what_a_decision_reads_is_kept_for_the_route() -> None:
    drawn = read(
        {"m.bpmn": DRAWN, "d.dmn": file(table(GRADES)), "e.dmn": file(table(GRADES, inputs=("z",), key="other"))}
    )
    assert names_read(drawn.usable()) == {"a"}
    passed = DRAWN.replace(
        b'<userTask id="u"/>',
        b"""<userTask id="u"><extensionElements><camunda:executionListener event="start"
        expression="${execution.setVariable('x', area)}"/></extensionElements></userTask>""",
    )
    assert names_read(read({"m.bpmn": passed}).usable()) == {"area"}


def test_what_only_a_completion_a_count_or_a_time_reads_is_kept_for_the_route() -> None:
    """An answer that nothing else reads would not enter the process, and the case would stand still for ever."""
    drawn = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">
      <adHocSubProcess id="some"><userTask id="a"/><completionCondition>${enough}</completionCondition></adHocSubProcess>
      <complexGateway id="join"><activationCondition>${votes &gt; 2}</activationCondition></complexGateway>
      <intermediateCatchEvent id="wait"><timerEventDefinition><timeDate>${visit_on}</timeDate></timerEventDefinition>
      </intermediateCatchEvent><intermediateCatchEvent id="two"><timerEventDefinition><timeDuration>P2D</timeDuration>
      </timerEventDefinition></intermediateCatchEvent>
      <userTask id="b"><multiInstanceLoopCharacteristics><loopCardinality>${copies}</loopCardinality>
      </multiInstanceLoopCharacteristics></userTask></process></definitions>"""
    diagram = read({"m.bpmn": drawn}).diagram
    assert diagram is not None
    assert names_read(diagram) == {"enough", "votes", "visit_on", "copies"}


def test_forms_and_lanes_come_along() -> None:
    asks = b"""<userTask id="u"><extensionElements><camunda:formData><camunda:formField id="days" label="Days" type="long"/>
    </camunda:formData></extensionElements></userTask><laneSet><lane id="l" name="nr"><flowNodeRef>u</flowNodeRef></lane></laneSet>"""
    done = import_diagram({"m.bpmn": DRAWN.replace(b'<userTask id="u"/>', asks)})
    assert b'ls:department="nr"' in done.files["m.bpmn"]
    assert b'ls:form="u"' in done.files["m.bpmn"]
    assert [field.key for field in read_form(done.forms["forms/u.json"]).fields] == ["days"]
    assert import_diagram({"m.bpmn": DRAWN}).forms == {}
