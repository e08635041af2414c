"""Who hears of what. See README.md."""

from .inbox import Message, inbox, send, tell

__all__ = ["Message", "inbox", "send", "tell"]
