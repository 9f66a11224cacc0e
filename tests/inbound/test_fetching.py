"""F21, K24, K25: whatever the box and the line do, each mail is kept once and none is lost (INV-9)."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from service.inbound.fetching import Fetching
from service.inbound.imap import Conversation
from service.inbound.wire import Broken
from service.store import Store
from service.store.inbound import InboundMail, Standing
from tests.house import Clock, Ids
from tests.inbound.boxes import ADDRESS, Server, box


def mail(number: int, body: str = "") -> bytes:
    return (
        f"From: a@test.formation.mssante.fr\r\nMessage-ID: <{number}@test.example>\r\nSubject: n\r\n\r\n{body or number}\r\n"
    ).encode()


class Fetcher:
    """A process that fetches; a new one each time it is asked, as after a restart."""

    def __init__(self, store: Store, server: Server, longest: int = 1 << 16) -> None:
        self.store, self.server, self.longest = store, server, longest
        self.clock, self.ids = Clock(), Ids()
        self.fetching = self.process()

    def process(self) -> Fetching:
        return Fetching(store=self.store, clock=self.clock, ids=self.ids, longest=self.longest)

    def once(self, **changes: Any) -> tuple[int, int]:
        where = box(self.server.port, longest=self.longest, **changes)
        with Conversation(where) as conversation:
            self.fetching.flag_again(ADDRESS, conversation)
            return self.fetching.everything(ADDRESS, conversation)

    def kept(self) -> list[InboundMail]:
        return sorted(self.store.inbound.latest(ADDRESS, 1000), key=lambda one: one.id)

    def bodies(self) -> list[bytes]:
        return [self.store.inbound.raw(one.id) for one in self.kept()]


@pytest.fixture
def fetcher(store: Store, server: Server) -> Fetcher:
    return Fetcher(store, server)


def test_each_mail_is_kept_once_in_its_order_and_flagged(fetcher: Fetcher) -> None:
    mails = [mail(n) for n in range(5)]
    for one in mails:
        fetcher.server.put(one)
    assert fetcher.once() == (5, 0)
    assert fetcher.once() == (0, 0)
    assert fetcher.bodies() == mails
    assert [one.message_id for one in fetcher.kept()] == [f"<{n}@test.example>" for n in range(5)]
    assert {one.state for one in fetcher.kept()} == {Standing.WAITING}
    assert fetcher.server.folder.seen == {1, 2, 3, 4, 5}
    fetches = [one for one in fetcher.server.commands if one.startswith("UID FETCH") and "BODY" in one]
    assert len(fetches) == 5


def test_duplicates_are_one_mail(fetcher: Fetcher) -> None:
    """The same mail handed over twice, the second with other traces of its way."""
    fetcher.server.put(mail(1))
    fetcher.server.put(b"Received: from x by y; Fri, 20 Nov 2026 12:00:00 +0100\r\n" + mail(1))
    fetcher.server.put(mail(1, "another that bears the same Message-ID"))
    assert fetcher.once() == (2, 1)
    assert len(fetcher.kept()) == 2
    assert fetcher.store.inbound.mark(ADDRESS, 7) == 3


def test_expunge_race(fetcher: Fetcher) -> None:
    """A mail that was announced is gone when it is asked for: it is passed over, and those behind it come."""
    for n in range(3):
        fetcher.server.put(mail(n))

    def expunge(command: str) -> None:
        if command.startswith("UID FETCH 2 "):
            fetcher.server.folder.mails.pop(2, None)

    fetcher.server.before = expunge
    assert fetcher.once() == (2, 0)
    assert fetcher.bodies() == [mail(0), mail(2)]


def test_uidvalidity_reset(fetcher: Fetcher) -> None:
    """Numbered anew, the box shows the same mails in other places: each has a new place, and no second effect."""
    for n in range(3):
        fetcher.server.put(mail(n))
    assert fetcher.once() == (3, 0)
    fetcher.server.renumber(first=2)
    fetcher.server.put(mail(9))
    assert fetcher.once() == (1, 3)
    assert fetcher.bodies() == [mail(0), mail(1), mail(2), mail(9)]
    assert fetcher.once() == (0, 0)


@pytest.mark.parametrize("at", [0, 1, 30, 60, 100])
def test_reconnect_mid_fetch(fetcher: Fetcher, at: int) -> None:
    """The line is cut in the middle of a mail: nothing of it is kept, and the next conversation takes it whole."""
    for n in range(3):
        fetcher.server.put(mail(n))
    head = b"* 2 FETCH (UID 2 BODY[]<0> {%d}\r\n" % len(mail(1))
    cuts = iter([(head + mail(1))[:at]])
    fetcher.server.instead = lambda command: next(cuts, None) if command.startswith("UID FETCH 2 (UID BODY") else None
    with pytest.raises(Broken):
        fetcher.once()
    assert fetcher.bodies() == [mail(0)]
    assert fetcher.once() == (2, 0)
    assert fetcher.bodies() == [mail(0), mail(1), mail(2)]


def test_flag_lost(fetcher: Fetcher) -> None:
    """The answer to the flag never comes, or the flag itself goes: the mail is not taken twice, and is flagged again."""
    fetcher.server.put(mail(1))
    cuts = iter([b""])
    fetcher.server.instead = lambda command: next(cuts, None) if command.startswith("UID STORE") else None
    with pytest.raises(Broken):
        fetcher.once()
    assert fetcher.server.folder.seen == set()
    assert fetcher.once() == (0, 0)
    assert fetcher.bodies() == [mail(1)]
    assert fetcher.server.folder.seen == {1}


def test_a_box_that_takes_no_flag(fetcher: Fetcher) -> None:
    fetcher.server.put(mail(1))
    fetcher.server.folder.seen = frozenset()  # type: ignore[assignment]  # a folder that cannot be written

    class ReadOnly(frozenset[int]):
        def update(self, *_: object) -> None:
            pass

    fetcher.server.folder.seen = ReadOnly()  # type: ignore[assignment]  # the same
    assert fetcher.once() == (1, 0)
    assert fetcher.once() == (0, 0)


def test_a_mail_too_large_is_set_aside_by_its_beginning(fetcher: Fetcher) -> None:
    """100 MB in the folder: a bounded part is asked for, its beginning kept, and what stands behind it comes."""
    huge = mail(1) + b"x" * 100_000_000
    fetcher.server.put(huge)
    fetcher.server.put(mail(2))
    assert fetcher.once() == (2, 0)
    first, second = fetcher.kept()
    assert (first.state, first.code, first.size) == (Standing.QUARANTINED, "too-large", len(huge))
    assert huge.startswith(fetcher.store.inbound.raw(first.id))
    assert len(fetcher.store.inbound.raw(first.id)) == 1 << 16
    assert (second.state, second.code) == (Standing.WAITING, "")
    assert fetcher.once() == (0, 0)


def test_a_size_that_lies_takes_no_more_than_the_bound(fetcher: Fetcher) -> None:
    """The server announces a literal of 8 GiB: it is not read, and what stands behind comes all the same."""
    fetcher.server.put(mail(1))
    lies = b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n" % (1 << 33) + b"x" * 1000
    fetcher.server.instead = lambda command: lies if "BODY" in command else None
    for _ in range(3):
        with pytest.raises(Broken, match="too-long"):
            fetcher.once()
    (aside,) = fetcher.kept()
    assert (aside.state, aside.code) == (Standing.QUARANTINED, "unfetched")
    fetcher.server.instead = lambda command: None
    fetcher.server.put(mail(2))
    assert fetcher.once() == (1, 0)


WITHHELD = {
    "no body": ("BODY", b"* 2 FETCH (UID 2 BODY[]<0> NIL)\r\nTAG OK\r\n"),
    "no answer about it": ("BODY", b"TAG OK\r\n"),
    "no size": ("SIZE", b"* 2 FETCH (UID 2)\r\nTAG OK\r\n"),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_a_mail_that_is_there_and_not_given_is_not_passed_over(fetcher: Fetcher, name: str) -> None:
    """Those behind it would set the mark beyond it, and nobody would ask for it again."""
    asked, said = WITHHELD[name]
    for n in range(3):
        fetcher.server.put(mail(n))
    fetcher.server.instead = lambda command: said if command.startswith("UID FETCH 2 ") and asked in command else None
    with pytest.raises(Broken, match="withheld"):
        fetcher.once()
    assert fetcher.bodies() == [mail(0)]
    fetcher.server.instead = lambda command: None
    assert fetcher.once() == (2, 0)
    assert fetcher.bodies() == [mail(0), mail(1), mail(2)]


def test_a_mail_that_is_never_given_is_set_aside(fetcher: Fetcher) -> None:
    for n in range(3):
        fetcher.server.put(mail(n))
    never = b"* 2 FETCH (UID 2 BODY[]<0> NIL)\r\nTAG OK\r\n"
    fetcher.server.instead = lambda command: never if command.startswith("UID FETCH 2 (UID BODY") else None
    for _ in range(3):
        with pytest.raises(Broken):
            fetcher.once()
    assert fetcher.once() == (1, 0)
    assert [one.code for one in fetcher.kept()] == ["", "unfetched", ""]


MALFORMED = {
    "no headers": b"bonjour",
    "empty": b"",
    "headers alone": b"From: a@x.fr",
    "NUL bytes": b"From: \0\0\r\nMessage-ID: <\0@x>\r\n\r\n\0",
    "no line ends": b"\xff" * 4000,
    "boundary never closed": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: t",
    "bare LF": mail(1).replace(b"\r\n", b"\n"),
    "literal within": b"Subject: {100}\r\n\r\n* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nTAG OK\r\n",
    "IMAP within": b"\r\n* BYE\r\nb7 OK done\r\n* 9 EXPUNGE\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_mime_is_kept_byte_for_byte(fetcher: Fetcher, name: str) -> None:
    fetcher.server.put(MALFORMED[name])
    fetcher.server.put(mail(2))
    assert fetcher.once() == (2, 0)
    assert fetcher.bodies() == [MALFORMED[name], mail(2)]
    assert fetcher.once() == (0, 0)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["K24", "K25"])
def test_killed_between_fetch_commit_and_flag(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """K24: fetched, before the commit. K25: committed, before the flag. Another process then goes on."""
    for n in range(3):
        fetcher.server.put(mail(n))
    keep, calls = fetcher.store.inbound.keep, itertools.count()

    def dying(*arguments: Any) -> bool:
        if next(calls) == 1:
            if step == "K25":
                keep(*arguments)
            raise Killed
        return keep(*arguments)

    monkeypatch.setattr(fetcher.store.inbound, "keep", dying)
    with pytest.raises(Killed):
        fetcher.once()
    assert len(fetcher.kept()) == (1 if step == "K24" else 2)
    fetcher.fetching = fetcher.process()
    assert fetcher.once() == ((2, 0) if step == "K24" else (1, 0))
    assert fetcher.bodies() == [mail(0), mail(1), mail(2)]
    assert fetcher.server.folder.seen == {1, 2, 3}


@pytest.mark.parametrize("seed", range(3))
def test_any_faults_in_any_order_lose_nothing_and_double_nothing(store: Store, server: Server, seed: int) -> None:
    """Cuts anywhere, the box numbered anew, mails coming in between: in the end each is there once."""
    chance = random.Random(seed)
    fetcher = Fetcher(store, server)
    mails = [mail(n, "x" * chance.randrange(1, 3000)) for n in range(12)]
    coming = list(mails)

    def fault(command: str) -> bytes | None:
        if chance.random() < 0.12:
            whole = b"* 1 FETCH (UID 1 BODY[]<0> {500}\r\n" + b"y" * 400
            return whole[: chance.randrange(len(whole))]
        return None

    server.instead = fault
    for _ in range(40):
        if coming and chance.random() < 0.5:
            server.put(coming.pop(0))
        if chance.random() < 0.05:
            server.renumber(chance.randrange(1, 9))
        if chance.random() < 0.2:
            fetcher.fetching = fetcher.process()
        try:
            fetcher.once()
        except Broken:
            continue
    server.instead = lambda command: None
    for one in coming:
        server.put(one)
    fetcher.fetching = fetcher.process()
    fetcher.once()
    wrong = [one for one in fetcher.kept() if one.code not in ("", "unfetched")]
    assert wrong == []
    taken = [fetcher.store.inbound.raw(one.id) for one in fetcher.kept() if one.code == ""]
    aside = sum(one.code == "unfetched" for one in fetcher.kept())
    assert len(set(taken)) == len(taken), "no mail twice"
    assert set(taken) <= set(mails)
    # A mail that broke the line three times is somebody's to look at; it is in the box still.
    assert len(taken) + aside >= len(mails)


def test_two_processes_at_one_box(store: Store, server: Server) -> None:
    one, other = Fetcher(store, server), Fetcher(store, server)
    other.ids = lambda: f"other-{next(numbers)}"  # type: ignore[assignment]  # ids of another process
    other.fetching = other.process()
    numbers = itertools.count()
    for n in range(4):
        server.put(mail(n))
    keep: Callable[..., bool] = store.inbound.keep
    at_first = iter([True])

    def interleaved(*arguments: Any) -> bool:
        if next(at_first, False):
            assert other.once() == (4, 0)
        return keep(*arguments)

    store.inbound.keep = interleaved  # type: ignore[method-assign]  # the other process comes between
    assert one.once() == (0, 4)
    assert len(one.kept()) == 4
