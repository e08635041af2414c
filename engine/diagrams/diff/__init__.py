"""Two drawings compared: what a designer has added, taken out, changed, moved and numbered anew, in words. Pure."""

from .changes import Change, ChangeKind
from .comparison import compare, condition_words, limit_words

__all__ = ["Change", "ChangeKind", "compare", "condition_words", "limit_words"]
