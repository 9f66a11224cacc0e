"""The pages from request to words: who sees what, what a form does, what is never shown."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.console import reading, words
from service.console.pages import LONGEST_COMMENT
from service.console.reading import Desk
from service.demonstration import records
from service.finding import found
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from service.store import Overloaded, Store, Unconfirmed
from tests.console.page import Page, get, mark
from tests.console.practice import ACCEPTED, BENALI, FOLDER, Practice

SignedIn = Callable[..., FlaskClient]
ARTICLES = "//article"


def read(browser: FlaskClient, act: str, **form: str) -> Page:
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser), **form}, follow_redirects=True)
    return Page(answer)


# ── who comes in ──


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


# ── the list ──


def test_empty(signed_in: SignedIn) -> None:
    page = get(signed_in(), "/")
    assert "Rien à lire." in page.text("main")
    assert not page.find(ARTICLES)


def test_one_act(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    page = get(signed_in(), "/")
    told = page.text(ARTICLES)
    for said in (
        "TEST-TILLEUL CAMILLE",
        "née le 14 avril 1992, 34 ans · nom utilisé : TEST-SAULE CAMILLE",
        "20 novembre 2026 à 10 h 05",
        "torsion de la cheville : examen et diagnostic d’entorse",
        "Conclusion du délégué : Entorse de la cheville",
        "Mme Lucie MOREL-FICTIF masseur-kinésithérapeute",
        "Torsion de cheville, version 2026.1",
        "À lire avant le 27 novembre 2026 à 11 h 00",
        "DMP : en attente d’envoi",
        "votre MSSanté : en attente d’envoi",
    ):
        assert said in told
    assert page.find("//article//time")[1].get("datetime") == "1992-04-14"
    assert page.find("//article//time")[0].get("datetime") == "2026-11-20T10:05:00+01:00"
    assert "1 acte attend votre prise de connaissance." in page.text("main")


def test_newest_first_and_reorientations_said(practice: Practice, signed_in: SignedIn) -> None:
    practice.act(conclusion="Troisième.", performed={"start": "2026-11-20T10:50:00+01:00"})
    practice.hand.forward(minutes=5)
    practice.reorientation(performed={"start": "2026-11-20T10:30:00+01:00"})
    practice.hand.forward(minutes=5)
    practice.act(conclusion="Premier, enregistré tard.", performed={"start": "2026-11-19T18:00:00+01:00"})
    page = get(signed_in(), "/")
    articles = page.texts(ARTICLES)
    assert ["Troisième." in articles[0], "Premier, enregistré tard." in articles[2]] == [True, True]
    assert "Réorientation vers vous – motif : aggravation" in articles[1]
    assert "(acte non réalisé)" in articles[1]
    assert "Réorientation" not in articles[0] + articles[2]
    assert "3 actes attendent votre prise de connaissance, dont 1 réorientation." in page.text("main")


def test_older_acts_on_the_next_page(practice: Practice, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(3):
        practice.hand.forward(minutes=1)
        practice.act(conclusion=f"Numéro {number}.")
    browser = signed_in()
    first = get(browser, "/")
    older = first.find("//a[text()='Actes plus anciens']")[0].get("href")
    assert [len(first.find(ARTICLES)), "Numéro 2." in first.text(ARTICLES)] == [2, True]
    second = get(browser, older)
    assert [len(second.find(ARTICLES)), "Numéro 0." in second.text(ARTICLES)] == [1, True]
    assert "99900" not in older


def test_late_is_said(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    practice.hand.forward(days=8)
    assert "27 novembre 2026 à 11 h 00 en retard" in get(signed_in(), "/").text(ARTICLES)


def test_deliveries_in_brief(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    practice.deliver(
        {**ACCEPTED, Destination.MSSANTE_PATIENT: Receipt(Outcome.REFUSED, "550 5.1.1"), Destination.DMP: BUSY}
    )
    assert get(signed_in(), "/").texts("//ul[@class='deliveries']/li") == [
        "DMP : nouvel essai prévu",
        "votre MSSanté : remis",
        "messagerie du patient : refusé",
    ]


BUSY = Receipt(Outcome.UNREACHABLE, "XDSRepositoryBusy")


# ── acknowledging ──


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


@pytest.mark.parametrize(("comment", "status"), [("a" * (LONGEST_COMMENT + 1), 413), ("sonne\x07", 422)])
def test_a_comment_that_cannot_be_kept(practice: Practice, signed_in: SignedIn, comment: str, status: int) -> None:
    act = practice.act()
    page = read(signed_in(), act, commentaire=comment)
    assert page.status == status
    assert "Rien n’a été enregistré" in page.text("main")
    assert practice.tasks(act)[0]["status"] == "requested"


# ── somebody else's acts ──


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


# ── the trace ──


def events(page: Page) -> list[str]:
    return page.texts("//ol[@class='timeline']/li")


def test_the_trace_names_every_link(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    practice.deliver({**ACCEPTED, Destination.DMP: BUSY})
    practice.hand.forward(minutes=10)
    practice.deliver()
    browser = signed_in()
    read(browser, act, commentaire="Vu.")
    page = get(browser, f"/actes/{act}")
    told = events(page)
    titles = page.texts("//ol[@class='timeline']//h3")
    assert titles[:6] == [
        "Information donnée au patient",
        "Consentement aux soins délégués donné",
        "Inclusion dans le protocole",
        "Acte réalisé",
        "Acte enregistré",
        "Compte rendu scellé",
    ]
    assert {title.removeprefix("Envoi, tentative 1 : ") for title in titles[6:9]} == {
        name for destination, name in words.DESTINATIONS.items() if destination is not Destination.PDSM
    }
    assert titles[9:] == ["Envoi, tentative 2 : Dossier médical partagé (DMP)", "Pris connaissance"]
    (busy,) = [one for one in told if "XDSRepositoryBusy" in one]
    assert "Mme Lucie MOREL-FICTIF, pour le compte du Dr Antoine WEBER-FICTIF" in told[4]
    assert "Binôme (logiciel), pour le compte de la structure CPTS DES TILLEULS (FICTIVE)" in busy
    assert "rien n’a été remis. Réponse : entrepôt occupé. XDSRepositoryBusy" in busy
    assert "Le dossier partagé a enregistré le document." in told[9]
    assert "Commentaire : « Vu. » Dr Antoine WEBER-FICTIF" in told[10]
    assert all("Protocole version 2026.1 · consentement version 1" in one for one in told[2:])
    for position in (4, 10):
        assert "de la chaîne de CPTS DES TILLEULS (FICTIVE) : recalculée à l’instant, intacte" in told[position]
    assert "Douleur (0 à 10) 6 / 10" in page.text("//section[@aria-labelledby='compte-rendu']")
    assert "Vous avez pris connaissance de cet acte" in page.text("main")


def test_the_identifiers_hold_no_address(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    practice.deliver()
    page = get(signed_in(), f"/actes/{act}")
    told = page.text("//details[@class='identifiers']")
    (envelope, *_) = practice.composition.store.envelopes_of(f"Procedure/{act}/_history/1")
    document = practice.composition.store.document(envelope.document_id)
    assert document is not None
    assert document.unique_id in told
    assert envelope.submission_id in told
    assert "Message-ID <" in told
    assert "292043899900158" not in page.text()


def test_what_is_still_to_do(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.reorientation()
    page = get(signed_in(), f"/actes/{act}")
    told = " / ".join(events(page))
    assert "Examen fait, acte non réalisé" in told
    assert "À faire : prendre en compte la réorientation (aggravation)" in told
    assert "À faire : lire l’acte" in told
    assert page.find("//button[contains(., 'J’ai pris connaissance')]")


def test_a_delivery_given_to_the_structure(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    practice.deliver({**ACCEPTED, Destination.DMP: Receipt(Outcome.REFUSED, "XDSUnknownPatientId")})
    page = get(signed_in(), f"/actes/{act}")
    assert any("Envoi confié à la structure Le destinataire a refusé" in one for one in events(page))
    assert "Dossier médical partagé (DMP) refusé" in page.text("//ul[@class='shipments']")


def test_an_act_that_goes_nowhere(practice: Practice, signed_in: SignedIn) -> None:
    consent = records("consents", FOLDER)[0]
    nowhere = {"dmp": False, "patient_mailbox": False, "professional_mailbox": False}
    practice.post("consents", {**consent, "sharing": nowhere})
    act = practice.act()
    browser = signed_in()
    assert "Compte rendu aucun envoi" in get(browser, "/").text(ARTICLES)
    assert get(browser, f"/actes/{act}").texts("//ul[@class='shipments']/li/p") == ["aucun envoi"] * 3


def test_a_proof_that_no_longer_holds(practice: Practice, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    act = practice.act()
    monkeypatch.setattr(Store, "proved", lambda *_: [False])
    assert "ne correspond plus à ce qui est enregistré" in get(signed_in(), f"/actes/{act}").text("main")


# ── what no page does ──


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
        assert "Identités de développement – données fictives." in page.text("//p[@class='notice']")
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


# ── refusals ──


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


# ── an act entered in error ──


def in_error(practice: Practice, act: str, **changes: object) -> None:
    client = practice.app.test_client()
    body = {**client.get(f"/fhir/Procedure/{act}").json, "status": "entered-in-error", **changes}
    answer = client.put(f"/fhir/Procedure/{act}", json=body, content_type="application/fhir+json")
    assert answer.status_code == 200, answer.text


def test_an_act_in_error_is_no_longer_to_be_read(practice: Practice, signed_in: SignedIn) -> None:
    kept, act = practice.act(), practice.act()
    browser = signed_in()
    in_error(practice, act, note=[{"text": "Entorse de la cheville ; radiographie demandée."}, {"text": "Doublon."}])
    assert len(get(browser, "/").find(ARTICLES)) == 1
    page = get(browser, f"/actes/{act}")
    assert "Acte annulé : saisi par erreur" in page.text("//p[@class='in-error']")
    assert page.find("//form[@class='reading']") == []
    assert "À lire avant le" not in page.text("//header[@class='act-title']")
    assert "acte non réalisé" not in page.text("//header[@class='act-title']")
    events = page.texts("//ol[@class='timeline']//h3")
    assert events[-4] == "Acte annulé : saisi par erreur"
    assert set(events[-3:]) == {
        f"Envoi annulé : {name}" for place, name in words.DESTINATIONS.items() if place is not Destination.PDSM
    }
    told = page.text("//ol[@class='timeline']/li[last()-3]")
    assert "Motif : « Doublon. »" in told
    assert "Logiciel de la structure" in told
    assert "recalculée à l’instant, intacte" in told
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser)})
    assert answer.status_code == 409
    assert "il n’y a plus à en prendre connaissance" in Page(answer).text("main")
    assert len(get(browser, "/").find(ARTICLES)) == 1
    assert get(browser, f"/actes/{kept}").find("//p[@class='in-error']") == []


def test_an_act_read_then_in_error_says_both(practice: Practice, signed_in: SignedIn) -> None:
    act, browser = practice.act(), signed_in()
    practice.deliver()
    read(browser, act)
    practice.hand.forward(minutes=5)
    in_error(practice, act)
    assert "acte annulé : saisi par erreur" in get(browser, "/").text("//section[@aria-labelledby='lus']")
    page = get(browser, f"/actes/{act}")
    assert "Vous avez pris connaissance de cet acte" in page.text("//header[@class='act-title']")
    assert "Acte annulé : saisi par erreur" in page.text("//header[@class='act-title']")
    duty = page.text("//ol[@class='timeline']/li[h3[contains(., 'Retrait du compte rendu')]]")
    assert "dossier médical partagé" in duty
    # The mailboxes are told, beside what they were sent.
    assert page.text("main").count("annulation : en attente d’envoi") == 2
    practice.deliver()
    assert get(browser, f"/actes/{act}").text("main").count("annulation : transmise") == 2


def test_a_corrected_act_tells_its_versions(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    practice.deliver()
    client = practice.app.test_client()
    body = {**client.get(f"/fhir/Procedure/{act}").json, "note": [{"text": "Conclusion corrigée."}]}
    why = {"X-Provenance": '{"resourceType": "Provenance", "reason": [{"text": "Erreur de saisie."}]}'}
    assert client.put(f"/fhir/Procedure/{act}", json=body, headers=why).status_code == 200
    practice.deliver({**ACCEPTED, Destination.DMP: Receipt(Outcome.UNREACHABLE, "XDSRepositoryBusy")})
    page = get(signed_in(), f"/actes/{act}")
    told = " / ".join(events(page))
    assert "Acte enregistré" in told
    assert "Acte corrigé : version 2 Motif : « Erreur de saisie. »" in told
    assert "Compte rendu scellé, version 1" in told
    assert "Compte rendu scellé, version 2" in told
    assert "Envoi de la nouvelle version, tentative 1 : Messagerie" in told
    shipments = page.text("//ul[@class='shipments']")
    assert "Dossier médical partagé (DMP), version 1 déposé" in shipments
    assert "Dossier médical partagé (DMP), version 2 nouvel essai" in shipments
    assert "Conclusion corrigée." in page.text("//section[@aria-labelledby='compte-rendu']")
