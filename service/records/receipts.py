"""``POST /records/receipts``: a notice that a messaging gateway hands over, of delivery (RFC 3464) or reading (RFC 8098)."""

from flask import Blueprint, Response, abort, request

from mappings.issues import Issue, Refused
from mappings.mail.headers import address
from mappings.mail.message import Unreadable, opened
from mappings.mail.notices import Notice, notice_of
from service import views
from service.inbound.hearing import Hearing
from service.inbound.matching import Matching, Unmatched
from service.outbox.states import IllegalMove
from service.structures import ARTICLE

receipts = Blueprint("receipts", __name__)

#: Longest notice read here, bytes: it brings back headers, or a part of what was sent.
_LONGEST = 1 << 20
_NOT_A_STRUCTURE = "Un avis se présente sans structure : il vient de la messagerie, non d’une équipe."


@receipts.post("/receipts")
def receipt() -> Response:
    """204 when the notice is on record, 404 when it answers no mail of ours, 422 when it is no notice."""
    if request.mimetype != "message/rfc822":
        abort(415)
    if views.caller().structure:
        raise Refused(Issue("forbidden", "receipt", _NOT_A_STRUCTURE, ARTICLE))
    message = request.get_data()
    notice, sender = _read(message)
    acknowledge = views.composition().acknowledge
    try:
        answered = Matching(acknowledge.store).of_notice(notice, sender, "")
        Hearing(acknowledge).hear(answered, notice, message)
    except IllegalMove:
        text = "Un envoi de ce message est en cours : présentez l’avis de nouveau dans un instant."
        raise Refused(Issue("conflict", "receipt", text)) from None
    except Unmatched:
        # Of what is not from whom it should be, nothing more is told.
        raise Refused(Issue("not-found", "receipt", "Cet avis ne répond à aucun message envoyé d’ici.")) from None
    return Response(status=204)


def _read(message: bytes) -> tuple[Notice, str]:
    try:
        report = opened(message) if len(message) <= _LONGEST else None
    except Unreadable:
        report = None
    notice = notice_of(report) if report else None
    if report is None or notice is None:
        text = "Ce message n’est pas un avis de remise, de non-remise ou de lecture (multipart/report)."
        raise Refused(Issue("value", "receipt", text, "RFC 3464"))
    return notice, address(report, "From")
