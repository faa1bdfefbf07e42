"""What must be read again is kept encrypted: provider credentials, Web Push private keys, identity secrets."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Vault:
    """AES-256-GCM under a key derived from the master secret."""

    def __init__(self, master_secret: str) -> None:
        self._cipher = AESGCM(hmac.digest(master_secret.encode(), b"fanfare vault", hashlib.sha256))

    def seal(self, secret: bytes, owner: str) -> bytes:
        """`owner` must be named again to open it, so a sealed secret cannot be moved to another app."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Raises cryptography.exceptions.InvalidTag when the master secret or the owner is another one."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode())
