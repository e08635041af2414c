"""The rules about guides: like those about drawings, one file each, but their places are lines of guide.yaml."""

from __future__ import annotations

from . import foundation, marks

GUIDE_RULES = (foundation.CARD, marks.CARD)
"""Their cards, by code. A hall cannot set their level, and nobody lets them pass."""
