"""The list of the trust space as this installation keeps it: fetched, verified, the last good one on disk.

The bytes are kept as they were signed and verified each time they are read: whoever can write the file cannot add a
domain. Without a list of its age, nobody can say who belongs to the trust space, and nothing is sent for now.
"""

import contextlib
import datetime as dt
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from service.clients.exchange import Answer, exchange
from service.clients.mssante.trust_space import Fault, TrustSpace, expired, newer, read_list
from service.clients.tls import Tls
from service.clock import Clock

log = logging.getLogger(__name__)

#: Longest list read, in bytes: five times the one of 2025.
_LONGEST: Final = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where the list is, who signs it, where the last good one is kept, and how long it is believed."""

    url: str
    #: PEM file of the certificates that may sign the list.
    signers: Path
    file: Path
    life: dt.timedelta
    #: How often it is asked for.
    every: dt.timedelta = dt.timedelta(hours=6)
    seconds: float = 30.0
    tls: Tls = Tls()


class Membership:
    """Says whether a box is of the trust space; ``keep`` brings the list up to date."""

    def __init__(self, published: Published, now: Clock) -> None:
        self._published = published
        self._now = now
        self._signers = x509.load_pem_x509_certificates(published.signers.read_bytes())
        self._lock = threading.Lock()
        self._known: TrustSpace | None = None
        self._read: tuple[int, int] | None = None
        self._stop = threading.Event()

    def of(self, mailbox: str) -> bool | None:
        """None when no list is young enough to say."""
        known = self._current()
        if known is None or expired(known, self._now(), self._published.life):
            return None
        return known.holds(mailbox)

    def keep(self) -> TrustSpace | Fault:
        """Ask for the list and keep it; a list that is not believed leaves the one before where it is."""
        published, now = self._published, self._now()
        answer = exchange(
            "GET",
            published.url,
            headers={"Accept": "application/xml, text/xml"},
            seconds=published.seconds,
            tls=published.tls,
            longest=_LONGEST,
        )
        if not isinstance(answer, Answer) or answer.status != 200:
            return Fault.UNREACHABLE
        found = read_list(answer.body, self._signers, now)
        kept = found if isinstance(found, Fault) else newer(found, self._current(), now, published.life)
        if isinstance(kept, TrustSpace):
            _written(published.file, answer.body)
        return kept

    def run(self) -> None:
        """Until stopped: at once, then every few hours; sooner after a failure."""
        while not self._stop.is_set():
            again = self._published.every
            if not self._kept():
                again /= 12
            self._stop.wait(again.total_seconds())

    def stop(self) -> None:
        self._stop.set()

    def _kept(self) -> bool:
        try:
            kept = self.keep()
        except OSError as error:  # the disk is full or the folder is not ours: the list in memory goes on ageing
            log.error("list of the trust space not written: %s", type(error).__name__)
            return False
        if isinstance(kept, Fault):
            log.warning("list of the trust space not taken: %s", kept)
            return False
        return True

    def _current(self) -> TrustSpace | None:
        """What is on disk, read again when another process has written it; what was read before while it is not there."""
        with self._lock, contextlib.suppress(OSError):
            state = self._published.file.stat()
            seen = state.st_mtime_ns, state.st_size
            if seen != self._read:
                found = read_list(self._published.file.read_bytes(), self._signers, self._now())
                self._read = seen
                if isinstance(found, TrustSpace):
                    self._known = found
                else:
                    log.error("the list of the trust space on disk is not believed: %s", found)
        return self._known


def _written(path: Path, content: bytes) -> None:
    """The whole file or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f"{path.suffix}.{os.getpid()}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
