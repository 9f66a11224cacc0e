"""The page of a team's members, and what a délégant reads of an act whose délégant is away."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pikepdf
from flask.testing import FlaskClient

from service.life.supervision import Supervision, Told
from tests.console.page import Page, get, mark
from tests.console.practice import BENALI, WEBER, Practice
from tests.intake.absences import ARRANGED, AWAY, NOW_AND_THEN, named, record_of

SignedIn = Callable[..., FlaskClient]
LUCIE = "99900001019"


def section(page: Page, name: str) -> str:
    return page.text(f"//section[@aria-labelledby='{name}']")


def enrol(practice: Practice, rpps: str, **changes: Any) -> None:
    practice.post("enrolments", record_of(rpps) | changes)


def test_nobody_is_asked_who_they_are(practice: Practice) -> None:
    browser = practice.app.test_client()
    assert browser.get("/equipe/membres").headers["Location"] == "/connexion"
    assert browser.get("/equipe/membres/x/formations/1.pdf").headers["Location"] == "/connexion"


def test_what_is_not_known_is_to_be_looked_into(practice: Practice, signed_in: SignedIn) -> None:
    page = get(signed_in(), "/equipe/membres")
    told = section(page, "joindre")
    assert told.count("à vérifier") == 10
    assert "pas joignable" not in told
    assert " : joignable" not in told
    assert "Délai maximal de réponse : non convenu" in told
    row = page.text("//tbody/tr[11]")
    assert "Lucie MOREL-FICTIF" in row
    assert "à valider" in row
    assert "durée à valider · formateur : à valider" in row


def test_what_was_told_is_read(practice: Practice, signed_in: SignedIn) -> None:
    practice.post("teams", ARRANGED)
    enrol(practice, WEBER, absences=[AWAY], substitutes=[named(BENALI)], engaged_on="2026-08-30")
    enrol(practice, BENALI, absences=[NOW_AND_THEN])
    page = get(signed_in(), "/equipe/membres")
    told = section(page, "joindre")
    assert "Qui joindre, le 20 novembre 2026 à 11 h 00" in told
    assert "Dr Antoine WEBER-FICTIF : pas joignable (absent)" in told
    assert "À défaut, Dr Nadia BENALI-FICTIF : à vérifier (absence dont les dates ne sont pas connues)" in told
    assert told.count(" : joignable téléphone 04 65 71 00 01") + told.count(" : joignable messagerie") == 8
    assert "Délai maximal de réponse : 30 minutes." in told
    weber = next(row for row in page.texts("//tbody/tr") if "WEBER" in row)
    assert "30 août 2026 Congés : du 16 novembre 2026 au 29 novembre 2026" in weber
    assert "Remplacé par Dr Nadia BENALI-FICTIF" in weber
    evening = section(get(signed_in(), "/equipe/membres?a=2026-11-20T20:00"), "joindre")
    assert "Personne n’est joignable à ce moment." in evening
    assert get(signed_in(), "/equipe/membres?a=hier").status == 422


def test_the_attestation_of_a_member_is_the_teams_and_nobody_elses(practice: Practice, signed_in: SignedIn) -> None:
    page = get(signed_in(), "/equipe/membres")
    (link,) = [one.get("href") for one in page.find("//tbody/tr[11]//a")]
    answer = signed_in().get(link)
    assert answer.mimetype == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.get_data())) as document:
        assert len(document.pages) == 1
    assert signed_in().get(link.replace("/1.pdf", "/2.pdf")).status_code == 404
    elsewhere = record_of("99900001019") | {"identifier": "AILLEURS", "rpps": "99900003015", "family": "SEULE-FICTIF"}
    structure = elsewhere["structure"] | {"finess": "380999982", "name": "MSP DU HAMEAU (FICTIVE)"}
    written = practice.post("enrolments", elsewhere | {"structure": structure})["resources"]
    theirs = next(one for one in written if one.startswith("PractitionerRole/")).split("/")[1]
    assert signed_in().get(f"/equipe/membres/{theirs}/formations/1.pdf").status_code == 404
    assert practice.app.test_client().get(f"/records/enrolments/{theirs}/trainings/1/attestation").status_code == 200


def test_who_stands_in_reads_the_act_and_the_délégant_still_sees_it(practice: Practice, signed_in: SignedIn) -> None:
    enrol(practice, WEBER, absences=[AWAY], substitutes=[named(BENALI)])
    act = practice.act()
    for rpps in (WEBER, BENALI):
        assert "Le délégant est absent : adressée à un remplaçant." in get(signed_in(rpps), "/").text("article")
    browser = signed_in(BENALI)
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser)})
    assert answer.status_code == 303
    trace = get(signed_in(WEBER), f"/actes/{act}").text("//section[@aria-labelledby='trace']")
    assert "Lecture adressée à un autre que le délégant Le délégant est absent : adressée à un remplaçant." in trace
    assert "Pris connaissance Dr Nadia BENALI-FICTIF" in trace
    assert "À faire" not in trace


def test_what_is_the_whole_teams_is_each_délégants(practice: Practice, signed_in: SignedIn) -> None:
    enrol(practice, WEBER, absences=[AWAY])
    act = practice.act()
    assert "1 tâche sans réponse est adressée à toute l’équipe." in section(
        get(signed_in(), "/equipe/membres"), "joindre"
    )
    trace = get(signed_in(BENALI), f"/actes/{act}").text("//section[@aria-labelledby='trace']")
    assert "À faire : lire l’acte Date limite. Tous les délégants de l’équipe" in trace
    browser = signed_in(BENALI)
    assert browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser)}).status_code == 303
    assert "tâche sans réponse" not in section(get(signed_in(), "/equipe/membres"), "joindre")


def test_who_is_suspended_and_since_when(practice: Practice, signed_in: SignedIn) -> None:
    before = record_of(LUCIE)
    assert "suspendue" not in get(signed_in(), "/equipe/membres").text("main")
    enrol(practice, LUCIE, status="suspended", period=before["period"] | {"end": "2026-11-15"})
    enrol(practice, BENALI, status="suspended")
    page = get(signed_in(), "/equipe/membres")
    told = section(page, "joindre")
    assert "Non proposé : Dr Nadia BENALI-FICTIF, adhésion suspendue, date non dite" in told
    assert "MOREL" not in told
    rows = page.texts("//tbody/tr")
    assert "suspendue depuis le 16 novembre 2026" in next(row for row in rows if "MOREL" in row)
    assert "suspendue date non dite" in next(row for row in rows if "BENALI" in row)
    assert sum("suspendue" in row for row in rows) == 2


def test_a_suspended_délégant_is_named_with_the_day(practice: Practice, signed_in: SignedIn) -> None:
    before = record_of(BENALI)
    enrol(practice, BENALI, status="suspended", period=before["period"] | {"end": "2026-11-19"})
    sentence = "Non proposé : Dr Nadia BENALI-FICTIF, adhésion suspendue depuis le 20 novembre 2026"
    assert sentence in section(get(signed_in(), "/equipe/membres"), "joindre")


def test_what_an_authority_suspended_is_told_to_the_team(practice: Practice, signed_in: SignedIn) -> None:
    composition = practice.composition
    both = Supervision(
        store=composition.store, catalogue=composition.catalogue, clock=composition.clock, ids=composition.ids
    )
    told = Told(
        day=dt.date(2026, 11, 10), authority="ARS (fictive)", reason="Motif (fictif)", source="Décision 1 (fictive)"
    )
    both.suspend("pc-torsion-cheville", told, "380999990")
    sentence = "Mise en œuvre suspendue depuis le 10 novembre 2026 dans CPTS DES TILLEULS (FICTIVE), FINESS 380999990,"
    for path in ("/equipe/membres", "/equipe"):
        assert sentence in get(signed_in(), path).text("main"), path
    for path in ("/equipe/membres?a=2026-11-09T12:00", "/equipe?date=2026-11-09"):
        assert sentence not in get(signed_in(), path).text("main"), path
