"""The words of the index: every value that can be asked for exactly is one 64-bit term.

A term is the beginning of a BLAKE2b digest: two values share one with a chance of 2⁻⁶⁴, and nobody can look for a
second value of a given term in less than 2⁶⁴ trials. Who enters and who asks both come here.

====================================  ==========================================================
``(type)``                            every resource of the type
``(type, param, "=", value)``         token whatever its system, uri, string as written
``(type, param, "|", system, value)`` token of this system; empty, of none
``(type, param, "|", system)``        any token of this system
``(type, param, "/", target, id)``    reference to a resource of this server
====================================  ==========================================================
"""

from functools import lru_cache
from hashlib import blake2b

#: Terms remembered by a process: those of people, structures, codes and states come again and again.
_REMEMBERED = 8_192


@lru_cache(maxsize=_REMEMBERED)
def term(*parts: str) -> int:
    """64 bits, signed. Parts are told apart whatever they hold."""
    text = "\x1f".join(parts) if all("\x1f" not in part for part in parts) else repr(parts)
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big", signed=True)
