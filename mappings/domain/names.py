"""Whether two family names may be one person's: told apart without case, accents or signs. Pure, and no proof."""

import re
import unicodedata


def are_strangers(one: str, other: str) -> bool:
    """Neither is within the other: a name of marriage beside the name of birth is one person's."""
    first, second = _words(one), _words(other)
    return not (first <= second or second <= first)


def _words(name: str) -> set[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return set(re.findall(r"\w+", bare))
