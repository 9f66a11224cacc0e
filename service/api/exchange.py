"""One exchange of the FHIR face, free of any web framework: what is asked, what is answered."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import get_host, get_input_stream

from mappings.issues import Issue, Refused
from service.access import Caller
from service.composition import Composition

#: Largest body taken, bytes.
LARGEST_BODY: Final = 5 * 1024 * 1024
#: Most parameters read in one address or form.
_MOST_PAIRS: Final = 1_000

Pairs = list[tuple[str, str]]


class Call:
    """One request: its WSGI environment (PEP 3333), read as far as somebody asks."""

    def __init__(self, environ: dict[str, Any], composition: Composition) -> None:
        self._environ = environ
        self.composition = composition
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "")
        #: Nobody, until who calls is known.
        self.caller = Caller(client="")

    def header(self, name: str) -> str:
        """Empty when it is absent."""
        key = name.upper().replace("-", "_")
        value: str = self._environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}", "")
        return value

    @cached_property
    def pairs(self) -> Pairs:
        """The query of the address."""
        query: str = self._environ.get("QUERY_STRING", "")
        # What was not percent-encoded stands as bytes (PEP 3333, "Unicode Issues").
        return pairs_of(query if query.isascii() else query.encode("latin-1").decode(errors="replace"))

    def parameter(self, name: str) -> str:
        """The first value of a query parameter; empty when it is absent."""
        return next((value for key, value in self.pairs if key == name), "")

    @cached_property
    def body(self) -> bytes:
        """All of it; 413 above ``LARGEST_BODY``."""
        read: bytes = get_input_stream(self._environ, max_content_length=LARGEST_BODY).read()
        return read

    @property
    def media_type(self) -> str:
        """Of the body, without its parameters, in lower case."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def check_host(self) -> None:
        """400 when there is no host name, or one that could not stand in an address of ours."""
        if not self._host:
            raise BadRequest

    @property
    def base(self) -> str:
        """Address of the FHIR base as the caller wrote it."""
        return f"{self._environ['wsgi.url_scheme']}://{self._host}/fhir"

    @cached_property
    def _host(self) -> str:
        return get_host(self._environ)


@dataclass(slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def pairs_of(text: str) -> Pairs:
    """The pairs of a query or a form, empty values kept; too many are refused before they are read."""
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_PAIRS)
    except ValueError:
        sentence = "Une recherche porte sur trop de paramètres."
        raise Refused(Issue("too-costly", "", sentence, "FHIR R4, search.html")) from None
