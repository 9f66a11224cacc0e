"""Whether an identifier may be what it says: OID, RPPS, FINESS, INS. Form and key only, never existence.

Sources: ISO/IEC 8824 (OID; 64 characters at most, IHE ITI TF-3 4.2.3.1.1); RPPS: Luhn on 11 digits; INS: key of
the NIR, 97 − (13 digits mod 97), Corsica 2A → 19 and 2B → 18; FINESS: 9 characters, Corsica 2A and 2B.
"""

import re
from typing import Final

_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_RPPS: Final = re.compile(r"[0-9]{11}")
_FINESS: Final = re.compile(r"[0-9][0-9AB][0-9]{7}")
_INS: Final = re.compile(r"[0-9]{5}([0-9]{2}|2A|2B)[0-9]{8}")
_CCAM: Final = re.compile(r"[A-Z]{4}[0-9]{3}")
_MAILBOX: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_COMMUNE: Final = re.compile(r"([0-9]{2}|2A|2B)[0-9]{3}")


def is_oid(value: str) -> bool:
    """An OID of at most 64 characters, no component with a leading zero."""
    return len(value) <= 64 and _OID.fullmatch(value) is not None


def is_rpps(value: str) -> bool:
    """11 digits whose Luhn sum is right."""
    if _RPPS.fullmatch(value) is None:
        return False
    doubled = (2 * int(digit) for digit in value[-2::-2])
    return (sum(map(int, value[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def is_finess(value: str) -> bool:
    return _FINESS.fullmatch(value) is not None


def is_ins(value: str) -> bool:
    """15 characters whose two last are the key of the 13 first."""
    if _INS.fullmatch(value) is None:
        return False
    number = int(value[:13].replace("2A", "19").replace("2B", "18"))
    return int(value[13:]) == 97 - number % 97


def is_commune(value: str) -> bool:
    """An INSEE (COG) code, of a commune or of a country (99xxx)."""
    return _COMMUNE.fullmatch(value) is not None


def is_ccam(value: str) -> bool:
    """The form of a CCAM code: four letters, three digits."""
    return _CCAM.fullmatch(value) is not None


def is_mailbox(value: str) -> bool:
    """An address as RFC 5321 writes it without quotes or comments, in ASCII: nothing that could end a header."""
    return len(value) <= 254 and _MAILBOX.fullmatch(value) is not None
