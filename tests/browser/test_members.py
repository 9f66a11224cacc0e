"""The page of a team's members in a real browser: small screens, dark screens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.contrast import ratio
from tests.browser.test_journey import COLOURS
from tests.console.practice import BENALI, WEBER, Practice
from tests.intake.absences import ARRANGED, AWAY, NOW_AND_THEN, named, record_of

OpenPage = Callable[..., Page]


@pytest.fixture
def told(practice: Practice) -> Practice:
    """Somebody away, somebody who may be, the rest within hours; a task for the whole team."""
    practice.post("teams", ARRANGED)
    practice.post("enrolments", record_of(WEBER) | {"absences": [AWAY], "substitutes": [named(BENALI)]})
    practice.post("enrolments", record_of(BENALI) | {"absences": [NOW_AND_THEN]})
    practice.act()
    return practice


def test_nothing_overflows_and_everything_can_be_read(told: Practice, open_page: OpenPage) -> None:
    for width, scheme in ((320, "light"), (1280, "dark")):
        page = open_page("/equipe/membres", width=width, scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        colours = page.evaluate(COLOURS)
        assert len(colours) > 20
        assert not [(what, round(ratio(ink, paper), 2)) for what, ink, paper in colours if ratio(ink, paper) < 4.5]
