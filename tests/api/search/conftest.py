"""A service over each kind of store, with a small world in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from service.store import Store
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.api.search.naive import Resource, world
from tests.doors import NOW, House
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


class World:
    """What is on record, and a client."""

    def __init__(self, house: House, resources: list[Resource]) -> None:
        self.client = house.client
        self.resources: list[Resource] = []
        for resource in resources:
            self.resources.append(parse(dump(stamped(resource, 1, NOW))))
            self.store(house, resource)
        self.house = house

    @staticmethod
    def store(house: House, resource: Resource) -> None:
        house.store.commit(Unit(chain="world", recorded=NOW, writes=(write_of(stamped(resource, 1, NOW), 1),)))

    def bundle(self, query: str, status: int = 200, **headers: str) -> Any:
        answer = self.client.get(f"/fhir/{query}", headers=headers)
        assert answer.status_code == status, (query, answer.text)
        return parse(answer.data)

    def posted(self, address: str, form: dict[str, str]) -> Any:
        answer = self.client.post(f"/fhir/{address}", data=form)
        assert answer.status_code == 200, (address, answer.text)
        return parse(answer.data)

    def found(self, query: str) -> list[str]:
        """References of the matches, in order."""
        return [
            f"{one['resource']['resourceType']}/{one['resource']['id']}"
            for one in self.bundle(query).get("entry", ())
            if one["search"]["mode"] == "match"
        ]

    def beside(self, query: str) -> list[str]:
        return sorted(
            f"{one['resource']['resourceType']}/{one['resource']['id']}"
            for one in self.bundle(query).get("entry", ())
            if one["search"]["mode"] == "include"
        )


@pytest.fixture
def small(store: Store, tmp_path: Path) -> Iterator[World]:
    return World(House(tmp_path, store=store), world(7))
