"""Headers of a Subscription, concealed: what authenticates us at a subscriber's is shown to nobody who reads.

A value is stored encrypted, in its own place: so no read, history, search, export or proof holds it in clear, and
what was read can be sent back as it is. It opens only for the header and the endpoint that it was written for: moved
to another Subscription, it reaches nobody new. AES-SIV (RFC 5297): the same value conceals to the same text, so that
the same PUT again changes nothing.
"""

import base64
import hashlib
from binascii import Error
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_MARK: Final = "binome-sealed-"


class Concealment:
    """With the secret of this installation."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"binome-subscription-headers\n" + secret.encode()).digest())

    def conceal(self, name: str, value: str, endpoint: str) -> str:
        """``value`` as it is stored; what is concealed already stays so. ``ValueError`` when it is not ours to open."""
        if value.startswith(_MARK):
            self.reveal(name, value, endpoint)
            return value
        sealed = self._cipher.encrypt(value.encode(), _bound(name, endpoint))
        return _MARK + base64.urlsafe_b64encode(sealed).decode()

    def reveal(self, name: str, value: str, endpoint: str) -> str:
        """What was concealed for this header and this endpoint; ``ValueError`` for anything else."""
        if not value.startswith(_MARK):
            raise ValueError("not a concealed header")
        try:
            sealed = base64.urlsafe_b64decode(value.removeprefix(_MARK))
            return self._cipher.decrypt(sealed, _bound(name, endpoint)).decode()
        except (InvalidTag, Error, ValueError):
            raise ValueError("concealed by somebody else, or for somebody else") from None


def _bound(name: str, endpoint: str) -> list[bytes]:
    return [name.lower().encode(), endpoint.encode()]
