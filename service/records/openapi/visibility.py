"""How the report of an act shows in the shared record: what is asked, and what came of it."""

from collections.abc import Callable
from typing import Final

from mappings.codes.document import VISIBILITIES
from mappings.domain.showing import CHANGES
from service.records.openapi.shapes import Schema, flag, instant, list_of, or_null, record, ref, text

_FLAGS: Final = {
    "masked_from_professionals": flag("true : masqué aux professionnels (MASQUE_PS)."),
    "hidden_from_patient": flag(
        "true : non visible par le patient (INVISIBLE_PATIENT), jusqu’à ce qu’on le lui montre."
    ),
    "archived": flag("true : archivé. Demandé par le délégué seul, et sans retour."),
}
_EXAMPLE: Final = {
    "masked_from_professionals": False,
    "hidden_from_patient": True,
    "archived": False,
    "reason": "Résultat à annoncer de vive voix.",
}
SCHEMAS: Final[dict[str, Schema]] = {
    "Visibilite": record(
        "Comment le compte rendu doit se montrer au dossier partagé. Les trois réponses se donnent ensemble, chaque fois.",
        "masked_from_professionals hidden_from_patient archived reason",
        **_FLAGS,
        reason=text("Motif : il est gardé avec la preuve de la demande.", maxLength=500),
    ),
    "VisibiliteDemandee": record(
        "Ce qui est demandé aujourd’hui, et chaque changement demandé, le plus ancien d’abord.",
        "masked_from_professionals hidden_from_patient archived hidden_by_others changes",
        **_FLAGS,
        hidden_by_others=list_of(
            text("Code de visibilité (TRE_A07).", enum=sorted(VISIBILITIES)),
            "Ce qui masque le compte rendu au dossier partagé sans que l’équipe l’ait demandé : par le patient ou un autre "
            "logiciel. Lu dans les réponses que Binôme a eues du dossier, qu’il n’interroge pas pour cela : vide ne dit pas "
            "que rien n’est masqué.",
        ),
        changes=list_of(ref("Changement"), "Les changements."),
    ),
    "Changement": record(
        "Un changement demandé, et ce qu’il est devenu.",
        "change asked_at asked_by reason status status_reason task",
        change=text(
            "Masquer aux professionnels (mask), lever ce masque (unmask), cacher au patient (hide), lui montrer (reveal), "
            "archiver (archive).",
            enum=list(CHANGES),
        ),
        asked_at=instant("Quand il a été demandé."),
        asked_by=text("RPPS de qui l’a demandé."),
        reason=text("Motif."),
        status=text(
            "Demandé (requested), fait (completed), non fait (failed), sans objet (cancelled).",
            enum=["requested", "completed", "failed", "cancelled"],
        ),
        status_reason=or_null(text("Pourquoi il n’est pas fait.")),
        task=text("Tâche (Task)."),
    ),
}


def paths(answer: Callable[[str, str], Schema], refusal: Callable[[str], Schema]) -> dict[str, Schema]:
    told = answer("Ce qui est demandé, et la version de la demande (ETag).", "VisibiliteDemandee")
    read = {status: refusal(status) for status in ("400", "401", "403", "404", "429", "500", "503")}
    asked = {status: refusal(status) for status in ("409", "412", "413", "415", "422")}
    body = {
        "required": True,
        "content": {"application/json": {"schema": ref("Visibilite"), "examples": {"fictif": {"value": _EXAMPLE}}}},
    }
    act = {
        "name": "act",
        "in": "path",
        "required": True,
        "description": "Identifiant logique de l’acte (Procedure).",
        "schema": {"type": "string"},
    }
    seen = {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": 'Ce que l’appelant a lu, W/"1" : si un autre changement a été demandé depuis, rien ne change.',
        "schema": {"type": "string"},
    }
    return {
        "/acts/{act}/visibility": {
            "get": {
                "operationId": "visible",
                "parameters": [act],
                "summary": "Dit comment le compte rendu d’un acte est demandé au dossier partagé, et ce que c’est devenu.",
                "responses": {"200": told} | read,
            },
            "put": {
                "operationId": "change-visibility",
                "parameters": [act, seen],
                "summary": "Masque, montre de nouveau ou archive le compte rendu d’un acte au dossier partagé.",
                "requestBody": body,
                "responses": {"200": told} | read | asked,
            },
        }
    }
