"""What no page does: look up what is no id, take words for markup, break the house rules; and how it refuses."""

import pytest

from service.console.reading import Desk
from service.store import Overloaded, Store, Unconfirmed
from tests.console.page import SignedIn, get, read
from tests.console.practice import Practice


@pytest.mark.parametrize("value", ["%00", "a%2Fb", "%F0%9F%92%A9", "a" * 65])
def test_what_is_no_id_is_never_looked_up(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    asked: list[object] = []
    search = Store.search
    monkeypatch.setattr(Store, "search", lambda *a, **k: asked.append((a[1:], k)) or search(*a, **k))
    browser = signed_in()
    plain = browser.get("/").data
    expected = repr(asked)
    asked.clear()
    assert browser.get(f"/?lu={value}&apres={value}").data == plain
    assert repr(asked) == expected
    assert browser.get(f"/actes/{value}").status_code == 404


def test_hostile_words_stay_words(practice: Practice, signed_in: SignedIn) -> None:
    hostile = '<script>alert(1)</script> & "><img src=x onerror=alert(1)>'
    act = practice.act(conclusion=hostile)
    browser = signed_in()
    waiting = get(browser, "/")
    done = read(browser, act, commentaire=hostile)
    trace = get(browser, f"/actes/{act}")
    for page in (waiting, done, trace):
        assert not page.find("script") + page.find("img")
    assert hostile in waiting.text("main")
    assert trace.text("main").count(hostile) == 2


def test_every_page_keeps_the_house_rules(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.reorientation()
    practice.deliver()
    browser = signed_in()
    for path in ("/", f"/actes/{act}", "/connexion", "/nulle-part"):
        page = get(browser, path)
        assert page.find("html")[0].get("lang") == "fr"
        assert "Identités de développement – données fictives." in page.text("//aside[@class='notice']")
        assert len(page.find("h1")) == 1
        assert not page.find("script") + page.find("style")
        assert not page.find("//@*[starts-with(name(), 'on')] | //@style")
        assert "script-src" not in page.response.headers["Content-Security-Policy"]
        assert page.response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert page.response.headers["Cache-Control"] == "no-store"
        ids = page.find("//@id")
        assert len(ids) == len(set(ids))
        assert all(page.find(f"//*[@id='{name}']") for name in page.find("//label/@for"))
        assert not [address for address in page.find("//@href | //@action") if "99900" in address or "TEST" in address]


def test_what_leaves_and_what_comes_stand_side_by_side(signed_in: SignedIn) -> None:
    """Then the team and the protocols, which are not a day's work."""
    links = get(signed_in(), "/").texts("//nav[@aria-label='Navigation principale']/a")
    assert links == ["Actes à lire", "Envois non remis", "Messages reçus", "Équipe", "Protocoles"]


def test_two_acts_of_a_day_have_two_titles(practice: Practice, signed_in: SignedIn) -> None:
    early = practice.act()
    late = practice.reorientation(performed={"start": "2026-11-20T09:20:00+01:00"})
    browser = signed_in()
    titles = [get(browser, f"/actes/{act}").text("title") for act in (early, late)]
    assert len(set(titles)) == 2, titles
    assert not any("TEST" in title for title in titles)


def test_a_page_that_cannot_be_shown_does_not_speak_of_recording(signed_in: SignedIn) -> None:
    page = get(signed_in(), "/equipe?date=hier")
    assert (page.status, page.text("h1")) == (422, "Cette page ne peut pas être montrée")
    assert page.text("main").startswith("Cette page ne peut pas être montrée Cette date n’en est pas une.")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/nulle-part", "text/html"),
        ("/actes/x/y", "text/html"),
        ("/static/rien.css", "text/html"),
        ("/fhir/x/y/z/t", "application/fhir+json"),
        ("/records/x", "application/fhir+json"),
        ("/healthz/x", "application/fhir+json"),
    ],
)
def test_unknown_addresses(practice: Practice, path: str, kind: str) -> None:
    answer = practice.app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (404, kind)


def test_a_method_that_is_not_admitted(practice: Practice) -> None:
    client = practice.app.test_client()
    assert (client.post("/").status_code, client.post("/").mimetype) == (405, "text/html")
    assert client.delete("/fhir/metadata").mimetype == "application/fhir+json"


@pytest.mark.parametrize(
    ("failure", "status"),
    [(RuntimeError("CAMILLE"), 500), (Unconfirmed("CAMILLE"), 503), (Overloaded("CAMILLE"), 429)],
)
def test_a_failure_says_nothing_of_what_it_held(
    practice: Practice,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    status: int,
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Desk, "waiting", fail)
    monkeypatch.setattr(Store, "bearers", fail)  # the store is down: the page stands without the reader's name
    page = get(signed_in(), "/")
    assert (page.status, page.response.mimetype) == (status, "text/html")
    assert "CAMILLE" not in page.text() + caplog.text
    assert ("Incident" in page.text("main")) == (status == 500)


def test_the_address_of_a_form_leads_back_to_its_page(practice: Practice, signed_in: SignedIn) -> None:
    """Typed again, or reloaded after an answer: whatever takes a form and is no page itself."""
    act = practice.act()
    browser, rules = signed_in(), practice.app.url_map.iter_rules()
    forms = [rule.rule for rule in rules if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ())]
    pages = practice.app.url_map.bind("")
    taken = [form.replace("<logical_id:id_>", act) for form in forms]
    taken = [path for path in taken if path != "/connexion" and not pages.test(path, "GET")]
    assert len(taken) >= 5
    for path in taken:
        answer = browser.get(f"{path}?secret=x")
        above = answer.headers["Location"]
        assert (answer.status_code, path.startswith(above), "?" in above) == (303, True, False)
        assert browser.get(above).status_code == 200
    assert browser.get(f"/actes/{act}/lecture").headers["Location"] == f"/actes/{act}"
    assert browser.get("/fhir/Patient/x/$acknowledge").status_code in (404, 405)
