"""What a process keeps was read by somebody: it is shown to those who may see it, as they may see it now."""

from typing import Any

from service.app import compose, create_app
from service.store import open_store
from tests.scoping.scene import HERE, THERE, Scene


def test_what_was_read_for_one_is_not_shown_to_another(scene: Scene, database: str) -> None:
    """Each resource asked by all, then by each structure, twice; beside a process that keeps nothing. A choice counts at once."""
    asking = open_store(database, test=True)
    asking._known._most = 0
    other = create_app(compose(scene.settings, store=asking, clock=scene.clock, ids=scene.ids)).test_client()

    def told(answer: Any) -> Any:
        return answer.status, answer.headers.to_wsgi_list(), answer.data

    for choice in ("shared", "refused"):
        scene.choose("both", choice)
        for finess in (HERE, THERE):
            seen = scene.seen_by(finess)
            token = scene.composition.issuer.token("99900002017", finess)
            for type_, id_ in scene.holds:
                path = f"/{type_}/{id_}"
                assert scene.fhir("GET", path).status_code == 200
                answers = [scene.asks(finess, "GET", path) for _ in range(2)]
                assert [one.status_code for one in answers] == [200 if (type_, id_) in seen else 404] * 2, path
                answers.append(other.get(f"/fhir{path}", headers={"Authorization": f"Bearer {token}"}))
                assert told(answers[0]) == told(answers[1]) == told(answers[2])
    asking.close()
