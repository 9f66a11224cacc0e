"""The trace of an act: every link of it, and what became of an act that was corrected or entered in error."""

import pytest

from service.console import words
from service.demonstration import records
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from service.store import Store
from tests.console.page import ARTICLES, Page, SignedIn, events, get, mark, read
from tests.console.practice import ACCEPTED, BUSY, FOLDER, Practice


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
