"""The words of the index: every value that can be asked for exactly is one 64-bit term.

A term is the beginning of a BLAKE2b digest: two values share one with a chance of 2⁻⁶⁴, and nobody can look for a
second value of a given term in less than 2⁶⁴ trials. Who enters and who asks both come here.

===============================================  ==========================================================
``(type)``                                       every resource of the type
``(type, param, "=", value)``                    token whatever its system unless entered once, uri, string as written
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

from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: Of a space: the intervals that are longer than most.
LONG: Final = "long"
#: Of a space: the different values in use: displays and URIs; codes, each with its system; systems; units.
WORDS: Final = "words"
CODES: Final = "codes"
SYSTEMS: Final = "systems"
UNITS: Final = "units"
#: Terms remembered by a process: those of people, structures, codes and states come again and again.
_REMEMBERED = 8_192


def coded(code: str, system: str) -> str:
    """A code in use, and its system, as one text that begins with the code."""
    return f"{code}\x1f{system}"


@lru_cache(maxsize=_REMEMBERED)
def term(*parts: str) -> int:
    """64 bits, signed. Parts are told apart whatever they hold."""
    text = "\x1f".join(parts)
    if text.count("\x1f") >= len(parts):
        text = repr(parts)
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big", signed=True)
