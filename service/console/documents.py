"""The pages of a patient's shared record: the list, one document as text, its file to be saved.

Their markup is never ours: a page is made of values that were read out of the document, and of nothing else.
"""

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mappings.domain.people import Patient
from mappings.domain.time import french_day
from mappings.issues import Refused
from service import views
from service.api import errors
from service.console.pages import console
from service.console.views import PatientView, patient_view
from service.consultation import Opened
from service.consultation.serving import FILE_HEADERS, consultation_of


@console.get("/patients/<logical_id:id_>/documents")
def shared_documents(id_: str) -> Answer | str:
    if not views.caller().rpps:
        return _to_sign_in()
    try:
        older = request.args.get("anciens") == "oui"
        found = consultation_of(views.composition()).documents(views.caller(), id_, older=older)
    except Refused as refusal:
        return _refused(refusal)
    since = french_day(found.since) if found.since else None
    return render_template("documents.html", patient=_patient(found.patient), id=id_, found=found, since=since)


@console.get("/patients/<logical_id:id_>/documents/<unique_id>")
def shared_document(id_: str, unique_id: str) -> Answer | str:
    opened = _opened(id_, unique_id)
    if not isinstance(opened, Opened):
        return opened
    return render_template(
        "document.html", patient=_patient(opened.patient), id=id_, document=opened.document, seen=opened.examined
    )


@console.get("/patients/<logical_id:id_>/documents/<unique_id>/fichier")
def shared_file(id_: str, unique_id: str) -> Answer:
    opened = _opened(id_, unique_id)
    if not isinstance(opened, Opened):
        return opened
    if not opened.examined.file:
        abort(404)
    return Response(opened.examined.file, headers=FILE_HEADERS)


def _opened(id_: str, unique_id: str) -> Opened | Answer:
    if not views.caller().rpps:
        return _to_sign_in()
    try:
        return consultation_of(views.composition()).document(views.caller(), id_, unique_id)
    except Refused as refusal:
        return _refused(refusal)


def _refused(refusal: Refused) -> Answer:
    """In words: nothing was shown, and the attempt may well be on record."""
    texts = [issue.text for issue in refusal.issues]
    page = render_template("refusal.html", title="Consultation impossible", texts=texts)
    return Response(page, errors.status_of(refusal), content_type="text/html; charset=utf-8")


def _patient(patient: Patient) -> PatientView:
    """As on record here: what the record says of them is not read."""
    return patient_view(patient, french_day(views.composition().clock()))


def _to_sign_in() -> Answer:
    return redirect(url_for("console.sign_in_page"), 303)
