"""What the official validator said of every case, remembered beside the digest of what it judged (``official.json``)."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from conformance.agreement.verdicts import Places
from mappings.elements import Json
from mappings.fhir.json import dump

_FILE: Final = Path(__file__).with_name("official.json")


def remembered() -> dict[str, tuple[str, Places | None]]:
    """By the name of the case: its digest, and the verdict."""
    said = orjson.loads(_FILE.read_bytes())
    return {name: (digest, None if told is None else tuple(told)) for name, (digest, told) in said.items()}


def remember(cases: Mapping[str, Json], said: Mapping[str, Places | None]) -> None:
    """One line a case: a change of its verdict reads as a change of that line."""
    lines = [orjson.dumps({name: [digest(case), said[name]]}).decode()[1:-1] for name, case in cases.items()]
    _FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def digest(case: Json) -> str:
    return sha256(dump(case)).hexdigest()[:16]
