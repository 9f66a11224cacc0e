"""Pieces of a schema (JSON Schema 2020-12, as OpenAPI 3.1 takes it)."""

from typing import Any, Final, get_args

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str, **more: Any) -> Schema:
    return {"type": "string", "minLength": 1, "description": description, **more}


def one_of(literal: Any, description: str) -> Schema:
    return text(description, enum=list(get_args(literal)))


def day(description: str) -> Schema:
    return text(description, format="date")


def instant(description: str) -> Schema:
    return text(f"{description} Date, heure et décalage horaire.", format="date-time")


def list_of(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def record(description: str, required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


VERSIONED: Final = text("Protocole et version, « nom-du-protocole|version ».", examples=["pc-torsion-cheville|2026.1"])
FINESS: Final = text("Numéro FINESS de la structure, 9 caractères.")
DELEGATEE: Final = {
    "delegatee_rpps": text("Numéro RPPS du délégué."),
    "delegatee_enrolment": text(
        "Identifiant de l’adhésion du délégué ; à défaut, celle du protocole, de la structure et du numéro RPPS."
    ),
}
DELEGATOR: Final = {
    "delegator_rpps": text("Numéro RPPS du délégant."),
    "delegator_enrolment": text(
        "Identifiant de l’adhésion du délégant ; à défaut, celle du protocole, de la structure et du numéro RPPS."
    ),
}
DESIGNATION: Final = {"ins": ref("Ins"), "local_identifier": ref("IdentifiantLocal")}
