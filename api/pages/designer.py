"""Stub."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from engine.people import Role

from .look import officers_only, page

pages = Blueprint("designer", __name__)


@pages.get("/designer")
@officers_only(Role.DESIGNER)
def listing() -> Response:
    return page("refusal.html", sentence="designer", remedy="", faults=(), reference="", basis="")
