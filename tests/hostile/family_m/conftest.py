"""A house whose act was sent everywhere; its box is where these mails come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import open_store
from tests.dispatch.round import Round
from tests.house import House, act_record
from tests.inbound.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("family-m")
    store = open_store(f"sqlite:///{folder / 'binome.sqlite'}")
    house = House(store, Path(folder), people=1)
    told = house.post("acts", act_record()).json
    round_ = Round(house, f"{told['act']}/_history/1")
    round_.drain()
    yield Desk(round_)
    store.close()
