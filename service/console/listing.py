"""What the catalogue page shows of each protocol on a day. Pure: no store, no request, no clock."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mappings.domain.cooperation import Period
from mappings.domain.life.halts import Halts
from mappings.domain.protocol import TO_VALIDATE, Profession, Protocol, Regime, Structure
from mappings.domain.sheet import Sheet, sheet_of, words
from mappings.domain.versions import version_on, version_shown, versions_of
from mappings.records.roster import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A version that does not count on the day: no more, or not yet."""

    version: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One protocol of the catalogue."""

    #: Of the version in force; of the nearest one when there is none.
    sheet: Sheet
    in_force: bool
    structures: tuple[str, ...]
    delegators: tuple[str, ...]
    delegatees: tuple[str, ...]
    #: Parts of the definition that say themselves complete, of how many.
    complete: int
    parts: int
    retired: tuple[Dated, ...]
    coming: tuple[Dated, ...]


def listed(catalogue: Iterable[Protocol], day: dt.date, halts: Mapping[str, Halts]) -> dict[Regime, tuple[Listed, ...]]:
    """Each regime apart, and within it by title, as in a dictionary: a list never mixes what different laws rule.

    ``halts`` by canonical without version.
    """
    protocols = tuple(catalogue)
    lines = [_line(versions_of(protocols, id_), day, halts) for id_ in sorted({protocol.id for protocol in protocols})]
    regimes: tuple[Regime, ...] = ("national", "local")
    return {
        regime: tuple(
            sorted(
                (one for one in lines if one.sheet.regime == regime), key=lambda line: key_of(line.sheet.short_title)
            )
        )
        for regime in regimes
    }


def _line(versions: tuple[Protocol, ...], day: dt.date, halts: Mapping[str, Halts]) -> Listed:
    shown = version_shown(versions, day)
    return Listed(
        sheet=sheet_of(versions, shown, day, halts[shown.url]),
        in_force=version_on(versions, day) is not None,
        structures=_counting(shown, shown.structures, day),
        delegators=_counting(shown, shown.delegators, day),
        delegatees=_counting(shown, shown.delegatees, day),
        complete=sum(state == "complete" for state in shown.completeness.values()),
        parts=len(shown.completeness),
        retired=tuple(
            Dated(version=one.version, period=one.period)
            for one in versions
            if one.period and one.period.end is not None and one.period.end < day
        ),
        coming=tuple(
            Dated(version=one.version, period=one.period) for one in versions if one.period and day < one.period.start
        ),
    )


def _counting(shown: Protocol, carriers: Iterable[Profession | Structure], day: dt.date) -> tuple[str, ...]:
    """Those that count on the day, each once; all of them for a version that does not count itself."""
    names = (
        f"{one.display} ({words.TO_VALIDATE})" if one.certainty in TO_VALIDATE else one.display
        for one in carriers
        if one.period.covers(day) or not shown.in_force(day)
    )
    return tuple(dict.fromkeys(names))
