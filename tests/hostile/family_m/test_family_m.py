"""Family M, and X by mail: each comes to what it must, nothing moves, nothing leaves, and the next mail is read."""

import time

import pytest

from mappings.mail.reading import Kind, reading_of
from service.inbound.confined import Confinement
from service.store.inbound import Standing
from tests.dispatch.round import DOCTOR
from tests.hostile.family_m.mails import CASES, HONEST_XML, XML, Make, with_cda
from tests.hostile.family_z import archives
from tests.hostile.family_z.test_family_z import mail as carrying_archive
from tests.inbound import letters
from tests.inbound.boxes import ADDRESS
from tests.inbound.desk import Desk

ALL = CASES | XML


def _named(raw: bytes, name: str) -> bytes:
    """Another mail than that of the same bytes in another case."""
    return b"X-Case: x\r\nDate: " + name.encode() + b"\r\n" + raw


@pytest.mark.parametrize("name", ALL)
def test_comes_to_what_it_must_and_moves_nothing(desk: Desk, name: str) -> None:
    make, expected = ALL[name]
    raw = make(desk.round.envelope(DOCTOR))
    before, states = desk.house.standing(), desk.round.states()
    begun = time.process_time()
    mail = desk.receive(raw if expected[1] == "unread" else _named(raw, name))
    assert time.process_time() - begun < 2
    assert (mail.state, mail.kind, mail.code) == expected
    assert desk.round.states() == states
    assert desk.house.standing() == before
    # What is shown of it is one line, without what cannot be seen.
    assert not any(character in mail.shown for character in "\r\n\0\u202e")


@pytest.mark.parametrize("name", HONEST_XML)
def test_odd_xml_that_is_right_is_taken(name: str) -> None:
    reading = reading_of(with_cda(HONEST_XML[name]))
    assert (reading.kind, reading.faults, len(reading.documents)) == (Kind.DOCUMENT, (), 1)


def test_an_answering_machine_at_each_end_stops_at_once(desk: Desk) -> None:
    """M20: whatever comes, no mail leaves; the outbox is as it was."""
    before = desk.store.backlog()
    for number in range(20):
        raw = letters.reply(desk.round.envelope(DOCTOR), "Absent.", "Auto-Submitted: auto-replied", number=100 + number)
        assert desk.receive(raw).kind == "automatic"
    assert desk.store.backlog() == before


POISON: dict[str, Make] = {
    "flat bomb": lambda e: carrying_archive(archives.flat_bomb()),
    "deep mail": CASES["M10 mime-depth-1000"][0],
    "entity chain": XML["X12 entity-chain"][0],
    "long line": CASES["M09 long-line-1MB"][0],
}


def test_in_the_process_that_reads_them_in_production(desk: Desk) -> None:
    """The heaviest of them, each in its confined process: all end, and the honest mail behind them is read."""
    for make in POISON.values():
        desk.put(make(desk.round.envelope(DOCTOR)), box="lourd@formation.mssante.fr")
    desk.put(letters.plain("bonjour", "bonjour", sender="a@b.formation.mssante.fr"), box="lourd@formation.mssante.fr")
    settling = desk.settling()
    settling.read = Confinement().read
    assert settling.drain() == len(POISON) + 1
    found = desk.store.inbound.latest("lourd@formation.mssante.fr", 20)
    assert (found[0].state, found[0].kind) == (Standing.SETTLED, "other")
    assert {one.state for one in found if one.code} == {Standing.QUARANTINED}
    assert {one.code for one in found} >= {"zip-bomb", "too-deep", "xml-refused"}


def test_nothing_of_a_mail_is_in_a_log(desk: Desk, heard: object) -> None:
    canary = "CANARI-7F3A"
    desk.receive(letters.plain(canary, canary, f"X-{canary}: {canary}", sender=f"{canary}@b.formation.mssante.fr"))
    desk.receive(letters.reply(desk.round.envelope(DOCTOR), canary, sender=f"{canary}@b.fr".lower(), number=900))
    assert canary not in heard.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "mail " in heard.getvalue()  # type: ignore[attr-defined]  # the same
    assert desk.store.inbound.latest(ADDRESS, 1)
