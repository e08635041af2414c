"""The pages: what officers and the public see in a browser. The same rooms below as the API, no logic of their own."""

from flask import Flask

from . import applying, cases, demo, designer, desk, orders, papers, prechecks, progress, projects, public, start, task
from .demo import LISTING
from .look import add_look, csrf, refusal, wants_page


def add_pages(app: Flask) -> None:
    """Every page, and what they share."""
    add_look(app)
    for module in (
        start,
        desk,
        task,
        papers,
        cases,
        designer,
        projects,
        orders,
        prechecks,
        public,
        applying,
        progress,
        demo,
    ):
        app.register_blueprint(module.pages)


__all__ = ["LISTING", "add_pages", "csrf", "refusal", "wants_page"]
