"""Pages of a search: a cursor that only this server reads, for a link must repeat nothing of what was asked.

R4 4.0.1, https://hl7.org/fhir/R4/http.html#paging. The cursor holds the search and the last place given, encrypted
and authenticated (Fernet); it names no page number, so that nothing is skipped when something is added.
"""

import base64
import hashlib
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken

from mappings.issues import Issue, Refused

#: How long a cursor may be followed, seconds.
_LIFETIME: Final = 24 * 3600

Pairs = list[tuple[str, str]]


class Pages:
    """Writes and reads cursors with the secret of this installation."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"binome-pages\n" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def cursor(self, type_: str, pairs: Pairs, after: tuple[int, int]) -> str:
        return self._fernet.encrypt(orjson.dumps([type_, pairs, list(after)])).decode()

    def read(self, type_: str, cursor: str) -> tuple[Pairs, tuple[int, int]]:
        """The search and the last place of the page before; ``Refused`` when the cursor is not ours, or too old."""
        try:
            asked, pairs, after = orjson.loads(self._fernet.decrypt(cursor.encode(), ttl=_LIFETIME))
        except (InvalidToken, UnicodeEncodeError):
            asked, pairs, after = "", [], (0, 0)
        if asked != type_:
            raise Refused(Issue("not-supported", "", "Ce lien de page n’est pas ou n’est plus valable.", "FHIR R4"))
        return [(key, value) for key, value in pairs], (int(after[0]), int(after[1]))
