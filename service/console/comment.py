"""The comment that a délégant writes beside an act: read from the form, and given back when it cannot be kept. Pure."""

from dataclasses import dataclass
from typing import Final

from mappings.codes.characters import unprintable
from service.console.french import NBSP

#: Longest comment on an act, characters.
LONGEST: Final = 2000
#: So many characters that cannot be written are named.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What was written, and why it cannot be kept, a sentence each; none when it can."""

    text: str
    faults: tuple[str, ...] = ()


def comment(posted: str) -> Comment:
    """What nobody can see, and so cannot take out, is taken out of what is given back."""
    text = posted.replace("\r\n", "\n").replace("\t", " ").strip()
    unknown = unprintable(text)
    unseen = {character for character in unknown if not character.isprintable()}
    faults = []
    if len(text) > LONGEST:
        faults.append(f"Un commentaire tient en {LONGEST} caractères ; celui-ci en compte {len(text)}.")
    if shown := [character for character in unknown if character not in unseen]:
        more = " …" if len(shown) > _NAMED else ""
        named = " ".join(shown[:_NAMED]) + more
        faults.append(f"Ces caractères ne peuvent pas être écrits dans la trace{NBSP}: {named}")
    if unseen:
        faults.append("Il y avait des caractères invisibles, qui ne peuvent pas être écrits : ils ont été ôtés.")
    return Comment(text="".join(one for one in text if one not in unseen), faults=tuple(faults))
