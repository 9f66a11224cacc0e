"""Notes every submission that reaches the shared record whole, before any fault strikes it."""

import io
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from service.sandbox.registry import Registry
from service.sandbox.soap import SoapFault, read_message
from service.sandbox.submission import XML_SIGNATURE, BadMetadata, read_submission
from tests.chaos.ledgers import Brought

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Witness:
    """Stands in front of the sandbox (WSGI)."""

    def __init__(self, app: "WSGIApplication", registry: Registry) -> None:
        self._app = app
        self._registry = registry
        self._lock = threading.Lock()
        self._brought: list[Brought] = []

    def brought(self) -> tuple[Brought, ...]:
        with self._lock:
            return tuple(self._brought)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/xds/repository"):
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(length)
            # The sender was killed in the middle of its request: it brought nothing.
            if len(body) == length:
                self._note(environ.get("CONTENT_TYPE", ""), body)
            environ["wsgi.input"] = io.BytesIO(body)
        return self._app(environ, start_response)

    def _note(self, content_type: str, body: bytes) -> None:
        try:
            message = read_message(content_type, body)
            submission = read_submission(message.payload, message.attachments)
        except (SoapFault, BadMetadata):
            return  # the sandbox says so itself
        brought = [
            Brought(
                unique_id=entry.unique_id,
                submission_id=submission.unique_id,
                sha256=entry.sha256,
                known=bool(self._registry.by_unique_id(entry.unique_id)),
            )
            for entry in submission.entries
            # The signature of a set is nobody's report.
            if entry.format_code != XML_SIGNATURE
        ]
        with self._lock:
            self._brought += brought
