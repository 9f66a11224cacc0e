"""What the protocol judged of an act, in words: the proof keeps ids, the version of the protocol that it names has the texts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mappings.domain.logic import Truth
from mappings.domain.protocol import CriterionKind, Protocol
from mappings.domain.report import Section
from mappings.fhir.execution import Execution

Row = tuple[str, str]

_TITLES: Final[Mapping[CriterionKind, str]] = {
    "inclusion": "Critères d’inclusion",
    "exclusion": "Critères d’exclusion",
    "red-flag": "Signes d’alerte",
    "withdrawal": "Critères de sortie",
}
_MET: Final = {Truth.YES: "rempli", Truth.NO: "non rempli", Truth.UNKNOWN: "indéterminé"}
_PRESENT: Final = {Truth.YES: "présent", Truth.NO: "absent", Truth.UNKNOWN: "indéterminé"}
_HALTS: Final = {
    "undetermined": "aucune branche établie, une réponse manquait",
    "no-branch": "aucune branche ne correspondait",
    "conflict": "deux branches correspondaient à la fois",
}


def judged(execution: Execution | None, protocol: Protocol | None) -> tuple[Section, ...]:
    """None of what was not kept; of a protocol that is no longer here, the ids."""
    if execution is None:
        return ()
    return tuple(Section(title=title, rows=tuple(rows)) for title, rows in _sections(execution, protocol) if rows)


def _sections(execution: Execution, protocol: Protocol | None) -> Iterator[tuple[str, list[Row]]]:
    if protocol is None:
        yield "Critères", [(id_, _MET[truth]) for id_, truth in execution.criteria.items()]
    else:
        for kind, title in _TITLES.items():
            words = _MET if kind == "inclusion" else _PRESENT
            of_kind = [criterion for criterion in protocol.criteria if criterion.kind == kind]
            known = [one for one in of_kind if one.id in execution.criteria]
            yield title, [(one.text, words[execution.criteria[one.id]]) for one in known]
    texts = _texts(protocol) if protocol else {}
    yield "Scores", [(texts.get(id_, id_), _span(*span)) for id_, span in execution.scores.items()]
    yield (
        "Recours au délégant",
        [
            (texts.get(id_, id_), "obligatoire, tracé dans l’examen" if taken else "obligatoire, non tracé")
            for id_, taken in execution.recourses.items()
        ],
    )
    yield "Chemin suivi", list(_way(execution, texts))


def _way(execution: Execution, texts: Mapping[str, str]) -> Iterable[Row]:
    for branch in execution.way:
        yield texts.get(branch, branch), "branche suivie"
    if execution.halt:
        step, state = execution.halt
        yield texts.get(step, step), _HALTS.get(state, state)
    if execution.stop:
        yield texts.get(execution.stop, execution.stop), "l’examen s’est arrêté après cette étape"


def _span(low: int, high: int) -> str:
    return f"{low}" if low == high else f"de {low} à {high}, un élément étant inconnu"


def _texts(protocol: Protocol) -> dict[str, str]:
    branches = [branch for step in protocol.tree for branch in step.branches]
    return (
        {score.id: score.title for score in protocol.scores}
        | {recourse.id: recourse.text for recourse in protocol.recourses}
        | {step.id: step.text for step in protocol.tree}
        | {branch.id: branch.text for branch in branches}
        | {section.link_id: section.title for section in protocol.exam}
    )
