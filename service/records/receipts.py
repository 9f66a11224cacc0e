"""``POST /records/receipts``: a delivery status notification that a messaging gateway hands over (RFC 3464)."""

from flask import Blueprint, Response, abort, request

from mappings.issues import Issue, Refused
from service import views
from service.clients.mssante.bounce import read_bounce
from service.outbox.states import IllegalMove

receipts = Blueprint("receipts", __name__)


@receipts.post("/receipts")
def receipt() -> Response:
    """204 when the bounce is on record, 404 when it answers no mail of ours, 422 when it is no bounce."""
    if request.mimetype != "message/rfc822":
        abort(415)
    message = request.get_data()
    bounce = read_bounce(message)
    if bounce is None:
        raise Refused(
            Issue("value", "receipt", "Ce message n’est pas un avis de non-remise (multipart/report).", "RFC 3464")
        )
    try:
        state = views.composition().acknowledge.bounced(bounce, message)
    except IllegalMove:
        text = "Un envoi de ce message est en cours : présentez l’avis de nouveau dans un instant."
        raise Refused(Issue("conflict", "receipt", text)) from None
    if state is None:
        raise Refused(Issue("not-found", "receipt", "Cet avis ne répond à aucun message envoyé d’ici."))
    return Response(status=204)
