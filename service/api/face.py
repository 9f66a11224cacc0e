"""``/fhir`` as a WSGI application (PEP 3333): from bytes to one function called, and back to bytes."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.api import cors, errors, media
from service.api.compression import compressed
from service.api.exchange import Call, Reply
from service.api.guard import GUARD
from service.api.identity import caller_of
from service.api.operations import OWN_FORMAT
from service.api.routes import handle
from service.composition import Composition
from service.scoping import scoped
from service.store import Unconfirmed

_BASE: Final = "/fhir"
#: Answers that have no body, and say nothing of its length.
_BARE: Final = frozenset({204, 304})
_GUARDING: Final = tuple(GUARD.items())
_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Face:
    """Answers what is below ``/fhir``; hands on everything else to ``beyond``."""

    def __init__(self, composition: Composition, beyond: WSGIApplication) -> None:
        self._composition = composition
        self._beyond = beyond
        self._origins = cors.origins_of(composition.settings.cors_origins)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(_BASE) or path[len(_BASE) : len(_BASE) + 1] not in ("", "/"):
            return self._beyond(environ, start_response)
        call = Call(environ, self._composition)
        reply = cors.preflight(call, self._origins) or self._durable(call, path.removeprefix(_BASE))
        reply = compressed(call, reply)
        headers = [*reply.headers.items(), *_GUARDING]
        if self._origins:
            headers += cors.allowed(call, self._origins).items()
        if reply.stream is None and reply.status not in _BARE:
            headers.append(("Content-Length", str(len(reply.body))))
        start_response(_LINES[reply.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else reply.stream or [reply.body]

    def _durable(self, call: Call, path: str) -> Reply:
        """Nothing is told that a power loss could take back, be it a refusal."""
        reply = self._reply(call, path)
        try:
            self._composition.store.make_durable()
        except Unconfirmed as failure:
            return media.refusal(call, errors.refusal_of(failure, call.method, self._composition.ids))
        return reply

    def _reply(self, call: Call, path: str) -> Reply:
        try:
            call.check_host()
            call.caller = caller_of(call.header("Authorization"), self._composition.issuer)
            if call.caller.structure:
                call.composition = scoped(call.composition, call.caller.structure)
            # Before anything is done: what could not be answered must not be carried out.
            if not path.startswith(OWN_FORMAT):
                media.wants_xml(call)
            return handle(call, path)
        except Exception as error:  # the door: whatever it is becomes an OperationOutcome
            refusal = errors.refusal_of(error, call.method, self._composition.ids)
            return media.refusal(call, refusal)
