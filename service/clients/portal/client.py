"""The client of the portal: every dossier that changed since an instant, page after page, patiently."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from service.clients.portal.package import asked
from service.clients.portal.read import PASSING, Kind, Page, Trouble, read
from service.clients.portal.send import PortalSettings, send
from service.clock import Clock

#: Attempts at one page.
_ATTEMPTS: Final = 5
#: First wait and longest wait where the portal names none, seconds.
_FIRST: Final = 2.0
_LONGEST: Final = 60.0
#: Pages of one poll; more is a cursor that leads nowhere.
_PAGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Portal:
    """``pause`` waits so many seconds."""

    settings: PortalSettings
    now: Clock
    pause: Callable[[float], None]

    def changed(self, since: dt.datetime | None) -> Iterator[Page | Trouble]:
        """The pages; a ``Trouble`` is the last thing given."""
        left = self.settings.patience
        after, seen = "", {""}
        for _ in range(_PAGES):
            page, left = self._patiently(since, after, left)
            if isinstance(page, Page) and page.after and page.after in seen:
                yield Trouble(Kind.UNREADABLE, "cursor")
                return
            yield page
            if isinstance(page, Trouble) or not page.after:
                return
            after = page.after
            seen.add(after)
        yield Trouble(Kind.UNREADABLE, "pages")

    def _patiently(self, since: dt.datetime | None, after: str, left: float) -> tuple[Page | Trouble, float]:
        """One page, and the patience left."""
        body = asked(self.settings.number, since, after)
        for attempt in range(_ATTEMPTS):
            page = read(send(self.settings, body), self.settings.number, self.now())
            if isinstance(page, Page) or page.kind not in PASSING or attempt == _ATTEMPTS - 1:
                return page, left
            wait = page.wait if page.wait is not None else min(_LONGEST, _FIRST * 2**attempt)
            if wait > left:
                return page, left
            self.pause(wait)
            left -= wait
        raise AssertionError("the last attempt returns")
