"""What the protocol judged of an act, in words: the proof keeps ids, the version of the protocol that it names has the texts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mappings.domain.execution import Execution
from mappings.domain.logic import Truth
from mappings.domain.protocol import CriterionKind, Protocol
from mappings.domain.report import Entry, Section

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


_TRUTHS: Final = {Truth.YES: True, Truth.NO: False, Truth.UNKNOWN: None}


def judged(execution: Execution | None, protocol: Protocol | None) -> tuple[Section, ...]:
    """None of what was not kept; of a protocol that is no longer here, the ids."""
    if execution is None:
        return ()
    return tuple(section for section in _sections(execution, protocol) if section.rows)


def _sections(execution: Execution, protocol: Protocol | None) -> Iterator[Section]:
    for title, words, criteria in _criteria(execution, protocol):
        truths = [(text, execution.criteria[id_]) for id_, text in criteria]
        yield Section(
            title=title,
            rows=tuple((text, words[truth]) for text, truth in truths),
            entries=tuple(Entry(row=row, value=_TRUTHS[truth]) for row, (_, truth) in enumerate(truths)),
        )
    texts = _texts(protocol) if protocol else {}
    yield Section(
        title="Scores",
        rows=tuple((texts.get(id_, id_), _span(*span)) for id_, span in execution.scores.items()),
        entries=tuple(Entry(row=row, value=span) for row, span in enumerate(execution.scores.values())),
    )
    yield Section(
        title="Recours obligatoires au délégant",
        rows=tuple(
            (texts.get(id_, id_), "obligatoire, tracé dans l’examen" if taken else "obligatoire, non tracé")
            for id_, taken in execution.recourses.items()
        ),
        entries=tuple(Entry(row=row, value=taken) for row, taken in enumerate(execution.recourses.values())),
    )
    way = tuple(_way(execution, texts))
    yield Section(
        title="Chemin suivi",
        rows=way,
        entries=tuple(Entry(row=row, value=True) for row in range(len(execution.way))),
    )


def _criteria(
    execution: Execution, protocol: Protocol | None
) -> Iterator[tuple[str, Mapping[Truth, str], list[tuple[str, str]]]]:
    """By kind, the words of its truths, and id and text of each criterion that was judged."""
    if protocol is None:
        yield "Critères", _MET, [(id_, id_) for id_ in execution.criteria]
        return
    for kind, title in _TITLES.items():
        known = [one for one in protocol.criteria if one.kind == kind and one.id in execution.criteria]
        yield title, _MET if kind == "inclusion" else _PRESENT, [(one.id, one.text) for one in known]


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
