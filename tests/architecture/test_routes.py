"""Nobody comes in unidentified: every route, whatever its method, asks who calls before it does anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from service import views
from service.api.operations import OPERATIONS
from service.api.routes import INTERACTIONS
from service.app import compose, create_app
from service.config import Settings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("routes")
    composition = compose(Settings(database=f"sqlite:///{folder / 'r.sqlite'}", keys=str(folder / "keys")))
    yield create_app(composition)
    composition.store.close()


def address(rule: Rule) -> str:
    """One address of the route; ``1`` is a number and an id alike."""
    built = rule.build({name: 1 for name in rule.arguments})
    assert built is not None
    return built[1]


def test_identification_comes_first(app: Flask) -> None:
    first, *_ = app.before_request_funcs[None]
    assert first is views.identify


def fhir_doors() -> Iterator[tuple[str, str]]:
    """(method, address) of all that the FHIR face answers to."""
    shapes = [(shape.replace("type", "Patient", 1), methods) for shape, methods in INTERACTIONS.items()]
    shapes += [(f"{type_}/{shape}", methods) for (type_, shape), methods in OPERATIONS.items()]
    for shape, methods in shapes:
        for method in methods:
            yield method, f"/fhir/{shape}".replace("/id", "/1").replace("/version", "/1")


def doors(app: Flask) -> list[tuple[str, str]]:
    rules = [
        (method, address(rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    ]
    return [*rules, *fhir_doors()]


def test_a_false_token_is_refused_on_every_route(app: Flask) -> None:
    client = app.test_client()
    statuses = {
        door: client.open(door[1], method=door[0], headers={"Authorization": "Bearer faux"}).status_code
        for door in doors(app)
    }
    assert {door for door, status in statuses.items() if status != 401} == set()
    assert len(statuses) > 20


def test_every_fhir_door_leads_somewhere(app: Flask) -> None:
    client = app.test_client()
    statuses = {door: client.open(door[1], method=door[0]).status_code for door in fhir_doors()}
    assert {door for door, status in statuses.items() if status in (405, 500)} == set()
    assert client.delete("/fhir/metadata").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_an_answer_is_never_kept_nor_framed(app: Flask) -> None:
    headers = app.test_client().get("/fhir/metadata").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_development_identities_never_leave_the_machine(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        compose(Settings(host="0.0.0.0", database=f"sqlite:///{tmp_path / 'x.sqlite'}"))
