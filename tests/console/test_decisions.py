"""What the patient was told and decided, on the pages: information, withdrawal, what is no longer sent, who takes over."""

from typing import get_args

from mappings.domain.adverse import EventOutcome, Nature, Seriousness
from service.console import adverse
from service.demonstration import records
from tests.console.page import SignedIn, get, mark
from tests.console.practice import FOLDER, Practice

TIMELINE = "//ol[@class='timeline']"


def withdraw(practice: Practice) -> None:
    said = {"decision": "withdrawn", "withdrawn_at": "2026-11-20T10:30:00+01:00"}
    practice.post("consents", records("consents", FOLDER)[0] | said)


def inform(practice: Practice) -> None:
    told = {"informed_by_rpps": "99900001019", "notice": "pc-torsion-cheville|2026.1"}
    practice.post("consents", records("consents", FOLDER)[0] | told)


def test_the_information_given_opens_the_trace(practice: Practice, signed_in: SignedIn) -> None:
    inform(practice)
    page = get(signed_in(), f"/actes/{practice.act()}")
    assert page.texts(f"{TIMELINE}//h3")[0] == "Information donnée au patient"
    told = page.text(f"{TIMELINE}/li[1]")
    assert "Notice : pc-torsion-cheville, version 2026.1. Par le professionnel RPPS 99900001019." in told


def test_a_withdrawal_is_told_where_it_ended_something(practice: Practice, signed_in: SignedIn) -> None:
    act, browser = practice.act(), signed_in()
    withdraw(practice)
    page = get(browser, f"/actes/{act}")
    told = page.text(f"{TIMELINE}/li[h3[contains(., 'retiré')]]")
    assert "Consentement aux soins délégués retiré" in told
    assert "Les actes accomplis avant restent couverts" in told
    calls = page.texts(f"{TIMELINE}/li[h3[contains(., 'Envoi annulé')]]")
    assert len(calls) == 3
    assert all("Le patient a retiré son consentement aux soins délégués" in call for call in calls)
    assert "saisi par erreur" not in page.text("main")


def test_the_delegator_takes_note_of_a_departure(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    browser = signed_in()
    assert get(browser, "/").find("//section[@aria-labelledby='sortis']") == []
    withdraw(practice)
    page = get(browser, "/")
    told = page.text("//section[@aria-labelledby='sortis']")
    assert "TEST-TILLEUL" in told
    assert "Le patient a retiré son consentement aux soins délégués." in told
    assert len(page.find("//article")) == 1, "the act is still to be read"
    (action,) = page.find("//section[@aria-labelledby='sortis']//form/@action")
    assert browser.post(str(action), data={"marque": mark(browser)}).status_code == 303
    assert get(browser, "/").find("//section[@aria-labelledby='sortis']") == []
    # It is nobody else's to take note of.
    other = signed_in("99900002025")
    assert other.post(str(action), data={"marque": mark(other)}).status_code == 404


def test_an_act_is_no_departure(practice: Practice, signed_in: SignedIn) -> None:
    act, browser = practice.act(), signed_in()
    (task,) = practice.tasks(act)
    assert browser.post(f"/appels/{task['id']}/lecture", data={"marque": mark(browser)}).status_code == 404
    assert browser.post("/appels/inconnu/lecture", data={"marque": mark(browser)}).status_code == 404


def test_a_serious_event_calls_the_delegator_and_stands_in_the_trace(practice: Practice, signed_in: SignedIn) -> None:
    act, browser = practice.act(identifier="ACTE-EI"), signed_in()
    event = records("adverse-events", FOLDER)[0] | {"act": "ACTE-EI"}
    practice.post("adverse-events", event | {"identifier": "EI-BROUILLON", "status": "draft", "text": "À vérifier."})
    practice.post("adverse-events", event | {"seriousness": "hospitalization"})
    told = get(browser, "/").text("//section[@aria-labelledby='evenements']")
    assert "TEST-TILLEUL" in told
    assert "à analyser et à déclarer sans délai" in told
    page = get(browser, f"/actes/{act}")
    told = page.text(f"{TIMELINE}/li[h3[contains(., 'indésirable')]]")
    assert "Événement indésirable grave, ayant entraîné une hospitalisation" in told
    assert "Nature : clinique." in told
    assert "Issue : en voie de rétablissement." in told
    assert "À vérifier" not in page.text("main"), "a draft is its author's alone"
    (action,) = get(browser, "/").find("//section[@aria-labelledby='evenements']//form/@action")
    assert browser.post(str(action), data={"marque": mark(browser)}).status_code == 303
    assert get(browser, "/").find("//section[@aria-labelledby='evenements']") == []


def test_every_choice_of_an_event_has_words() -> None:
    assert set(adverse._NATURES) == set(get_args(Nature))
    assert set(adverse._SERIOUSNESS) == set(get_args(Seriousness)) - {"non-serious"}
    assert set(adverse._OUTCOMES) == set(get_args(EventOutcome)) - {""}
