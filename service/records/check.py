"""``binome check``: what a protocol folder still lacks, in French, for whoever writes it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from mappings.domain.comparison import differences
from mappings.domain.completeness import Mark, Point, points, questions
from mappings.domain.protocol import Obstacle, Protocol
from mappings.issues import Refused
from service.records.catalogue import load_neighbours, read_folder

_MARKS: Final[dict[Mark, str]] = {"there": "✓        ", "to-validate": "à valider", "missing": "manque   "}
_STATUS: Final = {"draft": "brouillon", "active": "en vigueur à ses dates"}
_OBSTACLES: Final[dict[Obstacle, str]] = {
    "inclusion": "La liste des critères d’inclusion n’est pas complète.",
    "exclusion": "La liste des exclusions n’est pas complète, et aucun clinicien nommé n’en répond (derogation-clinicien).",
    "effect": "La date d’effet manque.",
    "order": "La date de l’arrêté, ou de la déclaration d’un protocole local, manque.",
    "structure": "Aucune structure n’est admise.",
    "carrier": "Il faut au moins une profession de délégant et une de délégué.",
    "training": "Aucune formation n’est demandée.",
    "general-knowledge": "Un fait de connaissance générale (G) y décide.",
    "derogation": "Le caractère dérogatoire d’un acte est à valider.",
    "annex": "Le contrôle sur l’annexe n’est pas fait (annexe-verifiee).",
}


def check_protocol(folder: Path) -> tuple[list[str], bool]:
    """The lines to read, and whether nothing is missing nor to be validated in the latest version."""
    if not folder.is_dir():
        return [f"Le dossier {folder} n’existe pas."], False
    try:
        protocols = read_folder(folder)
    except Refused as refused:
        count = len(refused.issues)
        faults = "une faute" if count == 1 else f"{count} fautes"
        return [f"{folder.name} : {faults} à corriger", "", *(f"  {issue.text}" for issue in refused.issues)], False
    latest = protocols[-1]
    readme = (folder / "LISEZ-MOI.md").is_file()
    whole = all(point.mark == "there" for point in _points(latest))
    return [*_said(protocols), *([] if readme else ["", "Le fichier LISEZ-MOI.md manque."])], whole and readme


def check_catalogue(folder: Path) -> tuple[list[str], bool]:
    """Every protocol of the catalogue in a line a version, then the neighbouring regimes."""
    if not folder.is_dir():
        return [f"Le dossier {folder} n’existe pas."], False
    lines, right = [], True
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            lines += [_line(protocol) for protocol in read_folder(each)]
        except Refused as refused:
            lines += [f"{each.name}/{issue.text}" for issue in refused.issues]
            right = False
    lines += ["", "Régimes voisins, listés et jamais exécutés :"]
    lines += [
        f"  {neighbour.title} ({neighbour.regime}) : {neighbour.difference}" for neighbour in load_neighbours(folder)
    ]
    return lines, right


def _said(protocols: tuple[Protocol, ...]) -> Iterator[str]:
    yield from (_line(protocol) for protocol in protocols)
    for before, after in pairwise(protocols):
        yield ""
        yield f"De la version {before.version} à la version {after.version}"
        yield from (
            f"  {line}" for line in differences(before, after) or ("Rien ne change que les dates et les textes.",)
        )
    latest = protocols[-1]
    if latest.obstacles:
        yield ""
        yield f"Version {latest.version} : ce qui la retient à l’état de brouillon"
        yield from (f"  {_OBSTACLES[obstacle]}" for obstacle in latest.obstacles)
    yield ""
    yield f"Version {latest.version} : ce qu’un protocole doit contenir"
    yield from _shown(points(latest))
    yield ""
    yield "Les six questions"
    yield from _shown(questions(latest))
    if latest.gaps:
        yield ""
        yield "Lacunes déclarées"
        yield from (f"  {gap.text}" for gap in latest.gaps)


def _shown(points_: tuple[Point, ...]) -> Iterator[str]:
    for point in points_:
        yield f"  {_MARKS[point.mark]}  {point.title}"
        yield from (f"                 {remark}" for remark in point.remarks)


def _points(protocol: Protocol) -> tuple[Point, ...]:
    return (*points(protocol), *questions(protocol))


def _line(protocol: Protocol) -> str:
    marks = [point.mark for point in _points(protocol)]
    period = "sans date d’effet"
    if protocol.period is not None:
        end = f" au {protocol.period.end:%d/%m/%Y}" if protocol.period.end else ""
        period = f"du {protocol.period.start:%d/%m/%Y}{end}" if end else f"depuis le {protocol.period.start:%d/%m/%Y}"
    return (
        f"{protocol.short_title}, version {protocol.version}, {period} : {_STATUS[protocol.status]} ; "
        f"points établis : {marks.count('there')} sur {len(marks)}, "
        f"à valider : {marks.count('to-validate')}, manquants : {marks.count('missing')}"
    )
