"""The stages of an investment project, from stages.yaml: which matter belongs to which, and what a stage leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True)
class Stage:
    """One stage. before: the event that its matters must be done for; matters: codes, in the order in which they follow."""

    code: str
    name: str
    before: str
    matters: tuple[str, ...]


@cache
def stages() -> tuple[Stage, ...]:
    """All stages in their order, the one beside the others last."""
    drawn = yaml.safe_load(resources.files(__package__).joinpath("stages.yaml").read_text("utf-8"))
    return tuple(Stage(s["code"], s["name"], s["before"], tuple(s["matters"])) for s in drawn["stages"])


@cache
def events() -> tuple[str, ...]:
    """What a project can be planned towards: 开工, 竣工."""
    return tuple(dict.fromkeys(s.before for s in stages()))


def stage_of(matter: str) -> Stage:
    """The stage of a matter; one that no stage names runs beside them."""
    return next((s for s in stages() if matter in s.matters), stages()[-1])


def in_order(matter: str) -> tuple[int, int, str]:
    """Where a matter stands in a plan: by stage, then as the stage names them."""
    stage = stage_of(matter)
    place = stage.matters.index(matter) if matter in stage.matters else len(stage.matters)
    return stages().index(stage), place, matter
