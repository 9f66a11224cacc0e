"""A protocol from the TOML files that a clinician reviews (``fixtures/protocols/<name>/``).

Strict: an unknown key, a fact without source or certainty, a condition on a question that does not
exist, a doubtful fact that would decide, an id said twice are refused, all of them at once.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from mappings.codes.systems import ACTIVITY_DEFINITION
from mappings.domain.cooperation import Period
from mappings.domain.logic import Answered
from mappings.domain.protocol import (
    STEPS,
    Activity,
    ActivityKind,
    AnnexCheck,
    Completeness,
    Criterion,
    ExamSection,
    Fact,
    FormItem,
    ItemCode,
    ItemType,
    LegalReference,
    Option,
    Outcome,
    Profession,
    Protocol,
    Recourse,
    Section,
    Structure,
    TrainingRequirement,
)
from mappings.issues import Issue, Refused
from mappings.records.condition import condition_from_toml
from mappings.records.table import Table, evidence

FILES: Final = (
    "sources.toml",
    "protocole.toml",
    "criteres.toml",
    "examen.toml",
    "decision.toml",
    "actes.toml",
    "information.toml",
)

ITEM_TYPES: Final[Mapping[str, ItemType]] = {
    "oui-non": "boolean",
    "nombre": "decimal",
    "entier": "integer",
    "date": "date",
    "choix": "choice",
    "texte": "text",
}
KINDS: Final[Mapping[str, ActivityKind]] = {
    "acte": "Procedure",
    "medicament": "MedicationRequest",
    "demande": "ServiceRequest",
}
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

Questions = dict[str, FormItem]


def protocol_from_toml(files: Mapping[str, str]) -> Protocol:
    """Read the named files' text; raises ``Refused`` with every fault."""
    issues = list(_missing_and_unknown(files))
    parsed = {name: _parsed(name, files[name], issues) for name in FILES if name in files}
    if issues:
        raise Refused(issues)
    sources = _sources(Table(parsed["sources.toml"], "sources.toml", issues, {}))
    tables = {name: Table(parsed[name], name, issues, sources) for name in FILES[1:]}
    protocol = _protocol(tables)
    for table in tables.values():
        table.close()
    issues.extend(_repeated_ids(protocol))
    if issues:
        raise Refused(issues)
    return protocol


def _protocol(tables: Mapping[str, Table]) -> Protocol:
    table = tables["protocole.toml"]
    identity, order, check = table.table("identite"), table.table("arrete"), table.table("controle")
    questions: Questions = {}
    exam = tuple(_section(section, questions) for section in tables["examen.toml"].tables("rubriques"))
    version = identity.matching("version", r"\d{4}\.\d+")
    protocol = Protocol(
        id=identity.identifier("id"),
        version=version,
        prefix=identity.identifier("prefixe"),
        regime=identity.choice("regime", {"national": "national", "local": "local"}),
        title=identity.text("titre"),
        short_title=identity.text("titre-court"),
        **evidence(identity),
        order=_reference(order),
        ordered=order.day("date"),
        published=order.day("publication"),
        references=tuple(map(_closed_reference, table.tables("references"))),
        period=_dated(table.table("periode")),
        delegators=tuple(map(_profession, table.tables("delegants"))),
        delegatees=tuple(map(_profession, table.tables("delegues"))),
        structures=tuple(map(_structure, table.tables("structures"))),
        trainings=tuple(map(_training, table.tables("formations"))),
        consent=_fact(table.table("consentement")),
        contact=_fact(table.table("contact")),
        report=_fact(table.table("compte-rendu")),
        criteria=_criteria(tables["criteres.toml"], questions),
        exam=exam,
        information=_information(tables["information.toml"]),
        recourses=tuple(_recourse(rule, questions) for rule in tables["decision.toml"].tables("recours", least=0)),
        outcomes=_outcomes(tables["decision.toml"]),
        activities=tuple(_activity(act, version, questions) for act in tables["actes.toml"].tables("actes")),
        gaps=tuple(map(_fact, table.tables("lacunes", least=0))),
        completeness=_completeness(table.table("completude")),
        annex_check=_annex_check(check),
    )
    for read in (identity, order, check):
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


def _reference(table: Table) -> LegalReference:
    return LegalReference(citation=table.text("citation"), url=table.optional_text("url"), **evidence(table))


def _closed_reference(table: Table) -> LegalReference:
    reference = _reference(table)
    table.close()
    return reference


def _fact(table: Table) -> Fact:
    fact = Fact(text=table.text("texte"), **evidence(table))
    table.close()
    return fact


def _period(table: Table) -> Period:
    period = Period(start=table.day("debut"), end=table.optional_day("fin"))
    if period.end is not None and period.end < period.start:
        table.refuse("value", "fin", "La fin de la période précède son début.")
    return period


def _dated(table: Table) -> Period:
    period = _period(table)
    evidence(table)
    table.close()
    return period


def _profession(table: Table) -> Profession:
    profession = Profession(
        code=table.text("profession"),
        display=table.text("libelle"),
        specialties=table.texts("specialites"),
        period=_period(table),
        **evidence(table),
    )
    table.close()
    return profession


def _structure(table: Table) -> Structure:
    structure = Structure(
        code=table.text("code"),
        display=table.text("libelle"),
        period=_period(table),
        demonstration_only=table.flag("admise-en-demonstration", default=False),
        **evidence(table),
    )
    table.close()
    return structure


def _training(table: Table) -> TrainingRequirement:
    training = TrainingRequirement(
        module=table.text("module"),
        hours=table.whole("heures"),
        days=table.whole("jours"),
        trainer=table.text("formateur"),
        **evidence(table),
    )
    table.close()
    return training


def _section(table: Table, questions: Questions) -> ExamSection:
    section = ExamSection(
        link_id=table.identifier("id"),
        title=table.text("titre"),
        items=tuple(_question(question, questions) for question in table.tables("questions")),
    )
    table.close()
    return section


def _question(table: Table, earlier: Questions) -> FormItem:
    """Read one question; it may only depend on questions that stand before it, and joins them."""
    item_type = table.choice("type", ITEM_TYPES)
    item = FormItem(
        link_id=table.identifier("id"),
        text=table.text("libelle"),
        type=item_type,
        required=table.flag("obligatoire"),
        options=tuple(map(_option, table.tables("choix"))) if item_type == "choice" else (),
        unit=table.optional_text("unite"),
        minimum=table.optional_whole("minimum"),
        maximum=table.optional_whole("maximum"),
        code=_item_code(table),
        enabled_when=_enabled_when(table, earlier),
        **evidence(table),
    )
    table.close()
    earlier[item.link_id] = item
    return item


def _option(table: Table) -> Option:
    option = Option(code=table.identifier("code"), display=table.text("libelle"))
    table.close()
    return option


def _item_code(table: Table) -> ItemCode | None:
    if "code" not in table:
        return None
    code = table.table("code")
    read = ItemCode(loinc=code.matching("loinc", r"\d{1,5}-\d"), **evidence(code))
    code.close()
    return read


def _enabled_when(table: Table, earlier: Questions) -> Answered | None:
    if "si" not in table:
        return None
    condition = condition_from_toml(table.table("si"), earlier)
    if isinstance(condition, Answered):
        return condition
    table.refuse("value", "si", "Une question ne dépend que de la réponse à une autre.")
    return None


def _information(table: Table) -> tuple[FormItem, ...]:
    shown = tuple(map(_shown_text, table.tables("textes")))
    questions: Questions = {}
    return shown + tuple(_question(question, questions) for question in table.tables("questions", least=0))


def _shown_text(table: Table) -> FormItem:
    shown = FormItem(link_id=table.identifier("id"), text=table.text("libelle"), type="display", **evidence(table))
    table.close()
    return shown


def _criteria(table: Table, questions: Questions) -> tuple[Criterion, ...]:
    criteria = tuple(_criterion(criterion, questions) for criterion in table.tables("criteres"))
    if not any(criterion.kind == "inclusion" for criterion in criteria):
        table.refuse("required", "criteres", "Aucun critère d’inclusion n’est défini.")
    return criteria


def _criterion(table: Table, questions: Questions) -> Criterion:
    criterion = Criterion(
        id=table.identifier("id"),
        kind=table.choice("nature", {"inclusion": "inclusion", "exclusion": "exclusion"}),
        text=table.text("texte"),
        expression=condition_from_toml(table.table("condition"), questions),
        **evidence(table, decides=True),
    )
    table.close()
    return criterion


def _recourse(table: Table, questions: Questions) -> Recourse:
    recourse = Recourse(
        id=table.identifier("id"),
        text=table.text("texte"),
        mandatory=condition_from_toml(table.table("obligatoire-si"), questions),
        satisfied=condition_from_toml(table.table("satisfait-si"), questions),
        **evidence(table, decides=True),
    )
    table.close()
    return recourse


def _outcomes(table: Table) -> tuple[Outcome, ...]:
    outcomes = tuple(map(_outcome, table.tables("issues")))
    if sorted(outcome.when for outcome in outcomes) != ["eligible", "not-eligible"]:
        table.refuse(
            "value", "issues", "Il faut une issue quand le patient est éligible, et une quand il ne l’est pas."
        )
    return outcomes


def _outcome(table: Table) -> Outcome:
    outcome = Outcome(
        id=table.identifier("id"),
        when=table.choice("quand", {"eligible": "eligible", "non-eligible": "not-eligible"}),
        text=table.text("texte"),
        **evidence(table),
    )
    table.close()
    return outcome


def _activity(table: Table, version: str, questions: Questions) -> Activity:
    id_ = table.identifier("id")
    conditional = "condition" in table
    activity = Activity(
        id=id_,
        canonical=f"{ACTIVITY_DEFINITION}{id_}|{version}",
        kind=table.choice("nature", KINDS),
        title=table.text("titre"),
        derogatory=table.flag("derogatoire"),
        derogatory_certainty=table.certainty("certitude-derogatoire"),
        code=table.identifier("code"),
        ccam=table.matching("ccam", r"[A-Z]{4}\d{3}") if "ccam" in table else "",
        product=table.optional_text("produit"),
        condition=condition_from_toml(table.table("condition"), questions) if conditional else None,
        limit=_fact(table.table("limite")) if "limite" in table else None,
        # An act that is itself doubtful would be allowed by its mere presence in the closed list.
        **evidence(table, decides=True),
    )
    table.close()
    return activity


def _completeness(table: Table) -> dict[Section, Completeness]:
    said = {section: table.choice(key, COMPLETENESS) for key, section in SECTIONS.items()}
    table.close()
    return said


def _annex_check(table: Table) -> AnnexCheck | None:
    if not table.flag("annexe-verifiee"):
        return None
    return AnnexCheck(by=table.text("par"), on=table.day("le"))


def _repeated_ids(protocol: Protocol) -> Iterator[Issue]:
    """An id is said once among the questions, and once among the actions of the plan, steps included."""
    parts = [criterion.id for criterion in protocol.criteria] + [recourse.id for recourse in protocol.recourses]
    parts += [outcome.id for outcome in protocol.outcomes] + [activity.id for activity in protocol.activities]
    spaces = {
        "examen.toml": [s.link_id for s in protocol.exam] + [item.link_id for item in protocol.exam_items],
        "information.toml": [item.link_id for item in protocol.information],
        "protocole.toml": [*STEPS, *parts],
    }
    for name, ids in spaces.items():
        for repeated in sorted({id_ for id_ in ids if id_ and ids.count(id_) > 1}):
            yield Issue("duplicate", name, f"L’identifiant « {repeated} » est employé deux fois.")
