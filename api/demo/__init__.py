"""The demo hall: a fictional city and county, and three cases told from filing to delivery."""

from .hall import fill
from .story import tell

__all__ = ["fill", "tell"]
