"""Profiles, tags and security labels in use, by type: what ``$meta`` tells of the whole server, looked up once.

Versions are never changed nor removed, so that a look goes on from the last version seen: the first one reads the
beginning of every version on record, the next ones what was written since.
"""

import json
import re
import threading
from collections.abc import Iterable
from typing import Any, Final

from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from service.store import Store

Meta = dict[str, Any]

#: The server's own elements stand first in what it stores.
_HEAD: Final = re.compile(r'\{"resourceType":"[A-Za-z]+","id":"[A-Za-z0-9.-]+","meta":')
_DECODER: Final = json.JSONDecoder()
#: Versions read at once.
_SLICE: Final = 2_000
#: Most different values of one kind: beyond, they are no vocabulary.
_MOST: Final = 1_000


class Metas:
    """What the versions of one store bear; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = 0
        #: By type, kind (profile, tag, security) and what tells two values apart.
        self._values: dict[str, dict[str, dict[tuple[str, str], Any]]] = {}

    def summary(self, store: Store, types: Iterable[str]) -> Meta:
        """The Meta that tells what the versions of ``types`` bear; ``Refused`` when it is too much to tell."""
        with self._lock:
            self._look(store)
            meta: Meta = {}
            for kind in ("profile", "security", "tag"):
                values: dict[tuple[str, str], Any] = {}
                for type_ in types:
                    values |= self._values.get(type_, {}).get(kind, {})
                if len(values) >= _MOST:
                    text = "Ces ressources portent trop d’étiquettes différentes pour qu’une réponse les dise toutes."
                    raise Refused(Issue("too-costly", "", text, "FHIR R4, resource-operation-meta.html"))
                if values:
                    meta[kind] = [values[key] for key in sorted(values)]
        return meta

    def _look(self, store: Store) -> None:
        while some := store.beginnings(self._seen, _SLICE):
            for number, type_, beginning in some:
                meta = _meta(beginning)
                if meta is None:
                    meta = parse(store.exports.bodies([number])[number]).get("meta", {})
                self._note(type_, meta)
            self._seen = some[-1][0]

    def _note(self, type_: str, meta: Meta) -> None:
        kinds = self._values.setdefault(type_, {})
        for kind in ("profile", "security", "tag"):
            for value in meta.get(kind, ()):
                coding = isinstance(value, dict)
                key = (str(value.get("system", "")), str(value.get("code", ""))) if coding else (str(value), "")
                values = kinds.setdefault(kind, {})
                if key not in values and len(values) < _MOST:
                    values[key] = value


def _meta(beginning: bytes) -> Meta | None:
    """The meta at the beginning of a body; None when it is not whole there."""
    text = beginning.decode(errors="replace")
    head = _HEAD.match(text)
    if head is None:
        return None
    try:
        meta: Meta = _DECODER.raw_decode(text, head.end())[0]
    except json.JSONDecodeError:
        return None
    return meta
