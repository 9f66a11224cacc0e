"""Pages printed in a process that ends with each: the compiler gives nothing back, and a web process lives for months.

What must not be known here: what a page says, and the compiler. A page goes through a pipe, never by an argument nor the
environment, which other users of the machine may read; of what the child says, only its page is taken.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from mappings.issues import Issue, Refused
from mappings.pdf.printed import Page

#: Pages printed at once by one process: each takes a hundred megabytes or two while it lasts.
PLACES: Final = 2
#: Pages that wait for a place: each holds a thread of the web process, and anybody may ask for a sheet of any day.
WAITING: Final = 2
#: The longest that a page may take, seconds: the longest of the catalogue takes half a one.
SECONDS: Final = 60.0

_ROOT: Final = Path(__file__).parents[2]
_places = threading.BoundedSemaphore(PLACES)
_asked = threading.BoundedSemaphore(PLACES + WAITING)
_TOO_MANY: Final = "Trop de pages s’impriment pour l’instant : redemandez celle-ci dans un moment."


def printed(page: Page) -> bytes:
    """The page as a PDF; ``RuntimeError``, which quotes nothing of it, when it could not be printed.

    ``Refused`` at once when enough wait already.
    """
    if not _asked.acquire(blocking=False):
        raise Refused(Issue("throttled", "", _TOO_MANY, "RFC 6585, section 4"))
    try:
        return _printed(page)
    finally:
        _asked.release()


def _printed(page: Page) -> bytes:
    told = {"template": page.template, "data": page.data, "made": page.made.isoformat()}
    with _places:
        try:
            child = subprocess.run(
                [sys.executable, "-m", __name__],
                input=json.dumps(told, ensure_ascii=False).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"a page was not printed within {SECONDS:.0f} s") from None
    if child.returncode:
        raise RuntimeError(f"a page was not printed: its process ended with {child.returncode}")
    return child.stdout
