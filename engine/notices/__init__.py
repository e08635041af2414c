"""Who hears of what. See README.md."""

from .inbox import Message, inbox, inbox_part, send, tell

__all__ = ["Message", "inbox", "inbox_part", "send", "tell"]
