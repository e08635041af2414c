"""The demo hall: a fictional city and county, three cases told from filing to delivery, and ninety that live in it."""

from .hall import fill
from .life import live
from .story import tell

__all__ = ["fill", "live", "tell"]
