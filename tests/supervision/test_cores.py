"""Cores shared out among the processes of one work: each its own, nobody without, none twice."""

import multiprocessing
import os
from multiprocessing.connection import Connection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cores import Cores, shares

CORES = sorted(os.sched_getaffinity(0))
_FORK = multiprocessing.get_context("fork")


@given(st.sets(st.integers(0, 300), min_size=1, max_size=70), st.integers(1, 80))
def test_every_core_is_in_one_share_and_shares_are_even(cores: set[int], count: int) -> None:
    parts = shares(sorted(cores), count)
    if count == 1 or count > len(cores):
        assert parts == []
        return
    assert len(parts) == count
    assert sorted(core for part in parts for core in part) == sorted(cores)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def _keep(cores: Cores, told: Connection, leave: Connection) -> None:
    cores.keep_to_one_share()
    told.send(os.sched_getaffinity(0))
    leave.poll(60)


class _Kept:
    """A process that took a share, and holds it until it is killed."""

    def __init__(self, cores: Cores) -> None:
        told, telling = _FORK.Pipe(duplex=False)
        leave, self._leaving = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_keep, args=(cores, telling, leave))
        self._process.start()
        assert told.poll(60)
        self.cores: set[int] = told.recv()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


@pytest.mark.skipif(len(CORES) < 2, reason="one core cannot be shared out")
def test_a_process_takes_a_free_share_and_gives_it_back_by_dying() -> None:
    cores = Cores(2)
    first, second = _Kept(cores), _Kept(cores)
    beyond = _Kept(cores)
    assert first.cores | second.cores == set(CORES)
    assert not first.cores & second.cores
    assert beyond.cores == set(CORES)
    first.kill()
    third = _Kept(cores)
    assert third.cores == first.cores
    for one in (second, beyond, third):
        one.kill()


def test_one_process_alone_runs_anywhere() -> None:
    alone = _Kept(Cores(1))
    assert alone.cores == set(CORES)
    alone.kill()
