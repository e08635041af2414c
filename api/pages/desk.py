"""Stub."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from .look import AT_WINDOWS, officers_only, page

pages = Blueprint("desk", __name__)


@pages.get("/desk")
@officers_only(*AT_WINDOWS)
def worklist() -> Response:
    return page("refusal.html", sentence="desk", remedy="", faults=(), reference="", basis="")
