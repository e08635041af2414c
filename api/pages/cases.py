"""Stub."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from .look import SEES_CASES, officers_only, page

pages = Blueprint("cases", __name__)


@pages.get("/cases")
@officers_only(*SEES_CASES)
def listing() -> Response:
    return page("refusal.html", sentence="cases", remedy="", faults=(), reference="", basis="")


@pages.get("/cases/<string:case_no>")
@officers_only(*SEES_CASES)
def show(case_no: str) -> Response:
    return page("refusal.html", sentence="case", remedy="", faults=(), reference="", basis="")
