"""Acknowledging from the page: who may, what the form does, whose acts stay unseen."""

import pytest

from service.console.comment import LONGEST
from service.finding import found
from tests.console.page import ARTICLES, SignedIn, get, mark, read
from tests.console.practice import BENALI, Practice


def test_acknowledge(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in()
    practice.hand.forward(minutes=90)
    page = read(browser, act)
    assert "vous avez pris connaissance de l’acte de TEST-TILLEUL CAMILLE" in page.text("//*[@role='status']")
    assert "20 novembre 2026 à 12 h 30" in page.text("//*[@role='status']")
    assert page.text("title").startswith("Lecture enregistrée")
    assert not page.find(ARTICLES)
    assert "Lu le 20 novembre 2026 à 12 h 30" in page.text("//section[@class='lately']")
    assert [task["status"] for task in practice.tasks(act)] == ["completed"]


def test_the_form_answers_with_a_redirect(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in()
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?lu={act}")


def test_a_reorientation_is_done_whole_with_its_comment(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.reorientation()
    page = read(signed_in(), act, commentaire="Je rappelle\tle patient.\r\nCe soir.")
    assert not page.find(ARTICLES)
    tasks = practice.tasks(act)
    assert {task["code"]["coding"][0]["code"] for task in tasks} == {"acknowledge", "reorient"}
    assert {task["status"] for task in tasks} == {"completed"}
    assert {task["output"][0]["valueString"] for task in tasks} == {"Je rappelle le patient.\nCe soir."}


def test_twice_is_once(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in()
    read(browser, act)
    proofs = found(practice.composition.store, "Provenance", [("target", "Procedure", act)])
    page = read(browser, act)
    assert page.status == 200
    assert len(found(practice.composition.store, "Provenance", [("target", "Procedure", act)])) == len(proofs)


def test_read_last_comes_first(practice: Practice, signed_in: SignedIn) -> None:
    first = practice.act(performed={"start": "2026-11-20T08:00:00+01:00"})
    practice.hand.forward(minutes=1)
    second = practice.act(performed={"start": "2026-11-20T09:00:00+01:00"})
    browser = signed_in()
    for act in (second, first):
        practice.hand.forward(minutes=1)
        page = read(browser, act)
    told = page.texts("//section[@class='lately']//li")
    assert ["à 8 h 00" in told[0], "à 9 h 00" in told[1]] == [True, True]


@pytest.mark.parametrize("form", [{}, {"marque": ""}, {"marque": "0" * 64}, {"marque": "é"}])
def test_a_form_of_somebody_else(practice: Practice, signed_in: SignedIn, form: dict[str, str]) -> None:
    act = practice.act()
    answer = signed_in().post(f"/actes/{act}/lecture", data=form)
    assert answer.status_code == 403
    assert practice.tasks(act)[0]["status"] == "requested"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site(practice: Practice, signed_in: SignedIn, site: str) -> None:
    act = practice.act()
    browser = signed_in()
    header = {"Sec-Fetch-Site": site}
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser)}, headers=header)
    assert answer.status_code == 403
    assert practice.app.test_client().post("/connexion", headers=header).status_code == 403


@pytest.mark.parametrize(
    ("written", "given_back", "fault"),
    [
        (
            "a" * (LONGEST + 1),
            "a" * (LONGEST + 1),
            "Un commentaire tient en 2000 caractères ; celui-ci en compte 2001.",
        ),
        ("Vu 👍 merci", "Vu 👍 merci", "Ces caractères ne peuvent pas être écrits dans la trace : 👍"),
        ("il\x07 sonne\x00", "il sonne", "Il y avait des caractères invisibles"),
        ("\u202e<b>à l’envers</b>", "<b>à l’envers</b>", "Il y avait des caractères invisibles"),
    ],
)
def test_a_comment_that_cannot_be_kept_is_given_back(
    practice: Practice, signed_in: SignedIn, written: str, given_back: str, fault: str
) -> None:
    act = practice.act()
    page = read(signed_in(), act, commentaire=written)
    assert page.status == 422
    assert page.text("title").startswith("Erreur – Acte du")
    assert fault in page.text("//*[@role='alert']")
    [field] = page.find("//textarea[@name='commentaire']")
    assert field.text.removeprefix("\n") == given_back
    assert field.get("aria-invalid") == "true"
    assert fault in page.text(f"//*[@id='{field.get('aria-describedby')}']")
    assert page.find("//details[@open]//textarea")
    assert practice.tasks(act)[0]["status"] == "requested"


def test_what_is_given_back_may_be_sent_again(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in()
    [field] = read(browser, act, commentaire="il\x07 sonne").find("//textarea[@name='commentaire']")
    assert read(browser, act, commentaire=field.text).status == 200
    assert practice.tasks(act)[0]["output"][0]["valueString"] == "il sonne"


def test_a_comment_on_what_is_not_ones_own(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in(BENALI)
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser), "commentaire": "\x07"})
    assert answer.status_code == 404


def test_another_delegator_sees_nothing(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    browser = signed_in(BENALI)
    assert not get(browser, "/").find(ARTICLES)
    page = get(browser, f"/actes/{act}")
    assert page.status == 404
    assert "TILLEUL" not in page.text()
    assert read(browser, act).status == 404
    assert practice.tasks(act)[0]["status"] == "requested"
    assert not get(browser, f"/?lu={act}").find("//*[@role='status']")
