"""The page of a team's declaration in a real browser: small screens, dark screens, the keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import ratio
from tests.browser.test_journey import COLOURS, tab_to
from tests.console.practice import Practice
from tests.console.test_declaration import declare
from tests.declarations.scene import NEWCOMERS, enrolment, line, lines, lodged, team

OpenPage = Callable[..., Page]


@pytest.fixture
def declared(practice: Practice) -> Practice:
    """A list with a row aside, somebody who joined, somebody who left, an act that it does not cover."""
    practice.act()
    rows = [line(team()[0], profession="Rebouteux"), *lines(team()[1:])]
    declare(practice, lodged(1001, "2026-08-25", rows, state="accepte"))
    practice.post("enrolments", enrolment(NEWCOMERS[0], "2026-10-01"))
    left = team()[1]
    practice.post("enrolments", left | {"status": "ended", "period": left["period"] | {"end": "2026-10-15"}})
    return practice


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_overflows(declared: Practice, open_page: OpenPage, width: int) -> None:
    for path in ("/equipe", "/equipe?annuaire=oui", "/equipe?date=2026-08-01"):
        page = open_page(path, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(declared: Practice, open_page: OpenPage, scheme: str) -> None:
    for path in ("/equipe", "/equipe?annuaire=oui", "/equipe?date=2026-08-01"):
        colours = open_page(path, scheme=scheme).evaluate(COLOURS)
        assert len(colours) > 20
        poor = [(what, round(ratio(ink, paper), 2)) for what, ink, paper in colours if ratio(ink, paper) < 4.5]
        assert not poor, path


def test_another_day_with_the_keyboard_alone(declared: Practice, open_page: OpenPage) -> None:
    page = open_page()
    tab_to(page, "Équipe")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Déclaration de l’équipe")
    expect(page.locator("#ecart + h3")).to_have_text("Arrivés, absents de la liste")
    page.get_by_label("Liste en vigueur le").fill("2026-08-01")
    # Enter in a field sends its form.
    page.get_by_label("Liste en vigueur le").press("Enter")
    expect(page.locator("section").first).to_contain_text("Aucune déclaration n’est en vigueur à cette date.")


def test_the_table_is_reached_and_named(declared: Practice, open_page: OpenPage) -> None:
    page = open_page("/equipe", width=375)
    region = page.get_by_role("region", name="Tableau : liste déclarée")
    region.focus()
    expect(region).to_be_focused()
    expect(page.get_by_role("columnheader")).to_have_text(["Professionnel", "Fonction", "Profession", "Numéro"])
    expect(page.get_by_role("rowheader")).to_have_count(19)
