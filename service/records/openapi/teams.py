"""How a professional and a team are reached, and who can be at an instant; the attestation of a training."""

from typing import Final

from mappings.domain.availability import Channel, Weekday
from service.records.openapi.answers import JSON, OF_A_READING, REFUSALS, answer, refusal
from service.records.openapi.shapes import FINESS, VERSIONED, Schema, flag, list_of, one_of, or_null, record, ref, text

_TRUTH: Final = {"enum": ["yes", "no", "unknown"], "description": "Oui, non, ou on ne sait pas."}

SCHEMAS: Final[dict[str, Schema]] = {
    "Canal": record(
        "Un moyen de joindre quelqu’un.",
        "channel value",
        channel=one_of(Channel, "Téléphone, visioconférence ou messagerie MSSanté."),
        value=text("Numéro ou adresse."),
    ),
    "Plage": record(
        "Des jours, et toute la journée ou d’une heure à une autre, en heure de France.",
        "",
        days=list_of(one_of(Weekday, "Jour."), "Jours."),
        all_day=flag("Toute la journée."),
        start=text("Début.", examples=["09:00"]),
        end=text("Fin.", examples=["18:30"]),
    ),
    "Absence": record(
        "Une absence : jours entiers, premier et dernier inclus, ou à la minute. Sans fin, elle dure ; sans début ni fin, "
        "on ne sait pas quand.",
        "reason",
        start=text("Premier jour, ou instant.", examples=["2026-12-21", "2026-12-21T12:00:00+01:00"]),
        end=text("Dernier jour, ou instant.", examples=["2026-12-31"]),
        reason=text("En clair, sans rien de médical.", examples=["Congés"]),
    ),
    "Equipe": record(
        "Ce qu’une équipe a convenu pour joindre ses délégants ; ce qui n’est plus dit n’est plus connu.",
        "protocol structure_finess",
        protocol=VERSIONED,
        structure_finess=FINESS,
        contacts=list_of(ref("Canal"), "Canaux de l’équipe, en plus de ceux de chaque délégant."),
        hours=list_of(ref("Plage"), "Heures de l’équipe, quand un délégant n’en a pas à lui."),
        open_on_holidays=flag("Ces heures valent, ou non, les jours fériés ; non dit : on ne sait pas."),
        response_minutes={
            "type": "integer",
            "exclusiveMinimum": 0,
            "description": "Délai maximal de réponse, en minutes.",
        },
    ),
    "Version": record(
        "La version de l’équipe qui le dit.", "resources", resources=list_of(text("CareTeam/…/_history/n."), "Une.")
    ),
    "Joignables": record(
        "Qui peut être joint à un instant ; ce qui n’est pas connu ne rend personne joignable.",
        "team at holiday reachable response_minutes arrangement delegators",
        team=text("Identifiant logique de l’équipe (CareTeam)."),
        at=text("Instant.", format="date-time"),
        holiday=or_null(
            record(
                "Le jour férié de cet instant.",
                "name certain",
                name=text("Nom.", examples=["Armistice de 1918"]),
                certain=flag("false : il dépend de la commune, ou les textes se contredisent."),
            )
        ),
        reachable=_TRUTH,
        response_minutes=or_null({"type": "integer", "description": "Délai maximal de réponse convenu, en minutes."}),
        arrangement=record(
            "Ce que l’équipe a convenu, tel qu’elle l’a dit.",
            "contacts hours open_on_holidays response_minutes",
            contacts=list_of(ref("Canal"), "Canaux de l’équipe."),
            hours=list_of(ref("Plage"), "Heures de l’équipe."),
            open_on_holidays=or_null(flag("Les heures valent, ou non, les jours fériés ; null : on ne sait pas.")),
            response_minutes=or_null({"type": "integer", "description": "Délai maximal de réponse, en minutes."}),
        ),
        delegators=list_of(
            {
                "allOf": [ref("Joignable")],
                "properties": {"instead": list_of(ref("Joignable"), "Remplaçants, dans l’ordre.")},
            },
            "Délégants en activité.",
        ),
    ),
    "Joignable": {
        "type": "object",
        "description": "Un délégant, et ce que l’on sait de lui à cet instant.",
        "required": ["enrolment", "rpps", "reachable", "absent", "contacts"],
        "properties": {
            "enrolment": text("Identifiant de l’adhésion."),
            "rpps": text("Numéro RPPS."),
            "reachable": _TRUTH,
            "absent": _TRUTH,
            "contacts": list_of(ref("Canal"), "Canaux connus ; aucun : on ne sait pas comment le joindre."),
        },
    },
}


def teams() -> Schema:
    told = {
        "protocol": (True, {"type": "string"}, "Protocole et version, « nom-du-protocole|version »."),
        "finess": (True, {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{7}$"}, "Numéro FINESS de la structure."),
        "at": (False, {"type": "string", "format": "date-time"}, "Instant ; maintenant à défaut."),
    }
    parameters = [
        {"name": name, "in": "query", "required": required, "description": text, "schema": schema}
        for name, (required, schema, text) in told.items()
    ]
    get = {
        "operationId": "reachable",
        "summary": "Dit qui, dans une équipe, peut être joint à un instant : le délégant, sinon un remplaçant, sinon personne.",
        "parameters": parameters,
        "responses": {"200": answer("Les délégants, et ce que l’on sait de chacun.", "Joignables")}
        | {status: refusal(status) for status in ("400", *OF_A_READING, "404", "422")},
    }
    example = {
        "protocol": "pc-torsion-cheville|2026.1",
        "structure_finess": "380999990",
        "contacts": [{"channel": "phone", "value": "0465710001"}],
        "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}],
        "response_minutes": 30,
    }
    post = {
        "operationId": "teams",
        "summary": "Enregistre ce qu’une équipe a convenu pour joindre ses délégants ; l’équipe se forme des adhésions.",
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": ref("Equipe"), "examples": {"fictif": {"value": example}}}},
        },
        "responses": {
            "201": answer("Fait, et conservé durablement.", "Version"),
            "200": answer("Déjà dit.", "Version"),
        }
        | {status: refusal(status) for status in REFUSALS},
    }
    return {"get": get, "post": post}


def attestation() -> Schema:
    parameters = [
        {"name": name, "in": "path", "required": True, "description": text, "schema": schema}
        for name, text, schema in (
            ("id_", "Identifiant logique de l’adhésion (PractitionerRole).", {"type": "string"}),
            ("number", "Rang de la formation dans l’adhésion, à partir de 1.", {"type": "integer", "minimum": 1}),
        )
    ]
    get = {
        "operationId": "attestation",
        "summary": "Donne l’attestation d’une formation, en PDF ; ce qui n’est pas connu y est écrit « à valider ».",
        "parameters": parameters,
        "responses": {"200": {"description": "L’attestation.", "content": {"application/pdf": {}}}}
        | {status: refusal(status) for status in (*OF_A_READING, "404")},
    }
    return {"get": get}
