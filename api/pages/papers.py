"""Written documents and files of a case, for officers: a document to read and print from its stored text, a file to take along."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.cases import FileRow, read_file, read_paper

from ..here import here
from .look import SEES_CASES, officer, officers_only, page
from .sheet import lay_out

pages = Blueprint("papers", __name__)


@pages.get("/cases/<string:case_no>/papers/<int:paper_id>")
@officers_only(*SEES_CASES)
def paper(case_no: str, paper_id: int) -> AnyResponse:
    """A document as a sheet. Printed again it is the same text: nothing of it is written anew."""
    with here().database.reading() as tx:
        found = read_paper(tx, officer(), case_no, paper_id)
    return page("paper.html", sheet=lay_out(found), back=url_for("start.work"))


@pages.get("/cases/<string:case_no>/files/<int:file_id>")
@officers_only(*SEES_CASES)
def file(case_no: str, file_id: int) -> AnyResponse:
    """A file of a material."""
    with here().database.reading() as tx:
        found, body = read_file(tx, officer(), case_no, file_id)
    return attachment(found, body)


def attachment(found: FileRow, body: bytes) -> Response:
    """A file as an answer: always taken along and never opened inside the site, whatever it says it is."""
    answer = Response(body, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
