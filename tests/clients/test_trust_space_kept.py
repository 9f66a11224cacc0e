"""The list kept beside the deliveries: asked for until it comes, and no disk that fails ends anything."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
import responses

from service.clients.mssante.membership import Membership, Published
from service.sandbox.trust import Manager
from tests.clients.test_directory import Time
from tests.clients.test_trust_space import INSIDE, manager, published, serve, time
from tests.waiting import PATIENCE, until

__all__ = ["manager", "published", "time"]


@responses.activate
def test_the_worker_keeps_it_beside_its_deliveries(published: Published, manager: Manager, time: Time) -> None:
    """Asked for at once, again soon when that failed, and until it is stopped."""
    serve(b"", 503)
    listed = Membership(replace(published, every=dt.timedelta(seconds=0.12)), time)
    beside = threading.Thread(target=listed.run)
    beside.start()
    try:
        until(lambda: len(responses.calls) > 1)
        assert listed.of(INSIDE) is None
        serve(manager.published())
        until(lambda: listed.of(INSIDE) is True)
    finally:
        listed.stop()
        beside.join(PATIENCE)
    assert not beside.is_alive()


@responses.activate
def test_a_disk_that_cannot_be_written_ends_nothing(
    published: Published, manager: Manager, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    serve(manager.published())
    published.file.parent.write_bytes(b"in the way")
    assert Membership(published, time)._kept() is False
    assert "not written" in caplog.text
    assert Membership(published, time).of(INSIDE) is None
