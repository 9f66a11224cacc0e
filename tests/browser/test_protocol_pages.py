"""The pages of the protocols in a real browser: small screens, dark screens, and the words inside their boxes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import ratio
from tests.browser.test_journey import COLOURS

OpenPage = Callable[..., Page]
PATHS = (
    "/protocoles",
    "/protocoles/pc-odynophagie?version=2023.2",
    "/protocoles/pc-torsion-cheville",
    "/protocoles/pc-torsion-cheville/vie?le=2027-12-01",
)
#: Every printed line of the picture: its words, and by how much it leaves the box that it stands in.
OUTSIDE = """() => [...document.querySelectorAll('.picture g.box')].flatMap(g => {
  const box = g.querySelector('rect').getBBox();
  return [...g.querySelectorAll('text')].map(t => {
    const b = t.getBBox();
    return [t.textContent, Math.max(box.x - b.x, b.x + b.width - box.x - box.width,
                                    box.y - b.y, b.y + b.height - box.y - box.height)];
  });
})"""
#: What each printed line, each outline and each line of the picture is drawn with, and on what.
INKS = """() => [...document.querySelectorAll('.picture g.box')].flatMap(g => {
  const sheet = getComputedStyle(g.querySelector('rect')).fill;
  const outline = getComputedStyle(g.querySelector('rect')).stroke;
  return [...g.querySelectorAll('text')].map(t => [getComputedStyle(t).fill, sheet, outline]);
})"""


@pytest.mark.parametrize("path", PATHS)
def test_nothing_overflows(open_page: OpenPage, path: str) -> None:
    for width in (320, 375, 1280):
        page = open_page(path, width=width)
        for details in page.locator("summary").all():
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(open_page: OpenPage, scheme: str) -> None:
    for path in PATHS:
        page = open_page(path, scheme=scheme)
        colours = [row for row in page.evaluate(COLOURS) if not row[0].startswith(("text.", "title.", "desc."))]
        assert len(colours) > 20
        poor = [(what, round(ratio(ink, paper), 2)) for what, ink, paper in colours if ratio(ink, paper) < 4.5]
        assert not poor, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_has_contrast_too(open_page: OpenPage, scheme: str) -> None:
    page = open_page("/protocoles/pc-odynophagie", scheme=scheme)
    inks = page.evaluate(INKS)
    assert len(inks) > 30
    assert min(ratio(ink, sheet) for ink, sheet, _ in inks) >= 4.5
    assert min(ratio(outline, sheet) for _, sheet, outline in inks) >= 3


def test_the_words_stay_inside_their_boxes_in_the_fonts_of_the_browser(open_page: OpenPage) -> None:
    for path in ("/protocoles/pc-odynophagie", "/protocoles/pc-torsion-cheville", "/protocoles/pc-pollakiurie"):
        lines = open_page(path).evaluate(OUTSIDE)
        assert len(lines) > 30
        assert [words for words, outside in lines if outside > 0] == []


def test_a_date_is_chosen_without_a_script(open_page: OpenPage) -> None:
    page = open_page("/protocoles/pc-odynophagie")
    page.get_by_label("Lire à la date du").fill("2023-08-24")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator("nav.versions [aria-current=page]")).to_have_text("Version 2023.2")
    expect(page.locator("main")).to_contain_text("En vigueur le 24\u00a0août\u00a02023")


def test_the_picture_is_reached_and_named(open_page: OpenPage) -> None:
    page = open_page("/protocoles/pc-odynophagie")
    frame = page.get_by_role("region", name="Schéma du parcours")
    frame.focus()
    expect(frame).to_be_focused()
    expect(page.get_by_role("img", name="Parcours du patient, Odynophagie, version 2024.1")).to_be_visible()


def test_on_paper_the_letters_of_the_picture_are_nine_points_at_least(open_page: OpenPage) -> None:
    page = open_page("/protocoles/pc-odynophagie")
    page.emulate_media(media="print")
    height = page.evaluate(
        """() => { const t = document.querySelector('.picture text'), s = t.ownerSVGElement;
                   return parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width }"""
    )
    assert height * 72 / 96 >= 9


def test_the_policy_blocks_nothing_of_ours(open_page: OpenPage) -> None:
    page = open_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("response", lambda response: said.append(response.url) if response.status >= 400 else None)
    for path in PATHS:
        page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/')[2]}{path}")
    assert not said
