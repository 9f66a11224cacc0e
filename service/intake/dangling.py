"""References that lead to nothing: what is written points at what is here, or will be by the same commit."""

from collections.abc import Container, Iterable

from mappings.fhir.bundle import references
from mappings.issues import Issue
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed, key_of


def dangling(placed: Iterable[Placed], knowledge: Knowledge) -> list[Issue]:
    """References of what will be written that lead to nothing on this server; the others are relied on."""
    placed = list(placed)
    gone = {(item.entry.type, item.id) for item in placed if item.effect == "deleted"}
    # An act in error points where it did: only what this very request deletes would be missing. So does a task.
    same = (item.entry.type == "Task" or (item.retracts and not _points_at(item, gone)) for item in placed)
    written = [item for item, as_it_was in zip(placed, same, strict=True) if item.stays and not as_it_was]
    loose = set()
    for target in {target for item in written for target in item.points_at if not target.startswith("#")}:
        key = key_of(target)
        if key and knowledge.version(*key) and _was_written(target, knowledge.last_version(*key)):
            knowledge.rely_on(*key)
        else:
            loose.add(target)
    if not loose:
        return []
    return [
        Issue(
            "value",
            located(expression, item.entry),
            "Cette référence ne désigne aucune ressource de ce serveur.",
            "FHIR R4, references.html",
        )
        for item in written
        for target, expression in references(item.resource, item.entry.type)
        if target in loose
    ]


def _points_at(item: Placed, keys: Container[tuple[str, str] | None]) -> bool:
    return any(key_of(target) in keys for target in item.points_at)


def _was_written(target: str, last: int) -> bool:
    """Whether the version that a reference names, if it names one, is one of the ``last`` there were."""
    _, versioned, version = target.partition("/_history/")
    return not versioned or (
        version.isascii() and version.isdecimal() and len(version) < 10 and 1 <= int(version) <= last
    )
