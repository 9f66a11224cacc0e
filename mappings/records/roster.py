"""The rows of a team's list, whichever way they came: each becomes a member, or is put aside with its reason.

Rows come from a State dossier, a CSV file or a spreadsheet. A row goes in whole or not at all. The sentences name the
element and never its value.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.codes.characters import is_printable_text
from mappings.codes.health_professions import HEALTH_PROFESSIONS
from mappings.codes.identifiers import is_rpps
from mappings.domain.cooperation import Function
from mappings.domain.declaration import Member, Remark
from mappings.domain.protocol import Profession, Protocol
from mappings.elements import parse_date

#: What a row may say; a source names its own columns after these.
COLUMNS: Final = ("family", "given", "profession", "function", "rpps", "adeli", "since")
#: Longest name, characters.
_LONGEST: Final = 100

_RPPS: Final = re.compile(r"[0-9]{11}")
_ADELI: Final = re.compile(r"[0-9][0-9AB][0-9]{7}")
_SLASHED: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_WORDED: Final = re.compile(r"([0-9]{1,2})(?:er)? ([a-z]+) ([0-9]{4})")
_MONTHS: Final = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
_FUNCTIONS: Final[dict[str, Function]] = {
    "delegant": "DELEGATOR",
    "delegante": "DELEGATOR",
    "delegant e": "DELEGATOR",
    "delegue": "DELEGATEE",
    "deleguee": "DELEGATEE",
    "delegue e": "DELEGATEE",
    "delegator": "DELEGATOR",
    "delegatee": "DELEGATEE",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the names of ``COLUMNS``; what a source does not have is empty."""

    #: As its reader counts: row of the team in a dossier, line in a file.
    number: int
    cells: Mapping[str, str]
    #: What is wrong with the row before anything of it is read.
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a source calls things, beside the names of the reference tables; by ``key_of``."""

    professions: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    def profession(self, text: str) -> str:
        """Code of TRE_G15; empty when it is none that we know."""
        code = text.strip()
        if code in HEALTH_PROFESSIONS:
            return code
        return self.professions.get(key_of(text)) or _PROFESSIONS.get(key_of(text), "")

    def function(self, text: str) -> Function | None:
        return self.functions.get(key_of(text)) or _FUNCTIONS.get(key_of(text))


def key_of(text: str) -> str:
    """``text`` without case, accents or signs: what people type in many ways is one word."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


_PROFESSIONS: Final = {key_of(name): code for code, name in HEALTH_PROFESSIONS.items()}


def read_members(
    rows: Iterable[Row], protocol: Protocol, day: dt.date, words: Words
) -> tuple[tuple[Member, ...], tuple[Remark, ...]]:
    """The members that the rows tell, in their order, under the version of the protocol in force on ``day``."""
    members: list[Member] = []
    remarks: list[Remark] = []
    seen: dict[str, int] = {}
    for row in rows:
        read = _Reading(row, protocol, day, words)
        member = read.member()
        if not read.faults and (first := seen.setdefault(member.number, row.number)) != row.number:
            read.faults.append(f"ce professionnel figure déjà à la ligne {first}.")
        remarks += [Remark(row=row.number, text=text, aside=True) for text in read.faults]
        if not read.faults:
            members.append(member)
            remarks += [Remark(row=row.number, text=text, aside=False) for text in read.doubts]
    return tuple(members), tuple(remarks)


def french_date(text: str) -> dt.date | None:
    """A day as people write it: 12/03/2026, 12 mars 2026, 1er mars 2026, 2026-03-12; None for anything less."""
    text = text.strip()
    if match := _SLASHED.fullmatch(text):
        parts = int(match[3]), int(match[2]), int(match[1])
    elif (match := _WORDED.fullmatch(key_of(text))) and match[2] in _MONTHS:
        parts = int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1])
    else:
        return parse_date(text)
    try:
        return dt.date(*parts)
    except ValueError:
        return None


class _Reading:
    """One row being read: what it says, and every fault of it."""

    def __init__(self, row: Row, protocol: Protocol, day: dt.date, words: Words) -> None:
        self._row = row
        self._protocol = protocol
        self._day = day
        self._words = words
        self.faults: list[str] = [row.fault] if row.fault else []
        self.doubts: list[str] = []

    def member(self) -> Member:
        """A stand-in beside faults: the caller looks at them first."""
        if self.faults:
            return Member(function="DELEGATEE", family="", given="", profession="")
        family = self._name("family", "le nom")
        given = self._name("given", "le prénom")
        rpps, adeli = self._numbers()
        profession = self._profession()
        return Member(
            function=self._function(profession),
            family=family,
            given=given,
            profession=profession,
            rpps=rpps,
            adeli=adeli,
            since=self._since(),
        )

    def _cell(self, name: str) -> str:
        return " ".join(self._row.cells.get(name, "").split())

    def _name(self, column: str, called: str) -> str:
        text = self._cell(column)
        if not text:
            self.faults.append(f"{called} manque.")
        elif len(text) > _LONGEST or not is_printable_text(text):
            self.faults.append(f"{called} est trop long ou contient des caractères qui ne peuvent pas être écrits.")
        return text

    def _numbers(self) -> tuple[str, str]:
        rpps, adeli = (self._cell(name).replace(" ", "").upper() for name in ("rpps", "adeli"))
        if rpps and not _RPPS.fullmatch(rpps):
            self.faults.append("le numéro RPPS ne compte pas 11 chiffres.")
        elif rpps and not is_rpps(rpps):
            # The directory's own samples fail the key: it makes nobody unknown.
            self.doubts.append("la clé du numéro RPPS est inattendue : à vérifier.")
        if not rpps and not adeli:
            self.faults.append("le numéro RPPS manque, et aucun numéro ADELI ne le remplace.")
        if not rpps and adeli and not _ADELI.fullmatch(adeli):
            self.faults.append("le numéro ADELI ne compte pas 9 caractères.")
        return rpps, "" if rpps else adeli

    def _profession(self) -> str:
        text = self._cell("profession")
        code = self._words.profession(text)
        if not text:
            self.faults.append("la profession manque.")
        elif not code:
            self.faults.append("la profession n’est pas reconnue.")
        return code

    def _function(self, profession: str) -> Function:
        text = self._cell("function")
        told = self._words.function(text) if text else None
        if text and told is None:
            self.faults.append("la fonction n’est ni « délégant » ni « délégué ».")
        elif profession:
            admitted = list(self._admitted(profession))
            if told is not None and told not in admitted:
                self.faults.append("le protocole n’admet pas cette profession pour cette fonction à cette date.")
            elif told is None and len(admitted) != 1:
                self.faults.append(
                    "la fonction manque, et la profession ne suffit pas à la dire."
                    if admitted
                    else "le protocole n’admet pas cette profession à cette date."
                )
            elif told is None:
                return admitted[0]
        return told or "DELEGATEE"

    def _admitted(self, profession: str) -> Iterator[Function]:
        """Functions that the protocol lets the profession hold; a list says nothing of specialties."""
        if _admits(self._protocol.delegators, profession, self._day):
            yield "DELEGATOR"
        if _admits(self._protocol.delegatees, profession, self._day):
            yield "DELEGATEE"

    def _since(self) -> dt.date | None:
        text = self._cell("since")
        since = french_date(text) if text else None
        if text and since is None:
            self.faults.append("la date d’entrée dans l’équipe n’est pas une date (exemple : 12/03/2026).")
        return since


def _admits(professions: Iterable[Profession], code: str, day: dt.date) -> bool:
    return any(one.code == code and one.period.covers(day) for one in professions)
