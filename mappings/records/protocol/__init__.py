"""A protocol, with all its dated versions, from the TOML files that a clinician reviews.

Strict: an unknown key, a fact without source or certainty, a condition on a question that does not exist,
a doubtful fact that would decide, an id said twice, a tree that turns in circles or says two things at once,
versions that overlap are refused, all of them at once, each with its file and its line.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from mappings.domain.protocol import STEPS, Protocol
from mappings.domain.sheet import missing_of
from mappings.issues import Issue, Refused
from mappings.records.condition import Known
from mappings.records.edition import Edition
from mappings.records.lines import line_at, lines_of
from mappings.records.protocol.acts import activities, outcomes, recourses
from mappings.records.protocol.criteria import criteria
from mappings.records.protocol.exam import exam_of, information_of, scores_of
from mappings.records.protocol.identity import (
    Version,
    annex_check,
    carriers,
    completeness,
    override,
    regime_of,
    versions_of,
    words,
)
from mappings.records.protocol.tree import tree_of
from mappings.records.table import Reading, Table, evidence

FILES: Final = (
    "sources.toml",
    "protocole.toml",
    "criteres.toml",
    "examen.toml",
    "decision.toml",
    "actes.toml",
    "information.toml",
)


def protocols_from_toml(files: Mapping[str, str]) -> tuple[Protocol, ...]:
    """Every version, from the oldest; raises ``Refused`` with every fault of the named files' text."""
    issues = list(_missing_and_unknown(files))
    parsed = {name: _parsed(name, files[name], issues) for name in FILES if name in files}
    if issues:
        raise Refused(issues)
    sources = _sources(Table(parsed["sources.toml"], "sources.toml", Reading(issues)))
    versions = versions_of(Table(parsed["protocole.toml"], "protocole.toml", Reading(issues, sources)))
    order = tuple(version.name for version in versions)
    protocols: list[Protocol] = []
    for version in versions:
        reading = Reading(issues, sources, Edition(order, version.name))
        for id_ in STEPS:
            reading.names.claim("plan", id_)
        before = protocols[-1].canonical if protocols else ""
        protocols.append(_protocol({name: Table(parsed[name], name, reading) for name in FILES[1:]}, version, before))
    if not issues:
        issues += [issue for number, one in enumerate(protocols) for issue in _unfinished(one, number)]
    if issues:
        raise Refused(_placed(files, issues))
    return tuple(protocols)


def _unfinished(protocol: Protocol, number: int) -> Iterator[Issue]:
    """A version that would be in force lacks nothing that its identity sheet must say; a draft may."""
    if protocol.status != "active":
        return
    for item in missing_of(protocol):
        text = (
            f"La version « {protocol.version} » serait en vigueur sans rien dire de « {item.title} », que sa fiche "
            "d’identité doit porter : écrivez-le, ou laissez-la à l’état de brouillon (annexe-verifiee = false)."
        )
        yield Issue("required", f"protocole.toml.versions[{number}]", text)


def _protocol(tables: Mapping[str, Table], version: Version, predecessor: str) -> Protocol:
    """One version; what is faulty is told to the tables' reading."""
    table = tables["protocole.toml"]
    table.value("versions")  # read already
    identity = table.table("identite")
    known = Known()
    exam = exam_of(tables["examen.toml"], known)
    scores = scores_of(tables["examen.toml"], known)
    judged = criteria(tables["criteres.toml"], known)
    carried_by = carriers(table)
    delegatees = {profession.code for profession in carried_by["delegatees"]}
    acts = activities(tables["actes.toml"], version.name, known, delegatees)
    for section, stops in exam.stops:
        for index, id_ in enumerate(stops):
            if id_ not in {criterion.id for criterion in judged}:
                section.refuse("not-found", f"arret[{index}]", f"Le critère « {id_} » n’existe pas.")
    protocol = Protocol(
        id=identity.identifier("id"),
        version=version.name,
        prefix=identity.identifier("prefixe"),
        predecessor=predecessor,
        regime=regime_of(identity),
        title=version.title,
        short_title=identity.text("titre-court"),
        **evidence(identity),
        order=version.order,
        ordered=version.ordered,
        published=version.published,
        period=version.period,
        dating=version.dating,
        **words(table),
        **carried_by,
        criteria=judged,
        exam=exam.sections,
        information=information_of(tables["information.toml"]),
        scores=scores,
        recourses=recourses(tables["decision.toml"], known),
        tree=tree_of(tables["decision.toml"], known, acts),
        outcomes=outcomes(tables["decision.toml"]),
        activities=acts,
        completeness=completeness(table.table("completude")),
        annex_check=annex_check(table.table("controle")),
        override=override(table.table("derogation-clinicien")) if "derogation-clinicien" in table else None,
    )
    identity.close()
    for read in tables.values():
        read.close()
    return protocol


def _missing_and_unknown(files: Mapping[str, str]) -> Iterator[Issue]:
    for name in FILES:
        if name not in files:
            yield Issue("required", name, f"Le fichier {name} manque.")
    for name in files:
        if name not in FILES:
            yield Issue("not-supported", name, f"Le fichier {name} n’est pas attendu.")


def _parsed(name: str, text: str, issues: list[Issue]) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        place = re.search(r"line \d+", str(fault))
        line = place.group().replace("line", "ligne") if place else "fin du fichier"
        issues.append(Issue("structure", name, f"Le fichier {name} n’est pas du TOML valide ({line})."))
        return {}


def _sources(table: Table) -> dict[str, str]:
    """Citation by key, with its address when it has one."""
    citations = {}
    for key in table.keys():
        source = table.table(key)
        url = source.optional_text("url")
        citations[key] = f"{source.text('citation')} ({url})" if url else source.text("citation")
        source.close()
    return citations


def _placed(files: Mapping[str, str], issues: Iterable[Issue]) -> Iterator[Issue]:
    """Each fault once, however many versions share it, with its file and its line."""
    lines = {name: lines_of(text) for name, text in files.items()}
    for issue in dict.fromkeys(issues):
        name, _, path = issue.expression.partition(".toml.")
        line = line_at(lines[f"{name}.toml"], path)
        yield dataclasses.replace(issue, text=f"{name}.toml, ligne {line} : {issue.text}")
