"""What the patient was told and decided, on the pages: information, withdrawal, what is no longer sent, who takes over."""

from service.demonstration import records
from tests.console.practice import FOLDER, Practice
from tests.console.test_pages import SignedIn, get, mark

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
    assert browser.post(f"/departs/{task['id']}/lecture", data={"marque": mark(browser)}).status_code == 404
    assert browser.post("/departs/inconnu/lecture", data={"marque": mark(browser)}).status_code == 404
