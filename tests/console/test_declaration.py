"""The page « Déclaration de l’équipe »: what a délégant reads there, in words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mappings.records.dossier import declaration_from_dossier
from service.clock import random_identifiers
from service.declarations import Keeping
from service.intake.knowledge import Readings
from tests.console.page import Page, get
from tests.console.practice import BENALI, Practice
from tests.declarations.scene import FORM, NEWCOMERS, enrolment, line, lines, lodged, team

SignedIn = Callable[..., FlaskClient]


def declare(practice: Practice, node: dict[str, Any]) -> None:
    declared = declaration_from_dossier(node, FORM, practice.composition.catalogue)
    assert declared is not None
    Keeping(store=practice.composition.store, clock=practice.hand, ids=random_identifiers, readings=Readings()).keep(
        declared
    )


def section(page: Page, name: str) -> str:
    return page.text(f"//section[@aria-labelledby='{name}']")


def test_nobody_is_asked_who_they_are(practice: Practice) -> None:
    assert practice.app.test_client().get("/equipe").headers["Location"] == "/connexion"


def test_a_team_that_nobody_declared(practice: Practice, signed_in: SignedIn) -> None:
    act = practice.act()
    page = get(signed_in(), "/equipe")
    assert page.status == 200
    assert page.text("h1") == "Déclaration de l’équipe"
    assert page.text("//nav/a[@aria-current]") == "Équipe"
    told = section(page, "ecart")
    assert "Aucune déclaration n’est en vigueur à cette date." in told
    assert "20 professionnels actifs restent à déclarer." in told
    assert section(page, "liste") == ""
    assert "aucune déclaration en vigueur ce jour-là" in section(page, "sans")
    assert page.find(f"//section[@aria-labelledby='sans']//a[@href='/actes/{act}']")
    # Another délégant of the team sees that there is one, and does not open what is not theirs.
    theirs = get(signed_in(BENALI), "/equipe")
    assert section(theirs, "sans") == section(page, "sans")
    assert not theirs.find("//section[@aria-labelledby='sans']//a")


def test_a_team_declared_as_it_is(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    declare(practice, lodged(1001, "2026-08-25", lines(team()), state="accepte"))
    page = get(signed_in(), "/equipe")
    assert "Rien : la liste en vigueur est celle de l’équipe." in section(page, "ecart")
    assert "Déclarée le 25 août 2026, dossier n° 1001 : acceptée" in section(page, "liste")
    assert len(page.find("//tbody/tr")) == 20
    assert page.texts("//tbody/tr[1]/*") == [
        "Lucie MOREL-FICTIF",
        "Délégué",
        "masseur-kinésithérapeute",
        "RPPS 99900001019",
    ]
    assert section(page, "sans").endswith("Aucun jusqu’à cette date.")
    assert section(page, "ecarte") == ""


def test_what_has_changed_since(practice: Practice, signed_in: SignedIn) -> None:
    declare(practice, lodged(1001, "2026-08-25", lines(team())))
    practice.post("enrolments", enrolment(NEWCOMERS[0], "2026-10-01"))
    left = team()[1]
    practice.post("enrolments", left | {"status": "ended", "period": left["period"] | {"end": "2026-10-15"}})
    practice.post("enrolments", team()[0] | {"profession": "60"})
    told = section(get(signed_in(), "/equipe"), "ecart")
    assert "Arrivés, absents de la liste Zoé ARNAUD-FICTIF – délégué, masseur-kinésithérapeute" in told
    assert "Sur la liste, partis depuis Hugo PERRIN-FICTIF" in told
    assert "Profession ou fonction changée Lucie MOREL-FICTIF" in told
    assert "(aujourd’hui : délégué, infirmier)" in told
    # On an earlier day, before the first joined and the second left.
    before = section(get(signed_in(), "/equipe?date=2026-09-15"), "ecart")
    assert "Arrivés" not in before
    assert "partis" not in before


def test_a_number_that_is_somebody_elses_here_is_to_be_verified(practice: Practice, signed_in: SignedIn) -> None:
    declare(practice, lodged(1001, "2026-08-25", [line(team()[0], nom="AUTRE-FICTIF"), *lines(team()[1:])]))
    told = section(get(signed_in(), "/equipe"), "ecart")
    assert "Rien : la liste en vigueur est celle de l’équipe." in told
    assert "Même numéro RPPS, autre nom : à vérifier" in told
    assert "Lucie AUTRE-FICTIF" in told
    assert "(aujourd’hui : Lucie MOREL-FICTIF)" in told


def test_what_was_put_aside(practice: Practice, signed_in: SignedIn) -> None:
    rows = [line(team()[0], profession="Rebouteux"), *lines(team()[1:-1]), line(team()[-1], rpps="99900001018")]
    declare(practice, lodged(1001, "2026-08-25", rows))
    told = section(get(signed_in(), "/equipe"), "ecarte")
    assert "écarté Dossier 1001, ligne 1 : la profession n’est pas reconnue." in told
    assert "à vérifier Dossier 1001, ligne 20 : la clé du numéro RPPS est inattendue : à vérifier." in told
    assert "Rebouteux" not in told


def test_the_directory_that_does_not_answer(practice: Practice, signed_in: SignedIn) -> None:
    declare(practice, lodged(1001, "2026-08-25", lines(team())))
    plain = get(signed_in(), "/equipe")
    (link,) = plain.find("//a[contains(@href, 'annuaire')]/@href")
    page = get(signed_in(), link)
    assert page.texts("//tbody/tr/td[last()]") == ["non vérifié"] * 20
    assert "ce n’est le signe d’aucune erreur" in section(page, "liste")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?date=hier", 422),
        ("?date=2026-02-30", 422),
        ("?equipe=autre", 404),
        ("?equipe=%2F", 200),
        ("?annuaire=non", 200),
    ],
)
def test_what_the_address_says_wrong(signed_in: SignedIn, query: str, status: int) -> None:
    page = get(signed_in(), f"/equipe{query}")
    assert (page.status, page.response.mimetype) == (status, "text/html")


def test_the_page_keeps_the_house_rules(practice: Practice, signed_in: SignedIn) -> None:
    practice.act()
    declare(practice, lodged(1001, "2026-11-21", lines(team())))
    browser = signed_in()
    for path in ("/equipe", "/equipe?date=2026-11-22&annuaire=oui"):
        page = get(browser, path)
        assert len(page.find("h1")) == 1
        assert not page.find("script") + page.find("style")
        ids = page.find("//@id")
        assert len(ids) == len(set(ids))
        assert all(page.find(f"//*[@id='{name}']") for name in page.find("//@aria-labelledby | //label/@for"))
        assert not [address for address in page.find("//@href | //@action") if re.search(r"99900|FICTIF", address)]


def test_who_is_on_the_list_and_suspended(practice: Practice, signed_in: SignedIn) -> None:
    declare(practice, lodged(1001, "2026-08-25", lines(team()), state="accepte"))
    one, other = team()[:2]
    practice.post("enrolments", one | {"status": "suspended", "period": one["period"] | {"end": "2026-11-15"}})
    practice.post("enrolments", other | {"status": "suspended"})
    rows = get(signed_in(), "/equipe").texts("//tbody/tr")
    assert "Lucie MOREL-FICTIF adhésion suspendue depuis le 16 novembre 2026" in rows[0]
    assert "adhésion suspendue, date non dite" in rows[1]
    assert sum("suspendue" in row for row in rows) == 2
    before = get(signed_in(), "/equipe?date=2026-11-15").texts("//tbody/tr")
    assert "suspendue" not in before[0]
