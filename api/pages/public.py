"""Stub."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from .look import page

pages = Blueprint("public", __name__)


@pages.get("/")
def home() -> Response:
    return page("refusal.html", sentence="public", remedy="", faults=(), reference="", basis="")


@pages.get("/progress")
def progress_form() -> Response:
    return page("refusal.html", sentence="progress", remedy="", faults=(), reference="", basis="")
