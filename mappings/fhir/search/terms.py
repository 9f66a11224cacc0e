"""The words of the index: every value that can be asked for exactly is one 64-bit term.

A term is made of BLAKE2b digests: of the value alone, the id or the code, then of the whole. Terms that begin alike in
their first 32 bits stand together in the index. So do those of an act, and of what comes with it, that point at one
thing: they begin with 32 bits of its id, or with 16 bits of the time it was drawn (a UUID of version 7) and 16 of the
id. Others begin with 16 bits of their value, and share their first 32 with no other but by chance: the one consent of a
patient is not looked for among all his acts. Two values have one term with a
chance of 2⁻⁶⁴; to find a second value for a given term takes 2⁶⁴ trials, or 2⁴⁸ to whoever may choose ids of one
moment. Who enters and who asks both come here.

===============================================  ==========================================================
``(type)``                                       every resource of the type
``(type, param, "=", value)``                    token whatever its system unless entered once, uri, string as written
``(type, param, "=", url + "|")``                canonical that names no version
``(type, param, "|", system, value)``            token of this system; empty, of none
``(type, param, "|", system)``                   any identifier of this system
``(type, param, "of-type", system, code, value)``  identifier of this type
``(type, param, "text", folded)``                token whose words are these
``(type, param, "/", target, id)``               reference to a resource of this server
``(type, param, "identifier|", system, value)``  reference to whoever bears this identifier
===============================================  ==========================================================

Of a composite, what its first component says stands after the parameter. Spaces are named alike: ``(type, param)``,
then the first component, then the unit, then ``LONG`` for what lasts longer than most.
"""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from mappings.remembered import LongTexts

#: Of a space: the intervals that are longer than most.
LONG: Final = "long"
#: Of a space: the different values in use: displays and URIs; codes, each with its system; systems; units.
WORDS: Final = "words"
CODES: Final = "codes"
SYSTEMS: Final = "systems"
UNITS: Final = "units"
#: A UUID of version 7: its first 48 bits are milliseconds, of which these last ones are left out.
_DRAWN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MILLISECONDS: Final = 4
_UUID: Final = 36
#: What marks a reference, after the type and the parameter.
_POINTING: Final = ("/", "identifier|")
#: Written together, one or a few each time that somebody acts.
_OF_ACTS: Final = frozenset(
    {
        "Procedure",
        "QuestionnaireResponse",
        "Observation",
        "ServiceRequest",
        "MedicationRequest",
        "MedicationDispense",
        "Task",
        "Provenance",
        "AuditEvent",
    }
)
#: Terms remembered by a process: those of people, structures, codes and states come again and again.
_REMEMBERED = 8_192
_long: Final = LongTexts()


def coded(code: str, system: str) -> str:
    """A code in use, and its system, as one text that begins with the code."""
    return f"{code}\x1f{system}"


@lru_cache(maxsize=_REMEMBERED)
def term(*parts: str) -> int:
    """64 bits, signed. Parts are told apart whatever they hold."""
    text = "\x1f".join(parts)
    if text.count("\x1f") >= len(parts):
        text = repr(parts)
    _long.came(text, term.cache_clear)
    alone = 4 if len(parts) > 2 and parts[2] in _POINTING and parts[0] in _OF_ACTS else 2
    whole = blake2b(text.encode(errors="surrogatepass"), digest_size=8 - alone).digest()
    return int.from_bytes(_place(parts[-1], alone) + whole, "big", signed=True)


def _place(value: str, size: int) -> bytes:
    """Where in the index what is said of ``value`` stands."""
    if len(value) == _UUID and _DRAWN.fullmatch(value):
        moment = ((int(value[:8] + value[9:13], 16) >> _MILLISECONDS) & 0xFFFF).to_bytes(2, "big")
        return moment + _digest(value, size - 2) if size > 2 else moment
    return _digest(value, size)


def _digest(value: str, size: int) -> bytes:
    return blake2b(value.encode(errors="surrogatepass"), digest_size=size).digest()
