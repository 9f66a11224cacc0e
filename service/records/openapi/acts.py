"""Acts, what they answer, and adverse events."""

from typing import Final, get_args

from mappings.domain.act import ActStatus
from mappings.domain.adverse import Actuality, EventOutcome, EventStatus, Nature, Seriousness, Severity
from mappings.domain.reporting import RECOURSES, REORIENTATION_REASONS
from mappings.records.adverse_event import Reporter
from service.records.openapi.shapes import (
    DELEGATEE,
    DELEGATOR,
    FINESS,
    VERSIONED,
    Schema,
    instant,
    list_of,
    one_of,
    record,
    ref,
    text,
)

SCHEMAS: Final[dict[str, Schema]] = {
    "EvenementIndesirable": record(
        "Un événement, survenu ou évité, au sujet d’un acte délégué.",
        "identifier act nature text detected_at seriousness reported_by",
        identifier=text("Identifiant de l’événement."),
        act=text("Identifiant de l’acte en cause."),
        status=one_of(
            EventStatus, "Où en est le signalement ; à défaut, submitted. Un brouillon ne prévient personne."
        ),
        actuality=one_of(Actuality, "Survenu (actual, à défaut) ou évité (potential)."),
        nature=one_of(Nature, "Nature de l’événement."),
        text=text("Ce qui s’est passé."),
        detected_at=instant("Quand l’événement a été constaté."),
        seriousness=one_of(Seriousness, "Non grave, ou ce qui le rend grave."),
        severity=text("Intensité.", enum=[code for code in get_args(Severity) if code]),
        outcome=text("Issue.", enum=[code for code in get_args(EventOutcome) if code]),
        reported_by=one_of(Reporter, "Qui le signale : le délégué ou le délégant de l’acte."),
    ),
    "Acte": record(
        "Un acte délégué, avec son examen, ses prescriptions et ses délivrances.",
        "identifier protocol act inclusion delegatee_rpps delegator_rpps structure_finess performed",
        identifier=text("Identifiant de l’acte : le même ne se transmet qu’une fois."),
        protocol=VERSIONED,
        act=text("Acte de la liste limitative du protocole (activity, dans /protocols)."),
        status=one_of(ActStatus, "Réalisé, ou non réalisé ; completed à défaut."),
        status_reason=text(
            "Motif d’un acte non réalisé ; obligatoire avec not-done.", enum=list(REORIENTATION_REASONS)
        ),
        recourse=text(
            "Ce que le délégant, appelé, a fait : donné un avis (advice) ou repris la suite (take-over).",
            enum=list(RECOURSES),
        ),
        inclusion=text("Identifiant de l’inclusion."),
        **DELEGATEE,
        **DELEGATOR,
        structure_finess=FINESS,
        performed=record(
            "Quand l’acte a eu lieu.", "start", start=instant("Début."), end=instant("Fin ; le début à défaut.")
        ),
        exam={
            "type": "object",
            "description": "Réponses par question (question, dans /protocols) ; null : demandé, et inconnu. "
            "Un acte réalisé porte une réponse à chaque question obligatoire.",
            "additionalProperties": {"type": ["boolean", "number", "string", "null"]},
        },
        prescriptions=list_of(ref("Prescription"), "Prescriptions de la liste limitative du protocole."),
        dispenses=list_of(ref("Delivrance"), "Délivrances de la liste limitative du protocole."),
        conclusion=text("Conclusion du délégué."),
    ),
    "Correction": record(
        "Un acte déjà transmis, tel qu’il aurait dû l’être, et pourquoi il change.",
        "reason act",
        reason=text(
            "Motif de la correction : il est gardé avec sa preuve, et dit dans le compte rendu.", maxLength=500
        ),
        act=ref("Acte"),
    ),
    "Prescription": record(
        "Une prescription déléguée.",
        "activity",
        activity=text("Élément de la liste limitative (activity, dans /protocols)."),
        text=text("Libellé ; celui du protocole à défaut."),
        instructions=text("Consignes au patient."),
        status=text("En cours, ou arrêtée : faite, et plus à suivre ; active à défaut.", enum=["active", "stopped"]),
    ),
    "Delivrance": record(
        "Une délivrance déléguée : ce que le délégué a remis.",
        "activity",
        activity=text("Élément de la liste limitative (activity, dans /protocols)."),
        text=text("Produit remis ; celui du protocole à défaut."),
        quantity={"type": "number", "exclusiveMinimum": 0, "description": "Quantité remise."},
        unit=text("Unité de la quantité, en toutes lettres (« boîte ») ; sans objet sans quantité."),
        handed_over=instant("Quand le produit a été remis ; la fin de l’acte à défaut."),
        prescription={
            "type": "integer",
            "minimum": 1,
            "description": "Rang, dans prescriptions, de la prescription de médicament à laquelle elle répond.",
        },
        instructions=text("Consignes au patient."),
    ),
    "Resultat": {
        "type": "object",
        "required": ["resources"],
        "properties": {
            "resources": list_of(text("Type/id/_history/version"), "Ressources FHIR qui en résultent, versionnées."),
            "act": text("Acte (Procedure)."),
            "tasks": list_of(text("Tâche (Task)."), "Ce que le délégant doit lire."),
            "provenance": text("Preuve de l’acte (Provenance)."),
            "deliveries": list_of(
                {"type": "object", "properties": {"destination": text("Destination."), "envelope": text("Pli.")}},
                "Envois en cours.",
            ),
            "withheld": list_of(
                {"type": "object", "properties": {"destination": text("Destination."), "reason": text("Motif.")}},
                "Envois qui n’auront pas lieu, et pourquoi.",
            ),
        },
    },
}
