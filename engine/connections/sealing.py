"""Secrets closed with the key of the hall. The key lies beside the database and not in it, so a copy of the database tells none.

AES-256-GCM, a nonce per secret; the tag binds it to what it belongs to (docs/decisions/0023-outbound-calls.md).
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import NotReady

_NONCE = 12


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
        return b64encode(nonce + self._cipher().encrypt(nonce, secret.encode(), about.encode())).decode()

    def open(self, closed: str, about: str) -> str:
        """Raises SecretNotOpened."""
        try:
            whole = b64decode(closed, validate=True)
            return self._cipher().decrypt(whole[:_NONCE], whole[_NONCE:], about.encode()).decode()
        except (ValueError, InvalidTag) as broken:
            raise SecretNotOpened(connection=about.partition(" ")[0]) from broken

    def _cipher(self) -> AESGCM:
        """The hall's key signs cookies too: what closes secrets is drawn from it, for this alone."""
        return AESGCM(HKDF(SHA256(), 32, None, b"lianshen connection").derive(self.key))
