"""Operations (R4 4.0.1, https://hl7.org/fhir/R4/operations.html): one module a family, one line an address."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from mappings.codes.systems import CANONICAL
from mappings.fhir.search import PARAMETERS
from service.api.exchange import Reply
from service.api.operations import acts, apply, convert, everything, export, meta, subscriptions, terminology, validate

#: Called with what the address names beside the type.
Handler = Callable[..., Reply]

#: By type (empty for the whole server) and what follows it in the address.
OPERATIONS: Final[Mapping[tuple[str, str], Mapping[str, Handler]]] = {
    ("Task", "id/$acknowledge"): {"POST": acts.acknowledge_task},
    ("Procedure", "id/$trace"): {"GET": acts.trace},
    ("Provenance", "$verify-chain"): {"GET": acts.verify_chain},
    ("PlanDefinition", "$apply"): {"GET": apply.of_type, "POST": apply.of_type},
    ("PlanDefinition", "id/$apply"): {"GET": apply.of_resource, "POST": apply.of_resource},
    ("Subscription", "$status"): {"GET": subscriptions.status_of_many, "POST": subscriptions.status_of_many},
    ("Subscription", "id/$status"): {"GET": subscriptions.status, "POST": subscriptions.status},
    ("Subscription", "id/$events"): {"GET": subscriptions.events, "POST": subscriptions.events},
    ("Patient", "id/$everything"): {"GET": everything.of_patient, "POST": everything.of_patient},
    ("CareTeam", "id/$everything"): {"GET": everything.of_team, "POST": everything.of_team},
    ("", "$convert"): {"POST": convert.convert},
    ("", "$export"): {"GET": export.of_system, "POST": export.of_system},
    ("Patient", "$export"): {"GET": export.of_patients, "POST": export.of_patients},
    ("Group", "id/$export"): {"GET": export.of_group, "POST": export.of_group},
    ("export", "id"): {"GET": export.status, "DELETE": export.cancel},
    ("export-file", "id"): {"GET": export.file},
    ("", "$meta"): {"GET": meta.of_server, "POST": meta.of_server},
    ("ValueSet", "$expand"): {"GET": terminology.expand, "POST": terminology.expand},
    ("ValueSet", "id/$expand"): {"GET": terminology.expand, "POST": terminology.expand},
    ("ValueSet", "$validate-code"): {"GET": terminology.validate_in_set, "POST": terminology.validate_in_set},
    ("ValueSet", "id/$validate-code"): {"GET": terminology.validate_in_set, "POST": terminology.validate_in_set},
    ("CodeSystem", "$lookup"): {"GET": terminology.look_up, "POST": terminology.look_up},
    ("CodeSystem", "$validate-code"): {"GET": terminology.validate_in_system, "POST": terminology.validate_in_system},
    ("CodeSystem", "id/$validate-code"): {
        "GET": terminology.validate_in_system,
        "POST": terminology.validate_in_system,
    },
    ("CodeSystem", "$subsumes"): {"GET": terminology.subsumption, "POST": terminology.subsumption},
    ("CodeSystem", "id/$subsumes"): {"GET": terminology.subsumption, "POST": terminology.subsumption},
    ("Bundle", "$validate"): {"POST": partial(validate.of_type, type_="Bundle")},
    **{
        (type_, shape): {method: partial(handler, type_=type_) for method in methods}
        for type_ in PARAMETERS
        for shape, methods, handler in (
            ("$validate", ("POST",), validate.of_type),
            ("id/$validate", ("GET", "POST"), validate.of_resource),
            ("$meta", ("GET", "POST"), meta.of_type),
            ("id/$meta", ("GET", "POST"), meta.of_resource),
            ("id/_history/version/$meta", ("GET", "POST"), meta.of_resource),
            ("id/$meta-add", ("POST",), meta.change),
            ("id/$meta-delete", ("POST",), meta.change),
        )
    },
}
#: Operations that answer why they are not done: nobody announces them.
REFUSED: Final = frozenset({"meta-add", "meta-delete"})
#: Addresses whose answers are neither JSON nor XML of FHIR: no such format is asked of their callers.
OWN_FORMAT: Final = ("/export-file/",)

_HL7: Final = "http://hl7.org/fhir/OperationDefinition"
_BACKPORT: Final = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
_BULK: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
#: By type (empty for the whole server) and name, the definition of what is announced and not ours; the last one is.
STANDARD_OPERATIONS: Final[Mapping[tuple[str, str], str]] = {
    ("", "convert"): f"{_HL7}/Resource-convert",
    ("", "export"): f"{_BULK}/export",
    ("Patient", "export"): f"{_BULK}/patient-export",
    ("Group", "export"): f"{_BULK}/group-export",
    **{(type_, "meta"): f"{_HL7}/Resource-meta" for type_ in ("", *PARAMETERS)},
    **{(type_, "validate"): f"{_HL7}/Resource-validate" for type_ in ("Bundle", *PARAMETERS)},
    **{("ValueSet", name): f"{_HL7}/ValueSet-{name}" for name in ("expand", "validate-code")},
    **{("CodeSystem", name): f"{_HL7}/CodeSystem-{name}" for name in ("lookup", "validate-code", "subsumes")},
    **{("Subscription", name): f"{_BACKPORT}/backport-subscription-{name}" for name in ("status", "events")},
    ("PlanDefinition", "apply"): f"{_HL7}/PlanDefinition-apply",
    ("Patient", "everything"): f"{_HL7}/Patient-everything",
    ("CareTeam", "everything"): f"{CANONICAL}/OperationDefinition/team-everything",
}
#: What the statement says of an operation besides its definition.
DOCUMENTED: Final[Mapping[tuple[str, str], str]] = {
    ("PlanDefinition", "apply"): (
        "Un seul patient à la fois ; le délégué est désigné (practitioner), ou celui au nom de qui l’appel est fait. "
        "Les conditions des actions sont en FHIRPath. Contexte : le patient. Variables : %age, âge en années révolues "
        "à la date de la demande ; %reponses, dernier questionnaire terminé de l’inclusion. Une condition vide est "
        "indéterminée : elle n’inclut jamais. Rien n’est enregistré."
    ),
}
