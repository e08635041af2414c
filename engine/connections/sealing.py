"""Secrets closed with the key of the hall. The key lies beside the database and not in it, so a copy of the database tells none.

HMAC-SHA256 makes the key stream (counter mode, a nonce per secret) and then the tag over what came out: both are the standard
library's, and no other cipher is needed for a few short secrets (docs/decisions/0022-outbound-calls.md).
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from ..errors import NotReady

_NONCE, _TAG = 16, 32


class SecretNotOpened(NotReady):
    """This machine has another key than the one with which the secret was closed, or somebody changed what is kept."""

    code = "secret-not-opened"
    sentence = "对接“{connection}”的密钥在这台机器上打不开。"
    remedy = "各台机器用相同的 LIANSHEN_SECRET（或同一个 secret-key 文件）；仍打不开的，停用后重新登记这个对接。"


@dataclass(frozen=True)
class Seal:
    """Closes and opens with one key. The key is shown nowhere, not even by a traceback."""

    key: bytes = field(repr=False)

    def close(self, secret: str, about: str) -> str:
        """about: what it belongs to, its name before the first blank; what is closed for one thing does not open for another."""
        nonce = secrets.token_bytes(_NONCE)
        hidden = self._mixed(secret.encode(), nonce)
        return b64encode(nonce + hidden + self._tag(nonce + hidden, about)).decode()

    def open(self, closed: str, about: str) -> str:
        """Raises SecretNotOpened."""
        try:
            whole = b64decode(closed, validate=True)
        except ValueError as broken:
            raise SecretNotOpened(connection=about.partition(" ")[0]) from broken
        body, tag = whole[:-_TAG], whole[-_TAG:]
        if len(body) < _NONCE or not hmac.compare_digest(tag, self._tag(body, about)):
            raise SecretNotOpened(connection=about.partition(" ")[0])
        return self._mixed(body[_NONCE:], body[:_NONCE]).decode()

    def _mixed(self, text: bytes, nonce: bytes) -> bytes:
        blocks = (self._drawn(b"stream", nonce + i.to_bytes(4, "big")) for i in range(len(text) // 32 + 1))
        return bytes(one ^ other for one, other in zip(text, b"".join(blocks), strict=False))

    def _tag(self, body: bytes, about: str) -> bytes:
        return self._drawn(b"tag", body + about.encode())

    def _drawn(self, purpose: bytes, text: bytes) -> bytes:
        own = hmac.digest(self.key, b"lianshen connection " + purpose, "sha256")
        return hmac.digest(own, text, "sha256")
