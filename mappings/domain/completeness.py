"""What a protocol must contain, point by point, and which of it is there, to be validated, or missing.

The twelve points are those of the essential requirements (CSP L4011-2 and its decree, decree 2019-1482); the six
questions are those that a protocol answers: who does what, when, how, where and why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args
from typing import Protocol as Shape

from mappings.domain.evidence import TO_VALIDATE, Certainty
from mappings.domain.logic import Undefined, leaves
from mappings.domain.protocol import CriterionKind, Protocol, Section


class Known(Shape):
    """Anything that bears a mark of certainty."""

    @property
    def certainty(self) -> Certainty: ...


Mark = Literal["there", "to-validate", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that a protocol must say."""

    title: str
    mark: Mark
    #: What is missing or to be validated, in words.
    remarks: tuple[str, ...]


#: One part of a point: its name, the marks of its facts (none = it is missing), the section it belongs to.
_Part = tuple[str, Sequence[Certainty], Section | None]


def points(protocol: Protocol) -> tuple[Point, ...]:
    """The twelve points of the checklist, in their order."""
    return tuple(_point(protocol, title, parts) for title, parts in _checklist(protocol).items())


def questions(protocol: Protocol) -> tuple[Point, ...]:
    """Who, what, when, how, where, why."""
    return tuple(_point(protocol, title, parts) for title, parts in _questions(protocol).items())


def _checklist(protocol: Protocol) -> Mapping[str, list[_Part]]:
    kinds = {kind: [c for c in protocol.criteria if c.kind == kind] for kind in get_args(CriterionKind)}
    flags: list[_Part] = [("signes d’alerte", _of(kinds["red-flag"]), None)] if kinds["red-flag"] else []
    return {
        "1. But, domaine clinique, recommandation de bonne pratique": [
            ("but", _one(protocol.objective), None),
            ("domaine clinique", _one(protocol.domain), None),
            ("recommandation de bonne pratique", _one(protocol.recommendation), None),
        ],
        "2. Nouvelle organisation : qui fait quoi, dans quel ordre, où": [
            ("étapes de l’examen", _of(protocol.exam_items), None),
            ("actes", _of(protocol.activities), None),
            ("structures", _of(protocol.structures), None),
        ],
        "3. Critères d’éligibilité et de sortie": [
            ("inclusion", _of(kinds["inclusion"]), "inclusion"),
            ("exclusion", _of(kinds["exclusion"]), "exclusion"),
            ("sortie", _of(kinds["withdrawal"]), "withdrawal"),
            *flags,
        ],
        "4. Qualification des délégants et des délégués": [
            ("délégants", _of(protocol.delegators), None),
            ("délégués", _of(protocol.delegatees), None),
        ],
        "5. Expérience et formation complémentaire": [("formation", _of(protocol.trainings), "training")],
        "6. Inclusion, étapes, réorientation vers le délégant, délais": [
            ("contact et délai de réponse", _one(protocol.contact), None),
            ("recours au délégant", _of(protocol.recourses), "recourse"),
            ("issues", _of(protocol.outcomes), None),
        ],
        "7. Liste précise des étapes de l’examen": [("examen", _of(protocol.exam_items), "exam")],
        "8. Liste précise des actes, prescriptions et délivrances": [
            ("actes", _of(protocol.activities), "acts"),
            ("caractère dérogatoire des actes", [act.derogatory_certainty for act in protocol.activities], None),
        ],
        "9. Support suivi pendant l’acte : arbre de décision": [("arbre de décision", _tree(protocol), None)],
        "10. Information du patient, consentement, partage des données": [
            ("consentement", _one(protocol.consent), None),
            ("information", _of(protocol.information), "information"),
        ],
        "11. Organisation de l’équipe": [
            ("disponibilité du délégant", _one(protocol.availability), None),
            ("gestion des risques", _one(protocol.risks), None),
            ("assurance en responsabilité", _one(protocol.insurance), None),
        ],
        # The four indicators of the law (CSP D4011-4) hold for every protocol: only its own are in question.
        "12. Indicateurs et évaluation": [
            ("indicateurs propres, en plus des quatre de la loi", _of(protocol.indicators), None),
        ],
    }


def _questions(protocol: Protocol) -> Mapping[str, list[_Part]]:
    return {
        "Qui ?": [
            ("délégants", _of(protocol.delegators), None),
            ("délégués", _of(protocol.delegatees), None),
        ],
        "Fait quoi ?": [("actes", _of(protocol.activities), "acts")],
        "Quand ?": [
            ("date d’effet", [protocol.dating.certainty] if protocol.period else [], None),
            ("compte rendu", _one(protocol.report), None),
        ],
        "Comment ?": [
            ("examen", _of(protocol.exam_items), "exam"),
            ("arbre de décision", _tree(protocol), None),
        ],
        "Où ?": [("structures", _of(protocol.structures), None)],
        "Pourquoi ?": [("but", _one(protocol.objective), None)],
    }


def _tree(protocol: Protocol) -> list[Certainty]:
    return [branch.certainty for step in protocol.tree for branch in step.branches]


_SAID: Final = {"partial": "liste partielle", "unknown": "liste dont on ne sait pas si elle est complète"}


def _point(protocol: Protocol, title: str, parts: Iterable[_Part]) -> Point:
    missing, remarks = [], []
    for name, marks, section in parts:
        completeness = protocol.completeness[section] if section else "complete"
        if not marks:
            claimed = ", alors que la liste est dite complète" if section and completeness == "complete" else ""
            missing.append(f"{name} : rien n’est écrit{claimed}")
        elif any(mark in TO_VALIDATE for mark in marks):
            count = sum(mark in TO_VALIDATE for mark in marks)
            remarks.append(f"{name} : {count} {'fait' if count == 1 else 'faits'} à valider")
        if marks and completeness != "complete":
            remarks.append(f"{name} : {_SAID[completeness]}")
    remarks.extend(_open(protocol, title))
    mark: Mark = "missing" if missing else "to-validate" if remarks else "there"
    return Point(title=title, mark=mark, remarks=(*missing, *remarks))


def _open(protocol: Protocol, title: str) -> Iterator[str]:
    """The conditions that say « a-valider », where they stand."""
    if title.startswith("3."):
        conditions = [criterion.expression for criterion in protocol.criteria]
    elif title.startswith("9."):
        conditions = [branch.condition for step in protocol.tree for branch in step.branches]
    else:
        return
    texts = (leaf.text for condition in conditions for leaf in leaves(condition) if isinstance(leaf, Undefined))
    yield from dict.fromkeys(texts)


def _one(fact: Known | None) -> list[Certainty]:
    return [] if fact is None else [fact.certainty]


def _of(facts: Iterable[Known]) -> list[Certainty]:
    return [fact.certainty for fact in facts]
