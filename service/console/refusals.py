"""What a person sees when something is not there, not theirs or broken; software keeps its OperationOutcome."""

from typing import Final

from flask import Response, current_app, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from mappings.issues import Refused
from service import views
from service.api import errors
from service.console.pages import console
from service.store import Closed, Overloaded, Unconfirmed

#: Addresses of the interfaces: an unknown one below them is answered to software.
_INTERFACES: Final = ("fhir", "records", "healthz", "readyz", "metrics")
_TEXTS: Final[dict[int, tuple[str, str]]] = {
    400: ("Demande incomprise", "La page demandée ne peut pas être servie ainsi."),
    403: (
        "Formulaire périmé",
        "Ce formulaire ne vient pas de la session ouverte. Rien n’a été enregistré\u00a0: "
        "revenez à la liste et recommencez.",
    ),
    404: ("Page introuvable", "Cette page n’existe pas, ou l’acte qu’elle montre ne vous est pas adressé."),
    405: ("Demande incomprise", "Cette adresse ne s’utilise pas ainsi."),
    413: ("Envoi trop grand", "Ce qui a été envoyé est trop grand. Rien n’a été enregistré."),
}


@console.app_errorhandler(404)
@console.app_errorhandler(405)
def unknown(error: HTTPException) -> Response:
    """Also for addresses that no room answers to: outside the interfaces, a person is looking for a page."""
    if request.path.split("/")[1] in _INTERFACES:
        return views.refused(error)
    if error.code == 405 and request.method in ("GET", "HEAD"):
        return make_response(redirect(_page_above(request.path), 303))
    return http(error)


def _page_above(path: str) -> str:
    """Where a form stood whose address is asked for as a page: typed again, or reloaded after its answer."""
    pages = current_app.url_map.bind("")
    while not pages.test(path, "GET"):
        path = path.rpartition("/")[0] or "/"
    return path


@console.errorhandler(HTTPException)
def http(error: HTTPException) -> Response:
    status = error.code or 500
    title, text = _TEXTS.get(status, _TEXTS[400])
    return _page(status, title, text)


@console.errorhandler(Refused)
def refused(refusal: Refused) -> Response:
    """A page asked for would have recorded nothing, and a consultation refused is recorded: neither says that."""
    title = "Rien n’a été enregistré" if request.method == "POST" else "Cette page ne peut pas être montrée"
    return _page(errors.status_of(refusal), title, *(issue.text for issue in refusal.issues))


@console.errorhandler(Overloaded)
def overloaded(_: Exception) -> Response:
    text = "Trop d’enregistrements attendent pour l’instant. Revenez à la liste et recommencez dans un moment."
    return _page(429, "Rien n’a été enregistré", text)


@console.errorhandler(Unconfirmed)
@console.errorhandler(Closed)
def unconfirmed(_: Exception) -> Response:
    text = "L’enregistrement n’a pas pu être confirmé. Revenez à la liste\u00a0: elle dit ce qui est enregistré."
    return _page(503, "Service momentanément indisponible", text)


@console.errorhandler(Exception)
def defect(error: Exception) -> Response:
    text = "Le service n’a pas pu répondre. Si cela se répète, donnez ce numéro à l’exploitant."
    return _page(500, "Une erreur est survenue", text, f"Incident {errors.incident(error, views.composition().ids)}")


def _page(status: int, title: str, *texts: str) -> Response:
    return make_response(render_template("refusal.html", title=title, texts=texts), status)
