"""What came by mail, on the pages: receipts on the act, and the box of the structure, whatever a mail holds."""

import pytest
from flask.testing import FlaskClient

from service.console import inbox
from service.console.session import COOKIE
from service.trace import trace_of
from tests.console.page import get
from tests.console.practice import WEBER
from tests.dispatch.round import DOCTOR, PATIENT
from tests.hostile.family_m.mails import CASES
from tests.hostile.family_z import archives
from tests.hostile.family_z.test_family_z import mail as carrying_archive
from tests.inbound import letters
from tests.inbound.desk import Desk

TIMELINE = "//ol[@class='timeline']"


@pytest.fixture
def browser(desk: Desk) -> FlaskClient:
    client = desk.house.app.test_client()
    client.set_cookie(COOKIE, desk.house.composition.issuer.token(WEBER))
    return client


def test_receipts_and_answers_stand_on_the_act_with_their_times(desk: Desk, browser: FlaskClient) -> None:
    doctor, patient = desk.round.envelope(DOCTOR), desk.round.envelope(PATIENT)
    desk.house.clock.pass_(hours=2)
    desk.receive(letters.delivery(doctor, "delivered", "2.0.0"))
    desk.receive(letters.disposition(doctor))
    refused = letters.disposition(patient, "automatic-action/MDN-sent-automatically; processed/Error: 902^x", number=2)
    desk.receive(refused)
    desk.receive(letters.reply(doctor, "Bien reçu, je rappelle."))
    page = get(browser, f"/actes/{desk.round.act.split('/')[1]}")
    titles = page.texts(f"{TIMELINE}//h3")
    for title in (
        "Avis de remise : Votre messagerie MSSanté",
        "Avis d’affichage : Votre messagerie MSSanté",
        "Avis d’intégration refusée : Messagerie du patient",
        "Messagerie : réponse",
        "Réponse à lire par la structure",
        "Envoi confié à la structure",
    ):
        assert title in [" ".join(one.split()) for one in titles], titles
    told = page.text(f"{TIMELINE}/li[h3[contains(., 'refusée')]]")
    assert "patient inconnu" in told
    assert "remis, affiché dans la boîte" in page.text()
    assert "votre MSSanté : remis, affiché dans la boîte" in get(browser, "/").texts("//ul[@class='deliveries']/li")
    # What somebody wrote is not on the act's page, which others may read.
    assert "je rappelle" not in page.text()
    outcomes = [
        entry["resource"]["outcomeDesc"]
        for entry in trace_of(desk.store, desk.round.act.split("/")[1])["entry"]
        if entry["resource"]["resourceType"] == "AuditEvent" and "outcomeDesc" in entry["resource"]
    ]
    assert "La boîte du destinataire annonce le message affiché ; cela ne dit pas qui l’a lu." in outcomes
    assert "Le logiciel du destinataire n’a pas pu intégrer le document." in outcomes


def test_the_box_shows_every_mail_as_text(desk: Desk, browser: FlaskClient) -> None:
    desk.receive(letters.reply(desk.round.envelope(DOCTOR), "<script>alert(1)</script>\r\nBien reçu."))
    desk.receive(CASES["M21 tnef-winmail"][0](desk.round.envelope(DOCTOR)))
    desk.receive(letters.disposition(desk.round.envelope(DOCTOR), sender="x@y.formation.mssante.fr"))
    page = get(browser, "/messages")
    assert page.find("//main//script") == []
    text = page.text()
    for words in (
        "<script>alert(1)</script>",
        "Bien reçu.",
        "format winmail.dat, à faire renvoyer",
        "l’expéditeur n’est pas le destinataire de l’envoi",
        "mis à l’écart, à regarder",
    ):
        assert words in text
    act = page.find(f"//main//a[contains(@href, '{desk.round.act.split('/')[1]}')]")
    assert act


def test_the_box_says_first_what_waits_for_somebody(desk: Desk, browser: FlaskClient) -> None:
    desk.receive(letters.plain("Bonjour", "Bonjour.", sender="dr@cabinet.formation.mssante.fr"))
    told = get(browser, "/messages").text("//main/section")
    assert "Aucune réponse à lire, aucun message mis à l’écart" in told
    assert "sans suite dans Binôme" in told, "a colleague's mail is nobody's work here, and nobody has treated it"
    assert "traité" not in told
    desk.receive(letters.reply(desk.round.envelope(DOCTOR), "Bien reçu."))
    desk.receive(CASES["M21 tnef-winmail"][0](desk.round.envelope(DOCTOR)))
    told = get(browser, "/messages").text("//main/section")
    assert "1 réponse à lire 1 message mis à l’écart, à regarder . Binôme n’en a rien conclu" in told
    assert "Réponse, le " in told
    assert "Aucune réponse" not in told


def test_a_list_that_is_cut_says_so(desk: Desk, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.receive(letters.plain("Un", "Un.", sender="dr@cabinet.formation.mssante.fr", number=1))
    assert "derniers messages sont montrés" not in get(browser, "/messages").text()
    monkeypatch.setattr(inbox, "_SHOWN", 1)
    desk.receive(letters.plain("Deux", "Deux.", sender="dr@cabinet.formation.mssante.fr", number=2))
    told = get(browser, "/messages").text()
    assert "aucun message mis à l’écart parmi les messages montrés" in told
    assert "Deux." in told
    assert "Un." not in told


def test_every_hostile_mail_is_shown_without_harm(desk: Desk, browser: FlaskClient) -> None:
    for make, _ in CASES.values():
        desk.receive(make(desk.round.envelope(DOCTOR)))
    page = get(browser, "/messages")
    assert page.find("//main//script | //main//img | //main//iframe") == []
    assert "\u202e" not in page.text()


def test_nobody_sees_the_box_without_signing_in_nor_that_of_others(desk: Desk) -> None:
    desk.receive(letters.plain("secret", "secret", sender="a@b.fr"), box="autre@structure.formation.mssante.fr")
    answer = desk.house.app.test_client().get("/messages")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/connexion")
    client = desk.house.app.test_client()
    client.set_cookie(COOKIE, desk.house.composition.issuer.token(WEBER))
    assert "secret" not in client.get("/messages").text
    client.set_cookie(COOKIE, desk.house.composition.issuer.token("99900099999"))
    assert "secret" not in client.get("/messages").text


def test_a_document_is_told_verified_only_when_it_is(desk: Desk, browser: FlaskClient) -> None:
    desk.receive(carrying_archive(archives.zipped(archives.xdm(hash="0" * 40))))
    aside = get(browser, "/messages").text("//main//li")
    assert "empreinte du document fausse" in aside
    assert "Documents mis à l’écart, non intégrés au dossier" in aside
    assert "vérifiés" not in aside
    desk.receive(carrying_archive(archives.zipped(archives.xdm())))
    assert "Documents vérifiés, non intégrés au dossier" in get(browser, "/messages").text("//main")
