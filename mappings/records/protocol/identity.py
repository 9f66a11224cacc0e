"""``protocole.toml``: its versions and their texts of law, who may carry it, its words, what is complete."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from mappings.codes.facilities import FACILITIES
from mappings.codes.identifiers import is_rpps
from mappings.codes.professions import SPECIALTIES
from mappings.domain.cooperation import Period
from mappings.domain.evidence import Evidence, Fact, LegalReference
from mappings.domain.protocol import (
    AnnexCheck,
    Completeness,
    Override,
    Profession,
    Regime,
    Section,
    Structure,
    TrainingRequirement,
)
from mappings.records.table import Table, evidence, fact, optional_fact

REGIMES: Final[Mapping[str, Regime]] = {"national": "national", "local": "local"}
#: Regimes beside cooperation, each with its own law: listed in ``voisins.toml``, never executed, never mixed.
NEIGHBOURS: Final = (
    "pluriprofessionnel",
    "pharmacist-test-dispense",
    "acces-direct",
    "coordinated-nurse-adaptation",
    "article-51",
    "IPA",
)
COMPLETENESS: Final[Mapping[str, Completeness]] = {
    "complète": "complete",
    "partielle": "partial",
    "inconnue": "unknown",
}
SECTIONS: Final[Mapping[str, Section]] = {
    "inclusion": "inclusion",
    "exclusion": "exclusion",
    "sortie": "withdrawal",
    "examen": "exam",
    "recours": "recourse",
    "actes": "acts",
    "formation": "training",
    "information": "information",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What differs of a version in its identity."""

    name: str
    title: str
    order: LegalReference | None
    ordered: dt.date | None
    published: dt.date | None
    period: Period | None
    dating: Evidence


class Carriers(TypedDict):
    """Who may carry the protocol."""

    delegators: tuple[Profession, ...]
    delegatees: tuple[Profession, ...]
    structures: tuple[Structure, ...]
    trainings: tuple[TrainingRequirement, ...]


class Words(TypedDict):
    """What the protocol says in words."""

    references: tuple[LegalReference, ...]
    objective: Fact | None
    domain: Fact | None
    recommendation: Fact | None
    consent: Fact
    contact: Fact
    report: Fact
    availability: Fact | None
    risks: Fact | None
    insurance: Fact | None
    indicators: tuple[Fact, ...]
    pay: tuple[Fact, ...]
    gaps: tuple[Fact, ...]


def versions_of(table: Table) -> tuple[Version, ...]:
    """From the oldest to the latest, none over another."""
    versions: list[Version] = []
    tables = table.tables("versions")
    for each in tables:
        version = _version(each)
        for before in versions:
            if version.name == before.name:
                each.refuse("duplicate", "version", f"La version « {version.name} » est écrite deux fois.")
        if versions and (version.period is None or versions[-1].period is None):
            each.refuse("required", "debut", "Une version parmi plusieurs doit dire son début.")
        elif versions:
            _after(each, version.period, versions[-1])
        versions.append(version)
    return tuple(versions)


def _after(table: Table, period: Period | None, before: Version) -> None:
    if period is None or before.period is None:
        return
    if before.period.end is None or period.start <= before.period.end:
        text = f"Cette version commence avant la fin de la version « {before.name} » : deux versions se recouvrent."
        table.refuse("business-rule", "debut", text)


def _version(table: Table) -> Version:
    key = "declaration" if "declaration" in table else "arrete"
    legal = table.table(key) if key in table else None
    version = Version(
        name=table.matching("version", r"\d{4}\.\d+", "une année, un point, un rang (2026.1)"),
        title=table.text("titre"),
        order=_reference(legal) if legal else None,
        ordered=legal.optional_day("date") if legal else None,
        published=legal.optional_day("publication") if legal else None,
        period=_period(table) if "debut" in table else None,
        # A doubtful day would decide of every act.
        dating=Evidence(**evidence(table, decides="debut" in table)),
    )
    if legal:
        legal.close()
    table.close()
    return version


def regime_of(identity: Table) -> Regime:
    said = identity.value("regime")
    if said in NEIGHBOURS:
        text = f"Le régime « {said} » n’est pas une coopération : il se liste dans voisins.toml et ne s’exécute pas."
        identity.refuse("business-rule", "regime", text)
        return "local"
    return identity.choice("regime", REGIMES)


def words(table: Table) -> Words:
    return Words(
        references=tuple(map(_closed_reference, table.tables("references"))),
        objective=optional_fact(table, "objectif"),
        domain=optional_fact(table, "domaine"),
        recommendation=optional_fact(table, "recommandation"),
        consent=fact(table.table("consentement")),
        contact=fact(table.table("contact")),
        report=fact(table.table("compte-rendu")),
        availability=optional_fact(table, "disponibilite"),
        risks=optional_fact(table, "risques"),
        insurance=optional_fact(table, "assurance"),
        indicators=tuple(map(fact, table.tables("indicateurs", least=0))),
        pay=tuple(map(fact, table.tables("remunerations", least=0))),
        gaps=tuple(map(fact, table.tables("lacunes", least=0))),
    )


def carriers(table: Table) -> Carriers:
    return Carriers(
        delegators=tuple(map(_profession, table.tables("delegants"))),
        delegatees=tuple(map(_profession, table.tables("delegues"))),
        structures=tuple(map(_structure, table.tables("structures", least=0))),
        trainings=tuple(map(_training, table.tables("formations", least=0))),
    )


def completeness(table: Table) -> dict[Section, Completeness]:
    said = {section: table.choice(key, COMPLETENESS) for key, section in SECTIONS.items()}
    table.close()
    return said


def annex_check(table: Table) -> AnnexCheck | None:
    checked = table.flag("annexe-verifiee")
    check = AnnexCheck(by=table.text("par"), on=table.day("le")) if checked else None
    table.close()
    return check


def override(table: Table) -> Override:
    """Who takes an incomplete list of exclusions upon themselves; published with its proof."""
    rpps = table.text("rpps")
    if rpps and not is_rpps(rpps):
        table.refuse("value", "rpps", "« rpps » n’est pas un numéro RPPS.")
    said = Override(by=table.text("nom"), rpps=rpps, on=table.day("le"), reason=table.text("raison"))
    table.close()
    return said


def _reference(table: Table) -> LegalReference:
    return LegalReference(citation=table.text("citation"), url=table.optional_text("url"), **evidence(table))


def _closed_reference(table: Table) -> LegalReference:
    reference = _reference(table)
    table.close()
    return reference


def _admission(table: Table) -> Period:
    """From the beginning of the version when it says no other day."""
    return _period(table) if "debut" in table else Period(start=dt.date.min, end=table.optional_day("fin"))


def _period(table: Table) -> Period:
    period = Period(start=table.day("debut"), end=table.optional_day("fin"))
    if period.end is not None and period.end < period.start:
        table.refuse("value", "fin", "La fin de la période précède son début.")
    return period


def _profession(table: Table) -> Profession:
    profession = Profession(
        code=table.text("profession"),
        display=table.text("libelle"),
        specialties=table.texts("specialites"),
        period=_admission(table),
        **evidence(table),
    )
    # A code of nobody's would admit nobody, and be found out at the first act.
    if f"G15_{profession.code}" not in SPECIALTIES:
        table.refuse("code-invalid", "profession", f"« {profession.code} » n’est pas une profession (TRE_G15).")
    for index, specialty in enumerate(profession.specialties):
        if f"G15_{profession.code}/{specialty}" not in SPECIALTIES:
            text = f"« {specialty} » n’est pas une spécialité de cette profession (TRE_R38)."
            table.refuse("code-invalid", f"specialites[{index}]", text)
    table.close()
    return profession


def _structure(table: Table) -> Structure:
    structure = Structure(
        code=table.text("code"),
        display=table.text("libelle"),
        period=_admission(table),
        demonstration_only=table.flag("admise-en-demonstration", default=False),
        **evidence(table),
    )
    if structure.code not in FACILITIES:
        table.refuse("code-invalid", "code", f"« {structure.code} » n’est pas un type de structure (TRE_R02).")
    table.close()
    return structure


def _training(table: Table) -> TrainingRequirement:
    for key in ("heures", "jours"):
        if (table.optional_whole(key) or 0) < 0:
            table.refuse("value", key, f"« {key} » ne peut pas être négatif.")
    training = TrainingRequirement(
        module=table.text("module"),
        hours=table.optional_whole("heures"),
        days=table.optional_whole("jours"),
        trainer=table.optional_text("formateur"),
        **evidence(table),
    )
    table.close()
    return training
