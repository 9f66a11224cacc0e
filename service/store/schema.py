"""Migrations: numbered SQL files, applied in order, forward only, each all or nothing.

``0001_name.<engine>.sql``, or ``0001_name.sql`` when both engines understand it. A file that was applied
must never change: its digest is kept, and a store that knows another text, or a later number, is not opened.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.store.engine import Session, UnsafeSettings

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(?P<number>\d{4})_\w+(\.(?P<engine>sqlite|postgresql))?\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    text: str
    #: SHA-256 of the text, hexadecimal.
    digest: str


def migrations(engine: str, folder: Path = FOLDER) -> list[Migration]:
    """Those of ``engine``, in order; a hole in the numbers is a ``ValueError``."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise ValueError(f"not the name of a migration: {path.name}")
        if name["engine"] in (None, engine):
            text = path.read_text(encoding="utf-8")
            found.append(Migration(int(name["number"]), text, hashlib.sha256(text.encode()).hexdigest()))
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations are numbered from 1, without a hole")
    return found


def migrate(session: Session, script: Callable[[str], None], steps: list[Migration]) -> int:
    """Apply what is not yet applied, inside the caller's transaction; the number of steps taken.

    ``script`` runs a text of several statements.
    """
    script("CREATE TABLE IF NOT EXISTS schema_version (number bigint NOT NULL PRIMARY KEY, digest text NOT NULL)")
    applied: dict[int, str] = dict(session.rows("SELECT number, digest FROM schema_version ORDER BY number"))
    for number, digest in applied.items():
        if number > len(steps):
            raise UnsafeSettings(
                f"BINOME_DATABASE : la base en est à la migration {number}, ce programme en connaît {len(steps)}."
            )
        if digest != steps[number - 1].digest:
            raise UnsafeSettings(f"BINOME_DATABASE : la migration {number} n’est pas celle qui a été appliquée.")
    missing = [step for step in steps if step.number not in applied]
    for step in missing:
        script(step.text)
        session.run_all("INSERT INTO schema_version (number, digest) VALUES (?, ?)", [(step.number, step.digest)])
    return len(missing)
