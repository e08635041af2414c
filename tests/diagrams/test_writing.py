"""Text of any encoding, and a process under another id: nothing else of a file changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.diagrams import as_text, read, with_process

SEEDS = sorted((Path(__file__).parents[2] / "bpmn").glob("*/matter.bpmn"))


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "UTF-16"])
def test_a_file_becomes_text_that_says_utf8_of_itself(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\r\n<a 名="审查"/>'
    assert as_text(text.encode(encoding)) == '<?xml version="1.0" encoding="UTF-8"?>\n<a 名="审查"/>'


def test_what_cannot_be_decoded_is_no_text() -> None:
    assert as_text('<?xml version="1.0" encoding="UTF-8"?><a 名="'.encode("gbk")) is None
    assert as_text(b'<?xml version="1.0" encoding="klingon"?><a/>') is None


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.parent.name)
def test_a_process_gets_another_id_and_back_again(path: Path) -> None:
    text, code = path.read_text("utf-8"), path.parent.name.lower()
    name = read({"m": text.encode()}, code).usable().processes[code].name
    renamed = with_process(text, code, "zz09", '临时"用地<批准')
    diagram = read({"m": renamed.encode()}, "zz09").usable()
    assert (diagram.main, diagram.processes["zz09"].name) == ("zz09", '临时"用地<批准')
    assert code not in diagram.processes
    assert with_process(renamed, "zz09", code, name) == text


def test_only_that_process_and_what_refers_to_it_is_touched() -> None:
    text = (
        '<process id="a" name="A"><task id="a1" name="a"/><callActivity id="c" calledElement="a"/></process>'
        "<process name='B' id='ab'/><participant processRef=\"x:a\"/><BPMNPlane bpmnElement='a'/>"
    )
    assert with_process(text, "a", "n", "N") == (
        '<process id="n" name="N"><task id="a1" name="a"/><callActivity id="c" calledElement="n"/></process>'
        "<process name='B' id='ab'/><participant processRef=\"x:n\"/><BPMNPlane bpmnElement='n'/>"
    )
