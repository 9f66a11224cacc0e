"""The page of what was not delivered, and its one button."""

from collections.abc import Callable

from flask.testing import FlaskClient

from service.outbox.envelope import Destination, State
from service.outbox.receipt import Outcome, Receipt
from tests.console.page import Page, get, mark
from tests.console.practice import ACCEPTED, BENALI, Practice

SignedIn = Callable[..., FlaskClient]
REFUSED = {**ACCEPTED, Destination.DMP: Receipt(Outcome.REFUSED, "XDSUnknownPatientId")}
ALARM = {**ACCEPTED, Destination.DMP: Receipt(Outcome.REFUSED, "XDSNonIdenticalHash")}
FORMS = "//main//form"


def dead(practice: Practice) -> str:
    act = practice.act()
    practice.deliver(REFUSED)
    (envelope,) = practice.composition.store.envelopes_in((State.REFUSED,), 10)
    assert envelope.destination is Destination.DMP
    assert act
    return envelope.id


def test_nothing_is_told_as_nothing(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    practice.deliver()
    page = get(signed_in(), "/envois")
    assert "Aucun envoi n’est arrêté." in page.text("main")
    assert page.find(FORMS) == []


def test_why_it_was_not_delivered_and_one_click_to_send_it_again(practice: Practice, signed_in: SignedIn) -> None:
    id_ = dead(practice)
    browser = signed_in()
    page = get(browser, "/envois")
    (article,) = page.texts("//article")
    assert "Dossier médical partagé (DMP)" in article
    assert "Le destinataire a refusé l’envoi, définitivement." in article
    assert "aucun dossier ouvert pour ce patient" in article
    answer = browser.post(f"/envois/{id_}/reprise", data={"marque": mark(browser)}, follow_redirects=True)
    page = Page(answer)
    assert "l’envoi reprend" in page.text("//div[@role='status']")
    assert page.find("//article") == []
    envelope = practice.composition.store.envelope(id_)
    assert envelope is not None
    assert envelope.state is State.QUEUED
    practice.deliver()
    assert practice.composition.store.envelopes_in((State.REFUSED,), 10) == []
    # Asked again, it says so again and does nothing.
    browser.post(f"/envois/{id_}/reprise", data={"marque": mark(browser)})
    assert len(practice.composition.store.attempts_of(id_)) == 3


def test_what_the_operator_answered_is_told_in_words(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    practice.deliver({**ACCEPTED, Destination.MSSANTE_PATIENT: Receipt(Outcome.REFUSED, "550 5.1.1")})
    (article,) = get(signed_in(), "/envois").texts("//article")
    assert "Réponse : boîte inconnue à cette adresse (550 5.1.1)." in article


def test_what_was_not_sent_again_is_not_told_to_be(practice: Practice, signed_in: SignedIn) -> None:
    id_ = dead(practice)
    assert get(signed_in(), f"/envois?repris={id_}").find("//div[@role='status']") == []


def test_what_can_never_arrive_has_no_button(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    practice.deliver(ALARM)
    page = get(signed_in(), "/envois")
    assert "Ne peut pas reprendre" in page.text("//article")
    assert page.find(FORMS) == []


def test_of_ones_own_acts_only_and_with_the_mark(practice: Practice, signed_in: SignedIn) -> None:
    id_ = dead(practice)
    stranger = signed_in(BENALI)
    assert get(stranger, "/envois").find("//article") == []
    marked = {"marque": str(get(stranger, "/envois").find("//input[@name='marque']")[0].get("value"))}
    assert stranger.post(f"/envois/{id_}/reprise", data=marked).status_code == 404
    assert stranger.post("/envois/none/reprise", data=marked).status_code == 404
    assert signed_in().post(f"/envois/{id_}/reprise").status_code == 403
    assert practice.app.test_client().get("/envois").headers["Location"] == "/connexion"
    assert len(practice.composition.store.attempts_of(id_)) == 1
