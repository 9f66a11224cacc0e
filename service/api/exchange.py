"""One exchange of the FHIR face, free of any web framework: what is asked, what is answered."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.sansio.utils import get_host
from werkzeug.wsgi import get_input_stream

from mappings.issues import Issue, Refused
from service.access import Caller
from service.composition import Composition

#: Largest body taken, bytes.
LARGEST_BODY: Final = 5 * 1024 * 1024
#: A Content-Length that may be that of a body taken.
_LENGTH: Final = re.compile(r"[0-9]{1,7}")
#: zlib's name for the format of RFC 1952.
_GZIP: Final = 31
#: Most parameters read in one address or form, and the longest, in characters: escapes are read in many times their room.
_MOST_PAIRS: Final = 1_000
_LONGEST_PAIRS: Final = 1_000_000

#: Parameters that say in which form an answer is written.
_FORMS: Final = ("_format", "_pretty")
_NOBODY: Final = Caller(client="")

Pairs = list[tuple[str, str]]


class Call:
    """One request: its WSGI environment (PEP 3333), read as far as somebody asks."""

    def __init__(self, environ: dict[str, Any], composition: Composition, *, held: bool = False) -> None:
        self._environ = environ
        #: Another request holds this one, and says how both are answered.
        self._held = held
        self.composition = composition
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "")
        #: Nobody, until who calls is known.
        self.caller = _NOBODY
        # Not ``cached_property``: until Python 3.12 its lock is one for all requests, and a body that is slow to come
        # would be waited for by every other.
        self._pairs: Pairs | None = None
        self._body: bytes | None = None

    def header(self, name: str) -> str:
        """Empty when it is absent."""
        value: str = self._environ.get(_key_of(name), "")
        return value

    @property
    def pairs(self) -> Pairs:
        """The query of the address, and of a form that was taken."""
        if self._pairs is None:
            query: str = self._environ.get("QUERY_STRING", "")
            if not query:
                return []
            # What was not percent-encoded stands as bytes (PEP 3333, "Unicode Issues").
            pairs = pairs_of(query if query.isascii() else query.encode("latin-1").decode(errors="replace"))
            self._pairs = self._taken(pairs)
        return self._pairs

    def _taken(self, pairs: Pairs) -> Pairs:
        return [pair for pair in pairs if pair[0] not in _FORMS] if self._held else pairs

    def take_form(self) -> None:
        """From here on, what the body says as a form counts as what the address says, after it."""
        self._pairs = [*self.pairs, *self._taken(pairs_of(self.body.decode(errors="replace")))]

    def parameter(self, name: str) -> str:
        """The first value of a query parameter; empty when it is absent."""
        if self._pairs is None and not self._environ.get("QUERY_STRING"):
            return ""
        return next((value for key, value in self.pairs if key == name), "")

    @property
    def body(self) -> bytes:
        """All of it, decoded; 413 above ``LARGEST_BODY``, as it came or as it is once decoded."""
        if self._body is None:
            read = self._received()
            coding = self.header("Content-Encoding").strip().lower()
            self._body = read if coding in ("", "identity") else _decoded(read, coding)
        return self._body

    def _received(self) -> bytes:
        told: str = self._environ.get("CONTENT_LENGTH", "")
        if _LENGTH.fullmatch(told) and int(told) <= LARGEST_BODY and "HTTP_TRANSFER_ENCODING" not in self._environ:
            # As most bodies come: no stream need watch over how much is read.
            some: bytes = self._environ["wsgi.input"].read(int(told))
            return some
        streamed: bytes = get_input_stream(self._environ, max_content_length=LARGEST_BODY).read()
        return streamed

    @property
    def media_type(self) -> str:
        """Of the body, without its parameters, in lower case."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def preference(self, name: str) -> str:
        """What the Prefer header says of ``name`` (RFC 7240); empty when it says nothing."""
        for preference in self.header("Prefer").split(","):
            for part in preference.split(";"):
                key, _, value = part.partition("=")
                if key.strip().lower() == name:
                    return value.strip().strip('"')
        return ""

    def inner(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", kind: str = "") -> "Call":
        """A request that this one holds, by the same caller: ``url`` is below the base."""
        path, _, query = url.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/fhir/{unquote(path, errors='replace')}",
            # Bytes stand in a WSGI environment as Latin-1 (PEP 3333, "Unicode Issues").
            "QUERY_STRING": query.encode(errors="replace").decode("latin-1"),
            "HTTP_HOST": self._host,
            "wsgi.url_scheme": self._environ["wsgi.url_scheme"],
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": kind,
            "HTTP_ACCEPT": "application/fhir+json",
        }
        environ |= {_key_of(name): value for name, value in headers.items()}
        call = Call(environ, self.composition, held=True)
        call.caller = self.caller
        return call

    def check_host(self) -> None:
        """400 when there is no host name, or one that could not stand in an address of ours."""
        if not self._host:
            raise BadRequest

    @property
    def base(self) -> str:
        """Address of the FHIR base as the caller wrote it."""
        return f"{self._environ['wsgi.url_scheme']}://{self._host}/fhir"

    @property
    def _host(self) -> str:
        asked = self._environ
        server = asked.get("SERVER_NAME", ""), asked.get("SERVER_PORT", "")
        return _host_of(asked["wsgi.url_scheme"], asked.get("HTTP_HOST"), *server)


@lru_cache(maxsize=64)
def _key_of(name: str) -> str:
    """Where the header stands in a WSGI environment (PEP 3333, "environ Variables")."""
    key = name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


@lru_cache(maxsize=64)
def _host_of(scheme: str, header: str | None, name: str, port: str) -> str:
    """Host and port as the caller wrote them, or as the server knows itself; empty when they are none."""
    return get_host(scheme, header, (name, int(port)) if name and port.isdecimal() else None)


@dataclass(slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: Instead of ``body``, where it is not held whole; its length is then told by a header of its own.
    stream: Iterable[bytes] | None = None


def _decoded(body: bytes, coding: str) -> bytes:
    """``body`` without its coding, never more of it than may be taken."""
    if coding not in ("gzip", "x-gzip"):
        raise UnsupportedMediaType
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        decoded = stream.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        sentence = "Le corps de la requête n’est pas compressé comme il le dit (gzip)."
        raise Refused(Issue("structure", "", sentence, "RFC 9110, section 8.4")) from None
    if len(decoded) > LARGEST_BODY:
        raise RequestEntityTooLarge
    if not stream.eof or stream.unused_data:
        sentence = "Le corps compressé de la requête est incomplet, ou suivi d’autre chose."
        raise Refused(Issue("structure", "", sentence, "RFC 9110, section 8.4"))
    return decoded


def pairs_of(text: str) -> Pairs:
    """The pairs of a query or a form, empty values kept; too many are refused before they are read."""
    if not text:
        return []
    if len(text) > _LONGEST_PAIRS:
        raise Refused(Issue("too-costly", "", "Une recherche est trop longue.", "FHIR R4, search.html"))
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_PAIRS)
    except ValueError:
        sentence = "Une recherche porte sur trop de paramètres."
        raise Refused(Issue("too-costly", "", sentence, "FHIR R4, search.html")) from None
