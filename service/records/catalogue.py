"""The protocol catalogue: one folder a protocol with all its versions, read once at start."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from mappings.domain.protocol import Protocol
from mappings.issues import Issue, Refused
from mappings.records.lines import line_at, lines_of
from mappings.records.neighbours import FILE, Neighbour, neighbours_from_toml
from mappings.records.protocol import protocols_from_toml


@cache
def catalogue_of(folder: Path) -> Mapping[str, Protocol]:
    """The catalogue as it was when the process started: read once, before the web processes part."""
    return load_catalogue(folder)


def load_catalogue(folder: Path) -> dict[str, Protocol]:
    """Every version of every protocol under ``folder`` by its canonical; ``Refused`` with every fault of every one."""
    catalogue: dict[str, Protocol] = {}
    issues: list[Issue] = []
    taken: set[str] = set()
    if not folder.is_dir():
        text = f"Le dossier des protocoles n’existe pas (BINOME_PROTOCOLS) : {folder}."
        raise Refused(Issue("not-found", folder.name, text))
    for protocol_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            protocols = read_folder(protocol_folder)
        except Refused as refused:
            issues.extend(_within(protocol_folder.name, issue) for issue in refused.issues)
            continue
        names = {name for protocol in protocols for name in _names(protocol)}
        for name in sorted(names & taken):
            text = f"L’identifiant « {name} » est déjà celui d’un autre protocole du catalogue."
            issues.append(Issue("duplicate", protocol_folder.name, f"{protocol_folder.name} : {text}"))
        taken |= names
        catalogue |= {protocol.canonical: protocol for protocol in protocols}
    if issues:
        raise Refused(issues)
    return catalogue


def read_folder(folder: Path) -> tuple[Protocol, ...]:
    """The versions of the protocol of one folder."""
    files, issues = {}, []
    for path in sorted(path for path in folder.glob("*.toml") if path.is_file()):
        try:
            files[path.name] = _text(path)
        except UnicodeDecodeError:
            text = f"Le fichier {path.name} n’est pas en UTF-8 : enregistrez-le dans cet encodage."
            issues.append(Issue("structure", path.name, text))
    if issues:
        raise Refused(issues)
    return protocols_from_toml(files)


def _text(path: Path) -> str:
    """With or without the mark that some editors put at the head of UTF-8."""
    return path.read_text(encoding="utf-8-sig")


def place_of(folder: Path, protocol: Protocol) -> str:
    """Where a version is written, to be shown: ``exemple/protocole.toml, ligne 9``; the id when no folder holds it."""
    for path in sorted(folder.glob("*/protocole.toml")):
        text = _text(path)
        table = tomllib.loads(text)
        if table["identite"]["id"] == protocol.id:
            names = [version["version"] for version in table["versions"]]
            line = line_at(lines_of(text), f"versions[{names.index(protocol.version)}]")
            return f"{path.parent.name}/{path.name}, ligne {line}"
    return protocol.id


def load_neighbours(folder: Path) -> tuple[Neighbour, ...]:
    """The regimes beside cooperation that the catalogue lists; none when it has no such file."""
    path = folder / FILE
    return neighbours_from_toml(_text(path)) if path.is_file() else ()


def _names(protocol: Protocol) -> Iterable[str]:
    """What no other protocol may be called, nor its forms, nor its acts."""
    return {protocol.id, f"{protocol.prefix}-", *(activity.id for activity in protocol.activities)}


def _within(folder: str, issue: Issue) -> Issue:
    text = f"{folder}/{issue.text}"
    return Issue(issue.code, f"{folder}/{issue.expression}", text, issue.reference, issue.severity)
