"""What a client may write, and how: the types that are open to it, what it may change, under which ids."""

from collections.abc import Iterable, Mapping
from typing import Final

from mappings.fhir.answering import NO_TASK
from mappings.fhir.arranging import NO_TEAM
from mappings.fhir.bundle import Entry
from mappings.issues import Issue, Refused

#: What a client may bring into being. The rest is the server's: CareTeam is a projection, Task and proofs follow from acts.
OPEN_TYPES: Final = frozenset(
    {
        "Patient",
        "Practitioner",
        "Organization",
        "PractitionerRole",
        "Consent",
        "CarePlan",
        "QuestionnaireResponse",
        "Observation",
        "Procedure",
        "MedicationRequest",
        "ServiceRequest",
        "MedicationDispense",
        "AdverseEvent",
        "Subscription",
    }
)
#: What a client writes and changes by itself; an act and its parts are corrected, or told to be in error.
UPDATABLE: Final = OPEN_TYPES - {
    "QuestionnaireResponse",
    "Observation",
    "Procedure",
    "MedicationRequest",
    "ServiceRequest",
    "MedicationDispense",
}
#: Acts and what belongs to them.
ACTS: Final = OPEN_TYPES - UPDATABLE
#: What a client may send again under its id: of a team, how it is reached (``mappings.fhir.arranging``); of a task, that an
#: answer was read (``mappings.fhir.answering``).
SENDABLE: Final = OPEN_TYPES | {"CareTeam", "Task"}
#: Why an act is not deleted.
UNDELETABLE: Final = (
    "Un acte délégué et ce qui s’y rattache ne se suppriment pas : le statut d’un acte saisi par erreur devient "
    "entered-in-error (PUT ou PATCH du Procedure), et sa preuve demeure."
)

#: What a type must be for a client to do this to its resources.
GRANTED: Final[Mapping[str, frozenset[str]]] = {
    "POST": OPEN_TYPES,
    "PUT": SENDABLE,
    "PATCH": SENDABLE,
    "DELETE": UPDATABLE,
}
_DONE: Final = {"POST": "créée", "PUT": "modifiée", "PATCH": "modifiée", "DELETE": "supprimée"}


def not_granted(method: str, type_: str) -> str:
    """Why a client does not do this to resources of the type, in French; empty when it may."""
    if type_ in GRANTED[method]:
        return ""
    if method == "DELETE" and type_ in ACTS:
        return UNDELETABLE
    return f"Une ressource {type_} ne peut pas être {_DONE[method]} par un client : elle est tenue par le serveur."


def admission(entry: Entry) -> Iterable[Issue]:
    """What a client may not write, or not so."""
    place, reference = entry.expression or entry.type, "Binôme, déclaration de capacité"
    if refused := not_granted(entry.method, entry.type):
        yield Issue("not-supported", place, refused, reference)


def refuse_chosen_id(entry: Entry, *, creates_by_update: bool) -> None:
    """Where clients choose no ids, an update is of what is there; an update of an act always is."""
    if entry.type in ACTS:
        text = "Cet acte n’existe pas sur ce serveur : un acte se transmet par POST."
        raise Refused(Issue("not-found", entry.expression or entry.type, text, "FHIR R4, http.html#update"))
    if entry.type not in OPEN_TYPES:
        text = NO_TASK if entry.type == "Task" else NO_TEAM
        raise Refused(Issue("not-found", entry.expression or entry.type, text, "FHIR R4, http.html#update"))
    told = entry.id or entry.resource.get("id")
    if told and not creates_by_update:
        text = "Cette ressource n’existe pas, et ce serveur choisit lui-même les identifiants : créez-la par POST."
        raise Refused(Issue("not-supported", entry.expression or entry.type, text, "FHIR R4, http.html#upsert"))
