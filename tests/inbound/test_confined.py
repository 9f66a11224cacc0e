"""F23: a mail that kills whatever reads it costs three tries, and none of the mails beside it."""

import json
import sys
from pathlib import Path

import pytest

from mappings.mail.message import Unreadable
from service.inbound.confined import Confinement, Crashed
from service.store.inbound import Standing
from tests.inbound import letters
from tests.inbound.boxes import ADDRESS
from tests.inbound.desk import Desk

#: The reader, with a parser that a marked mail kills as it says.
VULNERABLE = """
import os, signal, sys, time
from service.inbound import child
right = child.reading_of
def reading_of(raw):
    if b"SEGV" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"MEMORY" in raw:
        return bytearray(8 << 30)
    if b"LOOP" in raw:
        while True:
            pass
    if b"SLEEP" in raw:
        time.sleep(600)
    if b"WRITE" in raw:
        open("/tmp/written-by-a-mail", "w").write("x")
    if b"FORK" in raw:
        os.fork()
    if b"CONNECT" in raw:
        import socket
        socket.socket()
    if b"CHATTER" in raw:
        sys.stdout.write("x" * (5 << 20))
    return right(raw)
child.reading_of = reading_of
sys.exit(child.main(int(sys.argv[1]), int(sys.argv[2])))
"""
VULNERABLE_READER = Confinement(command=(sys.executable, "-c", VULNERABLE), cpu_seconds=1, seconds=3.0)


def mail(body: str, number: int = 1) -> bytes:
    return letters.plain(body, body, sender="a@b.formation.mssante.fr", number=number)


@pytest.mark.parametrize("death", ["SEGV", "MEMORY", "LOOP", "SLEEP", "CHATTER"])
def test_its_death_is_told_and_nothing_else_happens(death: str) -> None:
    with pytest.raises(Crashed) as told:
        VULNERABLE_READER.read(mail(death))
    assert death not in str(told.value)


def test_the_reader_as_it_is() -> None:
    reading = Confinement().read(mail("bonjour"))
    assert (reading.subject, reading.text) == ("bonjour", "bonjour")
    with pytest.raises(Unreadable, match="malformed"):
        Confinement().read(b"\r\n")


@pytest.mark.parametrize("act", ["WRITE", "CONNECT"])
def test_it_opens_nothing(act: str, tmp_path: Path) -> None:
    written = tmp_path / "written"
    script = VULNERABLE.replace("/tmp/written-by-a-mail", str(written))
    with pytest.raises(Crashed):
        Confinement(command=(sys.executable, "-c", script)).read(mail(act))
    assert not written.exists()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-8", "koi8-r", "x-none"])
def test_any_encoding_is_read_or_replaced(encoding: str) -> None:
    raw = letters.plain(
        f"=?{encoding}?Q?bonjour?=", "bonjour", f"Content-Type: text/plain; charset={encoding}", sender="a@b.fr"
    )
    assert Confinement().read(raw).text == "bonjour"


@pytest.fixture
def poisoned(desk: Desk) -> Desk:
    for number, death in enumerate(("SEGV", "MEMORY")):
        desk.put(mail(death, number))
    for number in range(2):
        desk.put(mail("bonjour", 10 + number))
    return desk


def test_quarantined_after_three_while_the_others_go_on(poisoned: Desk) -> None:
    desk = poisoned
    settling = desk.settling()
    settling.read = VULNERABLE_READER.read

    def states() -> dict[str, int]:
        counts: dict[str, int] = {}
        for one in desk.store.inbound.latest(ADDRESS, 20):
            counts[one.state] = counts.get(one.state, 0) + 1
        return counts

    settling.drain()
    assert states() == {Standing.SETTLED: 2, Standing.WAITING: 2}
    for expected in (2, 0):
        assert states().get(Standing.WAITING, 0) == 2
        desk.house.clock.pass_(seconds=11)
        settling.drain()
        assert states().get(Standing.WAITING, 0) == expected
    assert {one.code for one in desk.store.inbound.latest(ADDRESS, 20)} == {"", "poison"}
    assert settling.drain() == 0


def test_a_worker_that_dies_of_it_is_a_try_too(desk: Desk) -> None:
    """Were the limits to fail and the worker itself to die, the try was counted before: the fourth sets it aside."""
    desk.put(mail("bonjour"))
    for _ in range(3):
        (lease,) = desk.store.inbound.claim(desk.house.clock(), 60, 5, desk.house.ids)
        desk.house.clock.pass_(seconds=61)
    desk.settling().drain()
    (found,) = desk.store.inbound.latest(ADDRESS, 5)
    assert (found.state, found.code) == (Standing.QUARANTINED, "poison")
    assert lease.mail.tries == 2


def test_an_answer_that_is_none_is_a_crash() -> None:
    for answer in ("", "{}", "[]", '"x"', json.dumps({"reading": {"kind": "king"}})):
        script = f"import sys; sys.stdin.buffer.read(); print({answer!r})"
        with pytest.raises(Crashed):
            Confinement(command=(sys.executable, "-c", script)).read(mail("x"))
