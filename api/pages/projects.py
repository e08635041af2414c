"""Stub."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from engine.people import Role

from .look import officers_only, page

pages = Blueprint("projects", __name__)


@pages.get("/projects")
@officers_only(Role.COORDINATOR, Role.SUPERVISOR)
def board() -> Response:
    return page("refusal.html", sentence="projects", remedy="", faults=(), reference="", basis="")
