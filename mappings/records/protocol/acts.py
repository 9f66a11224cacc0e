"""``actes.toml`` and the plain parts of ``decision.toml``: closed list of acts, recourses, ways out."""

from collections.abc import Container, Mapping
from typing import Final

from mappings.codes.document import DOCUMENT_TYPES, RAPID_TEST
from mappings.codes.rapid_tests import RAPID_TESTS
from mappings.codes.systems import ACTIVITY_DEFINITION
from mappings.domain.kinds import KINDS
from mappings.domain.protocol import Activity, ActivityKind, DocumentChoice, Outcome, Recourse
from mappings.records.condition import Known, condition_from_toml
from mappings.records.table import Table, evidence, optional_fact

NATURES: Final[Mapping[str, ActivityKind]] = {kind.written: type_ for type_, kind in KINDS.items()}


def activities(table: Table, version: str, known: Known, delegatees: Container[str]) -> tuple[Activity, ...]:
    """``delegatees``: professions that carry this version as délégués."""
    return tuple(_activity(act, version, known, delegatees) for act in table.tables("actes"))


def _activity(table: Table, version: str, known: Known, delegatees: Container[str]) -> Activity:
    id_ = table.own_identifier("id", "plan")
    conditional = "condition" in table
    activity = Activity(
        id=id_,
        canonical=f"{ACTIVITY_DEFINITION}{id_}|{version}",
        kind=table.choice("nature", NATURES),
        title=table.text("titre"),
        derogatory=table.flag("derogatoire"),
        derogatory_certainty=table.certainty("certitude-derogatoire"),
        code=table.identifier("code") if "code" in table else "",
        ccam=table.matching("ccam", r"[A-Z]{4}\d{3}", "un code CCAM (quatre lettres, trois chiffres)")
        if "ccam" in table
        else "",
        product=table.optional_text("produit"),
        condition=condition_from_toml(table.table("condition"), known) if conditional else None,
        professions=_professions(table, delegatees),
        limit=optional_fact(table, "limite"),
        document=_document(table.table("document")) if "document" in table else None,
        # An act that is itself doubtful would be allowed by its mere presence in the closed list.
        **evidence(table, decides=True),
    )
    table.close()
    return activity


def _professions(table: Table, delegatees: Container[str]) -> tuple[str, ...]:
    said = table.texts("delegues")
    for index, code in enumerate(said):
        if code not in delegatees:
            text = f"La profession « {code} » n’est pas de celles des délégués de cette version."
            table.refuse("not-found", f"delegues[{index}]", text)
    return said


def _document(table: Table) -> DocumentChoice:
    screens = "depistage" in table
    choice = DocumentChoice(
        type_code=table.choice("type", {code: code for code in DOCUMENT_TYPES}),
        screens=table.choice("depistage", {code: code for code in RAPID_TESTS}) if screens else "",
        **evidence(table),
    )
    if screens != (choice.type_code == RAPID_TEST):
        table.refuse("invariant", "type", "« depistage » dit ce que recherche un test rapide, et lui seul.")
    table.close()
    return choice


def recourses(table: Table, known: Known) -> tuple[Recourse, ...]:
    return tuple(_recourse(rule, known) for rule in table.tables("recours", least=0))


def _recourse(table: Table, known: Known) -> Recourse:
    recourse = Recourse(
        id=table.own_identifier("id", "plan"),
        text=table.text("texte"),
        mandatory=condition_from_toml(table.table("obligatoire-si"), known),
        satisfied=condition_from_toml(table.table("satisfait-si"), known),
        **evidence(table, decides=True),
    )
    table.close()
    return recourse


def outcomes(table: Table) -> tuple[Outcome, ...]:
    read = tuple(map(_outcome, table.tables("issues")))
    if sorted(outcome.when for outcome in read) != ["eligible", "not-eligible"]:
        table.refuse(
            "value", "issues", "Il faut une issue quand le patient est éligible, et une quand il ne l’est pas."
        )
    return read


def _outcome(table: Table) -> Outcome:
    outcome = Outcome(
        id=table.own_identifier("id", "plan"),
        when=table.choice("quand", {"eligible": "eligible", "non-eligible": "not-eligible"}),
        text=table.text("texte"),
        **evidence(table),
    )
    table.close()
    return outcome
