"""What changed from a version of a protocol to another: added, removed or changed, in words."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from mappings.domain import wording
from mappings.domain.cooperation import Period
from mappings.domain.evidence import TO_VALIDATE, Certainty
from mappings.domain.protocol import Protocol

ChangeKind = Literal["added", "removed", "changed"]

#: Headings, in the order in which they are told.
HEADINGS: Final = (
    "Structures",
    "Professions",
    "Âges",
    "Critères",
    "Actes",
    "Formations",
    "Recours",
    "Examen",
    "Scores",
    "Arbre de décision",
    "Textes",
)
_KINDS: Final = {
    "inclusion": "Inclusion",
    "exclusion": "Exclusion",
    "red-flag": "Signe d’alerte",
    "withdrawal": "Sortie du protocole",
}
_TEXTS: Final = {
    "title": "Intitulé",
    "objective": "Objectif",
    "domain": "Domaine",
    "recommendation": "Recommandation",
    "consent": "Information et consentement",
    "contact": "Contact avec le délégant",
    "report": "Compte rendu",
    "availability": "Disponibilité du délégant",
    "risks": "Gestion des risques",
    "insurance": "Assurance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not the same in two versions."""

    heading: str
    kind: ChangeKind
    #: As it was, in words; empty when it was added.
    before: str
    #: As it became; empty when it was removed.
    after: str

    @property
    def reversed(self) -> "Change":
        kinds: dict[ChangeKind, ChangeKind] = {"added": "removed", "removed": "added", "changed": "changed"}
        return Change(heading=self.heading, kind=kinds[self.kind], before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class _Thing:
    """One comparable thing: what tells it apart, what of it counts, how it is said."""

    heading: str
    key: tuple[str, ...]
    value: Any
    words: str


def changes(before: Protocol, after: Protocol) -> tuple[Change, ...]:
    """From ``before`` to ``after``. Where a fact was read is not compared; how sure it is, is."""
    was, is_ = _keyed(_things(before)), _keyed(_things(after))
    found = [_change(was.get(key), is_.get(key)) for key in dict.fromkeys([*was, *is_])]
    return tuple(sorted(filter(None, found), key=lambda change: HEADINGS.index(change.heading)))


def _keyed(things: Iterable[_Thing]) -> dict[tuple[str, ...], _Thing]:
    """Each thing by what tells it apart; of two told apart by nothing, the second is the second."""
    keyed: dict[tuple[str, ...], _Thing] = {}
    for thing in things:
        # An age window that becomes another criterion is the same criterion: it stays under one key.
        key = ("Critères" if thing.heading == "Âges" else thing.heading, *thing.key)
        while key in keyed:
            key = (*key, "")
        keyed[key] = thing
    return keyed


def _change(was: _Thing | None, is_: _Thing | None) -> Change | None:
    if was is None or is_ is None:
        thing = was or is_
        assert thing is not None
        kind: ChangeKind = "removed" if is_ is None else "added"
        return Change(heading=thing.heading, kind=kind, before=was.words if was else "", after=is_.words if is_ else "")
    if was.value == is_.value:
        return None
    heading = min(was.heading, is_.heading, key=HEADINGS.index)
    return Change(heading=heading, kind="changed", before=was.words, after=is_.words)


def _things(protocol: Protocol) -> Iterator[_Thing]:
    yield from _carriers(protocol)
    yield from _criteria(protocol)
    yield from _acts(protocol)
    yield from _exam(protocol)
    for field, label in _TEXTS.items():
        fact = getattr(protocol, field)
        if isinstance(fact, str):
            yield _Thing("Textes", (field,), fact, f"{label} : {fact}")
        elif fact is not None:
            yield _Thing("Textes", (field,), _bare(fact), _marked(f"{label} : {fact.text}", fact.certainty))
    for label, facts in (("Indicateur", protocol.indicators), ("Rémunération", protocol.pay)):
        for fact in facts:
            yield _Thing("Textes", (label, fact.text), _bare(fact), _marked(f"{label} : {fact.text}", fact.certainty))


def _carriers(protocol: Protocol) -> Iterator[_Thing]:
    for structure in protocol.structures:
        own = _own(protocol, structure.period)
        words = _dated(structure.display, own, structure.certainty)
        yield _Thing("Structures", (structure.code,), (words, structure.demonstration_only), words)
    for role, professions in (("Délégant", protocol.delegators), ("Délégué", protocol.delegatees)):
        for profession in professions:
            own = _own(protocol, profession.period)
            words = _dated(f"{profession.display} ({role.lower()})", own, profession.certainty)
            yield _Thing("Professions", (role, profession.code), (words, profession.specialties), words)
    for training in protocol.trainings:
        words = _marked(wording.training(training), training.certainty)
        yield _Thing("Formations", (training.module,), _bare(training), words)


def _own(protocol: Protocol, period: Period) -> Period | None:
    """The period, when it is not the whole of the version: the dates of two versions differ anyhow."""
    whole = protocol.period
    if whole is None or period.start > whole.start:
        return period
    return None if period.end is None or (whole.end is not None and whole.end <= period.end) else period


def _criteria(protocol: Protocol) -> Iterator[_Thing]:
    for criterion in protocol.criteria:
        heading = "Âges" if criterion.is_of_age else "Critères"
        words = f"{_KINDS[criterion.kind]} : {criterion.text}"
        yield _Thing(heading, (criterion.id,), _bare(criterion), _marked(words, criterion.certainty))


def _acts(protocol: Protocol) -> Iterator[_Thing]:
    for activity in protocol.activities:
        words = activity.title + ("" if activity.derogatory else " (non dérogatoire)")
        yield _Thing("Actes", (activity.id,), _bare(activity), _marked(words, activity.certainty))
    for recourse in protocol.recourses:
        yield _Thing("Recours", (recourse.id,), _bare(recourse), _marked(recourse.text, recourse.certainty))
    for step in protocol.tree:
        yield _Thing("Arbre de décision", (step.id,), step.text, f"Étape : {step.text}")
        for branch in step.branches:
            words = _marked(f"{step.text} {branch.text}", branch.certainty)
            yield _Thing("Arbre de décision", (step.id, branch.id), _bare(branch), words)


def _exam(protocol: Protocol) -> Iterator[_Thing]:
    for section in protocol.exam:
        value = (section.title, section.role, section.stops)
        yield _Thing("Examen", (section.link_id,), value, f"Étape : {section.title}")
        for item in section.items:
            yield _Thing("Examen", (item.link_id,), _bare(item), _marked(f"Question : {item.text}", item.certainty))
    for item in protocol.information:
        yield _Thing("Textes", (item.link_id,), _bare(item), _marked(f"Information : {item.text}", item.certainty))
    for score in protocol.scores:
        yield _Thing("Scores", (score.id,), score.title, score.title)
        for points in score.points:
            words = _marked(f"{score.title} : {points.text}", points.certainty)
            yield _Thing("Scores", (score.id, points.id), _bare(points), words)


def _bare(thing: Any) -> Any:
    """All of ``thing`` but where it was read, and the canonical, which bears the version."""
    if dataclasses.is_dataclass(thing):
        names = [field.name for field in dataclasses.fields(thing) if field.name not in ("source", "canonical")]
        return (type(thing), *(_bare(getattr(thing, name)) for name in names))
    return tuple(map(_bare, thing)) if isinstance(thing, tuple) else thing


def _dated(text: str, own: Period | None, certainty: Certainty) -> str:
    return _marked(f"{text}, {wording.period(own)}" if own else text, certainty)


def _marked(text: str, certainty: Certainty) -> str:
    return f"{text} (à valider)" if certainty in TO_VALIDATE else text
