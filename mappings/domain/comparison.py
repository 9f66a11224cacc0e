"""What changed from one version of a protocol to the next, part by part."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mappings.domain.protocol import Activity, Protocol


def differences(before: Protocol, after: Protocol) -> tuple[str, ...]:
    """One French line for each part that came, went or changed."""
    return tuple(line for kind, parts in _parts(before).items() for line in _compared(kind, parts, _parts(after)[kind]))


def _parts(protocol: Protocol) -> Mapping[str, Mapping[str, tuple[str, Any]]]:
    """By kind, then by id: the words of the part, and all of it."""
    return {
        "Titre": {"": (protocol.title, protocol.title)},
        "Délégant": {each.code: (each.display, each) for each in protocol.delegators},
        "Délégué": {each.code: (each.display, each) for each in protocol.delegatees},
        "Structure": {each.code: (each.display, each) for each in protocol.structures},
        "Formation": {each.module: (each.module, each) for each in protocol.trainings},
        "Critère": {each.id: (each.text, each) for each in protocol.criteria},
        "Question": {each.link_id: (each.text, each) for each in protocol.exam_items},
        "Score": {each.id: (each.title, each) for each in protocol.scores},
        "Recours": {each.id: (each.text, each) for each in protocol.recourses},
        "Branche": {branch.id: (branch.text, branch) for step in protocol.tree for branch in step.branches},
        "Acte": {each.id: (each.title, _timeless(each)) for each in protocol.activities},
        "Compte rendu": {"": (protocol.report.text, protocol.report)},
        "Rémunération": {each.text: (each.text, each) for each in protocol.pay},
    }


def _timeless(activity: Activity) -> Activity:
    """Its canonical names the version, and always differs."""
    return dataclasses.replace(activity, canonical="")


def _compared(kind: str, before: Mapping[str, tuple[str, Any]], after: Mapping[str, tuple[str, Any]]) -> Iterator[str]:
    yield from _told(f"{kind} retiré", "e", kind, (before[id_][0] for id_ in before if id_ not in after))
    yield from _told(f"{kind} ajouté", "e", kind, (after[id_][0] for id_ in after if id_ not in before))
    for id_, (words, part) in before.items():
        if id_ in after and after[id_][1] != part:
            told = after[id_][0]
            yield f"{kind} : {words}" + (f" → {told}" if told != words else " (dit autrement)")


def _told(words: str, feminine: str, kind: str, parts: Iterable[str]) -> Iterator[str]:
    agreed = words + (feminine if kind in _FEMININE else "")
    yield from (f"{agreed} : {part}" for part in parts)


_FEMININE = frozenset({"Structure", "Formation", "Question", "Branche", "Rémunération"})
