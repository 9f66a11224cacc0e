"""The server engine starts only on a primary that keeps what it acknowledged."""

import pytest

from service.store import UnsafeSettings
from service.store.postgres import check_server

SAFE = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}


@pytest.mark.parametrize(
    ("version", "changed", "recovering", "test", "safe"),
    [
        (150_000, {}, False, False, True),
        (180_006, {"synchronous_commit": "remote_apply"}, False, False, True),
        (140_012, {}, False, False, False),
        (140_012, {}, False, True, False),
        (180_006, {"fsync": "off"}, False, False, False),
        (180_006, {"fsync": "off"}, False, True, True),
        (180_006, {"full_page_writes": "off"}, False, False, False),
        (180_006, {"synchronous_commit": "off"}, False, True, False),
        (180_006, {"synchronous_commit": "local"}, False, False, False),
        (180_006, {}, True, False, False),
    ],
)
def test_server(version: int, changed: dict[str, str], recovering: bool, test: bool, safe: bool) -> None:
    if safe:
        check_server(version, SAFE | changed, recovering=recovering, test=test)
    else:
        with pytest.raises(UnsafeSettings):
            check_server(version, SAFE | changed, recovering=recovering, test=test)
