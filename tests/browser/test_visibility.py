"""The form by which a report is hidden, in a real browser: what was refused is found and mended with the keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import ratio
from tests.browser.test_journey import COLOURS, tab_to
from tests.console.practice import Practice, open_practice

OpenPage = Callable[..., Page]


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    """As a professional behind the structure, which alone may not hide anything."""
    opened = open_practice(tmp_path, dmp_mode="INDIRECTE_RENFORCEE")
    yield opened
    opened.composition.store.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_refused_reason_is_mended_with_the_keyboard_alone(
    practice: Practice, open_page: OpenPage, scheme: str
) -> None:
    act = practice.act()
    practice.deliver()
    page = open_page(f"/actes/{act}/visibilite", scheme=scheme, width=360)
    page.get_by_label("Ne pas montrer au patient pour l’instant").press("Space")
    # Spaces pass the browser's own look at the field.
    page.get_by_label("Motif, gardé dans la trace").fill("   ")
    tab_to(page, "Enregistrer la demande")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Erreur – Visibilité du compte rendu – Binôme")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Ne pas montrer au patient pour l’instant")).to_be_checked()
    field = page.get_by_label("Motif, gardé dans la trace")
    expect(field).to_have_accessible_description("La demande dit son motif, en 500 caractères au plus.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    colours = page.evaluate(COLOURS)
    assert [(what, ink, paper) for what, ink, paper in colours if ratio(ink, paper) < 4.5] == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.partition('#')[0]}#motif")
    field.fill("Résultat à annoncer de vive voix.")
    tab_to(page, "Enregistrer la demande")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("C’est noté.")
