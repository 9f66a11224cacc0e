"""The list of what is to be read: newest first, in pages, with where each report has got to."""

import pytest

from service.console import reading
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from tests.console.page import ARTICLES, SignedIn, get
from tests.console.practice import ACCEPTED, BUSY, Practice


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
        "votre MSSanté : confié à l’opérateur",
        "messagerie du patient : refusé",
    ]
