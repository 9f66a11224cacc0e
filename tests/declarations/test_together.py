"""Several polls at once: what one brings, the others find."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.declarations import Keeping, Kept
from service.intake.knowledge import Readings
from service.ledger.verify import verify
from service.store.search import Found, Search
from tests.declarations.scene import Scene, lines, lodged, team
from tests.declarations.test_dossier import read


def test_the_same_people_by_several_dossiers_at_once(scene: Scene) -> None:
    """Eight workers, four dossiers that name the same twenty professionals, each dossier twice."""
    come = [read(lodged(1001 + n // 2, f"2026-08-{10 + n // 2}", lines(team()))) for n in range(8)]
    keepers = [
        Keeping(store=scene.store, clock=scene.house.clock, ids=scene.house.ids, readings=Readings()) for _ in come
    ]
    with ThreadPoolExecutor(len(come)) as pool:
        kept = list(pool.map(lambda pair: pair[0].keep(pair[1]), zip(keepers, come, strict=True)))
    assert sorted(kept) == [Kept.NEW] * 4 + [Kept.SAME] * 4
    assert len(scene.house.found("Practitioner?_count=100")) == 20
    roles = scene.house.found("PractitionerRole?_count=100")
    assert len(roles) == 20
    assert {one["period"]["start"] for one in roles} == {"2026-08-10"}
    assert len(scene.tasks()) == 4
    assert list(verify(scene.store, None)) == []


def test_what_comes_between_the_search_and_the_commit_is_not_written_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier list is kept right after the later one found nobody enrolled: the earlier one still says since when."""
    earlier, later = (read(lodged(1001 + n, f"2026-08-1{n}", lines(team()))) for n in range(2))
    search = scene.store.search
    kept: list[Kept | str] = []

    def meddled(wanted: Search) -> list[Found]:
        found = search(wanted)
        if not kept:
            kept.append("between")
            kept.append(scene.keeping.keep(earlier))
        return found

    monkeypatch.setattr(scene.store, "search", meddled)
    assert scene.keeping.keep(later) is Kept.NEW
    assert kept == ["between", Kept.NEW]
    roles = scene.house.found("PractitionerRole?_count=100")
    assert [one["period"]["start"] for one in roles] == ["2026-08-10"] * 20
