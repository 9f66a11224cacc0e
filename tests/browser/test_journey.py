"""The délégant's morning in a real browser: keyboard only, scripts off, small screens, dark screens."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import ratio
from tests.console.practice import Practice

OpenPage = Callable[..., Page]

#: Every element with text of its own: its colour, and the first background that is not transparent behind it.
COLOURS = """() => [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility())
  .map(e => {
    let b = e;
    while (b && getComputedStyle(b).backgroundColor === 'rgba(0, 0, 0, 0)') b = b.parentElement;
    const s = getComputedStyle(e);
    return [e.tagName + '.' + e.className, s.color, b ? getComputedStyle(b).backgroundColor : 'rgb(255, 255, 255)'];
  })"""


def focused(page: Page) -> Any:
    return page.locator(":focus")


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says ``words``."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if words in focused(page).inner_text():
            return
    raise AssertionError(f"no amount of Tab reaches « {words} »")


def test_acknowledge_with_the_keyboard_alone(practice: Practice, open_page: OpenPage) -> None:
    practice.act(conclusion="Ancien.")
    practice.hand.forward(minutes=1)
    practice.act(conclusion="Récent.")
    page = open_page(rpps="")
    expect(page).to_have_title("Connexion – Binôme")
    tab_to(page, "WEBER-FICTIF")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(2)
    tab_to(page, "J’ai pris connaissance")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("vous avez pris connaissance de l’acte de TEST-TILLEUL CAMILLE")
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator("article")).to_contain_text("Ancien.")
    # The message has the focus: it is read first, and the next Tab goes on from there.
    expect(page.get_by_role("status")).to_be_focused()
    tab_to(page, "Voir la trace")
    page.keyboard.press("Enter")
    expect(page.locator("ol.timeline > li").last).to_contain_text("Pris connaissance")


def test_comment_with_the_keyboard_alone(practice: Practice, open_page: OpenPage) -> None:
    practice.reorientation()
    page = open_page()
    tab_to(page, "Ajouter un commentaire")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Je rappelle ce soir.")
    tab_to(page, "Prendre connaissance avec ce commentaire")
    page.keyboard.press("Enter")
    expect(page.locator(".lately")).to_contain_text("avec un commentaire")


def test_the_skip_link_comes_first(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Aller au contenu")
    expect(focused(page)).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_every_control_has_a_name_of_its_own(practice: Practice, open_page: OpenPage) -> None:
    for hour in (8, 9):
        practice.act(performed={"start": f"2026-11-20T0{hour}:00:00+01:00"})
    page = open_page()
    for act in page.locator("article").all():
        expect(act).to_have_accessible_name("TEST-TILLEUL CAMILLE")
    names = [button.text_content() for button in page.get_by_role("button", name="J’ai pris connaissance").all()]
    assert len(names) == len(set(names)) == 2
    page.locator("summary").first.click()
    expect(page.locator("textarea").first).to_have_accessible_name("Commentaire, gardé dans la trace (facultatif)")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_overflows(practice: Practice, open_page: OpenPage, width: int) -> None:
    act = practice.reorientation()
    practice.deliver()
    for path in ("/", f"/actes/{act}", "/connexion", "/nulle-part"):
        page = open_page(path, width=width)
        for details in page.locator("summary").all():
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(practice: Practice, open_page: OpenPage, scheme: str) -> None:
    act = practice.reorientation()
    practice.deliver()
    practice.hand.forward(days=8)
    for path in ("/", f"/actes/{act}", "/connexion", "/nulle-part"):
        page = open_page(path, scheme=scheme)
        colours = page.evaluate(COLOURS)
        assert len(colours) > 3
        poor = [(what, round(ratio(ink, paper), 2)) for what, ink, paper in colours if ratio(ink, paper) < 4.5]
        assert not poor, path


def test_the_focus_is_seen(practice: Practice, open_page: OpenPage) -> None:
    practice.act()
    page = open_page()
    tab_to(page, "J’ai pris connaissance")
    outline = page.evaluate(
        "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
    )
    assert outline == ["solid", 3]


def test_the_policy_blocks_nothing_of_ours(practice: Practice, open_page: OpenPage) -> None:
    act = practice.act()
    page = open_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("response", lambda response: said.append(response.url) if response.status >= 400 else None)
    page.goto(page.url)
    page.goto(f"{page.url}actes/{act}")
    assert page.evaluate("getComputedStyle(document.querySelector('.brand')).fontWeight") == "700"
    assert not said


def test_on_paper_there_is_the_act_and_nothing_to_press(practice: Practice, open_page: OpenPage) -> None:
    act = practice.act()
    page = open_page(f"/actes/{act}", scheme="dark")
    page.emulate_media(media="print")
    for role in ("navigation", "button", "link"):
        assert [one.inner_text() for one in page.get_by_role(role).all() if one.is_visible()] in ([], ["Binôme"]), role
    colours = page.evaluate(COLOURS)
    assert [(what, ink, paper) for what, ink, paper in colours if ratio(ink, paper) < 4.5] == []
