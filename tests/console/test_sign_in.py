"""Who comes in: the development sign-in, and what opens nothing."""

import pytest

from tests.console.page import SignedIn, get, mark
from tests.console.practice import Practice


@pytest.mark.parametrize("path", ["/", "/actes/x"])
def test_nobody_is_asked_who_they_are(practice: Practice, path: str) -> None:
    answer = practice.app.test_client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/connexion")


def test_sign_in_and_out(practice: Practice) -> None:
    browser = practice.app.test_client()
    page = get(browser, "/connexion")
    people = page.texts("//ul[@class='people']//strong")
    assert len(people) == 10
    assert people[0] == "Dr Nadia BENALI-FICTIF"
    chosen = page.find("//button[contains(., 'WEBER')]")[0].get("value")
    answer = browser.post("/connexion", data={"adhesion": chosen})
    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "99900" not in cookie
    assert "Dr Antoine WEBER-FICTIF" in get(browser, "/").text("header")
    browser.post("/deconnexion", data={"marque": mark(browser)})
    assert browser.get("/").headers["Location"] == "/connexion"


def test_a_délégué_is_told_that_these_pages_are_not_theirs(practice: Practice) -> None:
    page = get(practice.app.test_client(), "/connexion")
    assert "Vous êtes délégué ? Vous n’avez rien à y faire" in page.text("main")
    assert page.find("//main//a/@href") == ["/protocoles"]


def test_only_an_enrolled_delegator_signs_in(practice: Practice) -> None:
    answer = practice.app.test_client().post("/connexion", data={"adhesion": "99900002017"})
    assert answer.headers["Location"] == "/connexion"
    assert "Set-Cookie" not in answer.headers


def test_a_forged_cookie_is_nobody(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in()
    browser.set_cookie("binome-console", practice.composition.issuer.token("99900002017") + "x")
    assert browser.get("/").status_code == 303


def test_the_cookie_opens_no_interface(practice: Practice, signed_in: SignedIn) -> None:
    task = practice.tasks(practice.act())[0]["id"]
    answer = signed_in().post(f"/fhir/Task/{task}/$acknowledge")
    assert answer.status_code == 401


def test_a_bearer_token_opens_no_page(practice: Practice) -> None:
    token = practice.composition.issuer.token("99900002017")
    answer = practice.app.test_client().get("/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 303
