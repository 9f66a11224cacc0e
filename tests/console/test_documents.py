"""The pages of the shared record: values and never markup, a file to be saved and never shown, refusals in words."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from mappings.domain.wording import day
from mappings.pdf.report import report_to_pdf
from service.app import create_app
from service.console.session import COOKIE
from service.demonstration import records
from tests.console.practice import BENALI, FOLDER, WEBER, Practice
from tests.consultation.shelf import ROOT, Shelf, cda, enclosing, structured
from tests.mappings.reports import REPORT

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def browse(practice: Practice, shelf: Shelf) -> Any:
    settings = dataclasses.replace(practice.composition.settings, shared_record="pdsm")
    app = create_app(dataclasses.replace(practice.composition, settings=settings, record_reader=shelf))

    def client(rpps: str = WEBER) -> FlaskClient:
        browser = app.test_client()
        if rpps:
            browser.set_cookie(COOKIE, practice.composition.issuer.token(rpps))
        return browser

    return client


@pytest.fixture
def address(practice: Practice) -> str:
    bundle = practice.app.test_client().get("/fhir/CarePlan?identifier=INCL-0001").get_json()
    return f"/patients/{bundle['entry'][0]['resource']['subject']['reference'].partition('/')[2]}/documents"


def test_the_list_and_a_document_are_shown_as_text(browse: Any, shelf: Shelf, address: str) -> None:
    section = f"<title>{ESCAPED}</title><text><paragraph>{ESCAPED}</paragraph></text>"
    shelf.put(cda(structured(section), title=ESCAPED), title=HOSTILE, kind=HOSTILE, authors=(HOSTILE,))
    page = browse().get(address)
    assert page.status_code == 200
    assert "Chaque consultation est tracée." in page.text
    document = browse().get(f"{address}/{ROOT}.1")
    assert document.status_code == 200
    assert "AUTRE-NOM" not in document.text, "their name of the patient is not ours"
    for one in (page, document):
        assert HOSTILE not in one.text
        assert "<script" not in one.text
        assert "onerror=alert(1)&gt;" in one.text
        assert one.headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert one.headers["Cache-Control"] == "no-store"


def test_a_file_is_saved_under_a_name_of_ours_and_runs_nothing(browse: Any, shelf: Shelf, address: str) -> None:
    honest = report_to_pdf(REPORT)
    shelf.put(cda(enclosing("application/pdf", honest)))
    assert "Enregistrer le fichier PDF" in browse().get(f"{address}/{ROOT}.1").text
    file = browse().get(f"{address}/{ROOT}.1/fichier")
    assert file.data == honest
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"] == 'attachment; filename="document.pdf"'
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert file.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "mime_type", "why"),
    [
        (b"<html><script>alert(1)</script></html>", "text/html", "Ce type de fichier n’est pas montré ici : text/html."),
        (cda(structured("<text>x</text>"), ins=("1.2.250.1.213.1.4.11", "104082A99900249")), "text/xml",
         "Le document ne désigne pas ce patient par son INS"),
        (b"%PDF-1.7 << /S /JavaScript >>", "application/pdf", "Le PDF contient du code"),
    ],
)  # fmt: skip
def test_what_is_set_aside_is_named_and_not_served(
    browse: Any, shelf: Shelf, address: str, content: bytes, mime_type: str, why: str
) -> None:
    shelf.put(content, mime_type)
    page = browse().get(f"{address}/{ROOT}.1")
    assert page.status_code == 200
    assert "Document écarté" in page.text
    assert why in page.text
    assert "alert" not in page.text.replace('class="state alert"', "")
    assert browse().get(f"{address}/{ROOT}.1/fichier").status_code == 404


def test_who_may_not_is_told_in_words(browse: Any, shelf: Shelf, address: str, practice: Practice) -> None:
    assert browse("").get(address).headers["Location"] == "/connexion"
    assert browse("").get(f"{address}/{ROOT}.1/fichier").headers["Location"] == "/connexion"
    refused = browse("99900007024").get(address)
    assert refused.status_code == 403
    assert "Consultation impossible" in refused.text
    assert "Vous n’êtes membre actif d’aucune équipe qui suit ce patient." in refused.text
    assert shelf.asked == []
    assert browse(BENALI).get(address).status_code == 200, "of the same team"


def test_an_empty_record_and_a_silent_one_are_told_apart(browse: Any, shelf: Shelf, address: str) -> None:
    assert "aucun document à montrer" in browse().get(address).text
    shelf.unread = "timeout"
    silent = browse().get(address)
    assert silent.status_code == 503
    assert "n’a pas pu être consulté" in silent.text


def test_a_list_that_is_not_whole_says_so_and_never_that_there_is_nothing(
    browse: Any, shelf: Shelf, address: str
) -> None:
    shelf.whole = False
    empty = browse().get(address).text
    assert "La liste n’est pas complète" in empty
    assert "aucun document à montrer" not in empty
    shelf.put(b"x", "text/plain")
    some = browse().get(address).text
    assert "La liste n’est pas complète" in some
    assert "Courrier" in some


def test_the_page_of_an_act_leads_there_only_where_a_record_can_be_read(
    practice: Practice, browse: Any, address: str
) -> None:
    act = practice.act()
    assert f'href="{address}"' in browse().get(f"/actes/{act}").text
    plain = practice.app.test_client()
    plain.set_cookie(COOKIE, practice.composition.issuer.token(WEBER))
    assert "Dossier partagé du patient" not in plain.get(f"/actes/{act}").text


def test_a_report_that_goes_nowhere_is_told_by_the_road_of_the_installation(practice: Practice, browse: Any) -> None:
    sent = practice.act()
    nowhere = {"dmp": False, "patient_mailbox": False, "professional_mailbox": False}
    practice.post("consents", {**records("consents", FOLDER)[0], "sharing": nowhere})
    unsent = practice.act()
    assert "Dossier partagé (PDSm)" in browse().get(f"/actes/{unsent}").text
    assert "Dossier médical partagé (DMP)" not in browse().get(f"/actes/{unsent}").text
    # What took the other road keeps it.
    assert "Dossier médical partagé (DMP)" in browse().get(f"/actes/{sent}").text
    assert "Dossier partagé (PDSm)" not in browse().get(f"/actes/{sent}").text


def test_a_list_of_two_years_says_so_and_leads_to_the_older_ones(browse: Any, shelf: Shelf, address: str) -> None:
    shelf.since = dt.datetime(2024, 11, 9, 23, 30, tzinfo=dt.UTC)
    shelf.put(
        cda(structured("<text>x</text>")), title="Ancien courrier", created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )
    page = browse().get(address).text
    assert f"établis depuis le {day(dt.date(2024, 11, 10))} ont" in page
    assert "aucun document de cette période" in page
    assert f'href="{address}?anciens=oui"' in page
    older = browse().get(f"{address}?anciens=oui").text
    assert "Ancien courrier" in older
    assert "établis depuis" not in older


def test_an_entry_without_a_name_breaks_no_page(browse: Any, shelf: Shelf, address: str) -> None:
    shelf.put(cda(structured("<text>x</text>")), unique_id="")
    page = browse().get(address)
    assert (page.status_code, "La liste n’est pas complète" in page.text) == (200, True)
