"""Who looks at the pages: a signed development identity in a cookie, and what shows that a form is ours.

The cookie counts on these pages only: the interfaces of software read ``Authorization`` and nothing else, so that
no foreign page can make a browser call them in somebody's name (OWASP, Cross-Site Request Forgery Prevention).
"""

import hashlib
import hmac
from typing import Final

from flask import abort, g, request
from werkzeug.wrappers import Response

from service import views
from service.access import Caller
from service.access.development import LIFETIME

COOKIE: Final = "binome-console"
_ANONYMOUS: Final = Caller(client="console")


def identify() -> None:
    """Before every page: the délégant whom the cookie names, else nobody."""
    caller = views.composition().issuer.caller(_token())
    # A token that is bounded to a structure is for the FHIR face, which alone knows how to hold to it.
    g.caller = caller if caller and not caller.structure else _ANONYMOUS


def refuse_foreign_forms() -> None:
    """A form is posted from our own pages; one posted under an identity also carries that session's mark."""
    if request.method != "POST":
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    if views.caller().rpps and not hmac.compare_digest(request.form.get("marque", "").encode(), mark().encode()):
        abort(403)


def mark() -> str:
    """What a form of this session carries: only who holds the cookie could compute it. Empty without a session."""
    token = _token()
    return hmac.new(token.encode(), b"binome-console-form", hashlib.sha256).hexdigest() if token else ""


def open_session(response: Response, rpps: str) -> Response:
    token = views.composition().issuer.token(rpps)
    response.set_cookie(
        COOKIE, token, max_age=LIFETIME, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )
    return response


def close_session(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _token() -> str:
    return request.cookies.get(COOKIE, "")
