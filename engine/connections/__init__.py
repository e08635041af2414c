"""The systems that an office may call, and the calling. See README.md."""

from .addresses import AddressRefused
from .book import (
    Connection,
    ConnectionKnown,
    ConnectionNotUnderstood,
    ConnectionRow,
    ConnectionUnknown,
    add_connection,
    altered,
    connection,
    connections,
    disable_connection,
    open_codes,
)
from .sealing import Seal, SecretNotOpened
from .wire import MOST_BYTES, Answer, Asking, Unanswered, call

__all__ = [
    "MOST_BYTES",
    "AddressRefused",
    "Answer",
    "Asking",
    "Connection",
    "ConnectionKnown",
    "ConnectionNotUnderstood",
    "ConnectionRow",
    "ConnectionUnknown",
    "Seal",
    "SecretNotOpened",
    "Unanswered",
    "add_connection",
    "altered",
    "call",
    "connection",
    "connections",
    "disable_connection",
    "open_codes",
]
