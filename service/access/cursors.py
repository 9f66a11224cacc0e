"""Pages of a search: a cursor that only this server reads, for a link must repeat nothing of what was asked.

R4 4.0.1, https://hl7.org/fhir/R4/http.html#paging. The cursor holds the search and the place where the page begins or
ends, encrypted and authenticated (Fernet); it names no page number, so that nothing is skipped when something is added.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken

from mappings.issues import Issue, Refused

#: How long a cursor may be followed, seconds.
_LIFETIME: Final = 24 * 3600

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A search, and the place that its page begins after, or ends before; the first page has none."""

    pairs: Pairs
    #: Keys of the order, then the number; empty for the first page.
    place: Sequence[int | str] = ()
    back: bool = False


class Pages:
    """Writes and reads cursors with the secret of this installation."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"binome-pages\n" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def written(self, scope: str, cursor: Cursor) -> str:
        """``scope`` is what is searched: a type, a compartment."""
        told = orjson.dumps([scope, cursor.pairs, list(cursor.place), cursor.back])
        return self._fernet.encrypt(told).decode()

    def followed(self, scope: str, written: str) -> Cursor:
        """``Refused`` when the cursor is not ours, or too old, or of another scope."""
        try:
            asked, pairs, place, back = orjson.loads(self._fernet.decrypt(written.encode(), ttl=_LIFETIME))
        except (InvalidToken, UnicodeEncodeError):
            asked = None
        if asked != scope:
            raise Refused(Issue("not-supported", "", "Ce lien de page n’est pas ou n’est plus valable.", "FHIR R4"))
        return Cursor([(key, value) for key, value in pairs], place, back)

    def cursor(self, scope: str, pairs: Pairs, after: tuple[int, int]) -> str:
        """Of what goes forward only, by two numbers."""
        return self.written(scope, Cursor(pairs, after))

    def read(self, scope: str, cursor: str) -> tuple[Pairs, tuple[int, int]]:
        """The same read."""
        followed = self.followed(scope, cursor)
        first, second = followed.place
        return followed.pairs, (int(first), int(second))
