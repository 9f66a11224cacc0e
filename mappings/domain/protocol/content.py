"""What a version says, as a digest: two definitions that say the same have the same, however their files are written.

Not of the content: the end of the version, which comes after it was published, the check against the annex, which is
done again each year, and where its title and its dates were read. An empty element is left out, so that one more element in a later program changes no digest.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from mappings.domain.protocol.definition import Protocol

#: How the digest is made: another one compares with no earlier digest.
SCHEME: Final = "binome-content-v1"


def content_digest(protocol: Protocol) -> str:
    """``binome-content-v1:`` and the SHA-256, in hexadecimal."""
    period = replace(protocol.period, end=None) if protocol.period else None
    told = _told(replace(protocol, period=period, annex_check=None))
    del told["dating"]
    printed = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{SCHEME}:{hashlib.sha256(printed.encode()).hexdigest()}"


def _told(value: Any) -> Any:
    """Of each element its type, for a number and a text that look alike are not the same."""
    if is_dataclass(value) and not isinstance(value, type):
        said = {one.name: getattr(value, one.name) for one in fields(value)}
        return {"": type(value).__name__} | {name: _told(one) for name, one in said.items() if not _empty(one)}
    if isinstance(value, Mapping):
        return {str(key): _told(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_told(one) for one in value]
    if isinstance(value, Set):
        return sorted(map(_told, value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal | dt.date):
        return f"{type(value).__name__} {value.normalize() if isinstance(value, Decimal) else value.isoformat()}"
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"a definition holds no {type(value).__name__}")


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | list | Mapping) and not value)
