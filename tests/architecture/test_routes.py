"""Nobody comes in unidentified: every route, whatever its method, asks who calls before it does anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from service.api import context
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
    assert first is context.identify


def test_a_false_token_is_refused_on_every_route(app: Flask) -> None:
    client = app.test_client()
    open_doors = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if client.open(address(rule), method=method, headers={"Authorization": "Bearer faux"}).status_code != 401
    ]
    assert open_doors == []
    assert len(list(app.url_map.iter_rules())) > 10


def test_an_answer_is_never_kept_nor_framed(app: Flask) -> None:
    headers = app.test_client().get("/fhir/metadata").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_development_identities_never_leave_the_machine(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        compose(Settings(host="0.0.0.0", database=f"sqlite:///{tmp_path / 'x.sqlite'}"))
