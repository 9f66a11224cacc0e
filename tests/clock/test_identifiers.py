"""Identifiers: well formed, in the order of time, and never the same, whoever draws them."""

import multiprocessing
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from service.clock import random_identifiers

_COUNT = 2_000


def drawn(_: int = 0) -> list[str]:
    return [random_identifiers() for _ in range(_COUNT)]


def test_an_identifier_is_a_uuid_of_version_7_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = random_identifiers()
    after = time.time_ns() // 1_000_000
    read = uuid.UUID(made)
    assert str(read) == made
    assert (read.version, read.variant) == (7, uuid.RFC_4122)
    assert before <= read.int >> 80 <= after


def test_threads_draw_different_ones() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for some in pool.map(drawn, range(8)) for one in some]
    random = {one[15:] for one in made}
    assert len(random) == len(made)


def test_a_forked_process_draws_none_of_its_parents() -> None:
    random_identifiers()  # some bits are in advance
    with multiprocessing.get_context("fork").Pool(2) as pool:
        others = pool.map(drawn, range(2))
    made = [*drawn(), *others[0], *others[1]]
    # Without the milliseconds, which may differ.
    assert len({one[15:] for one in made}) == len(made)
