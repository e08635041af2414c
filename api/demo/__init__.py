"""The demo hall: a fictional city and county, three cases told from filing to delivery, a hundred that live in it,
and one project through all four stages of joint approval."""

from .hall import fill
from .joint_story import tell_project
from .life import live
from .story import tell

__all__ = ["fill", "live", "tell", "tell_project"]
