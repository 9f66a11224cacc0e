"""What the flat door takes and answers, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0).

Addresses are here; what travels is in one file a subject, made of the pieces of ``shapes``. Tests hold it against the
routes, against the keys that the readings ask for, and against the service, which must accept its examples. The
examples are the first records of the demonstration scenario.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from service.records.openapi import (
    acts,
    common,
    cooperation,
    declarations,
    documents,
    protocols,
    replies,
    teams,
    visibility,
)
from service.records.openapi.answers import JSON, OF_A_READING, REFUSALS, answer, refusal
from service.records.openapi.shapes import Schema, ref

_SCENARIO: Final = Path("fixtures/scenarios/torsion-cheville-equipe")


SCHEMAS: Final[dict[str, Schema]] = {
    **cooperation.SCHEMAS,
    **acts.SCHEMAS,
    **protocols.SCHEMAS,
    **declarations.SCHEMAS,
    **teams.SCHEMAS,
    **documents.SCHEMAS,
    **replies.SCHEMAS,
    **visibility.SCHEMAS,
    **common.SCHEMAS,
}


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Binôme : les enregistrements",
            "version": "1",
            "description": "Adhésions, consentements, inclusions et actes délégués en JSON simple, sans connaître FHIR. "
            "Chaque enregistrement donne les mêmes ressources que la porte FHIR, jugées par les mêmes règles. "
            "Un élément inconnu est refusé : une faute de frappe ne se perd pas en silence.",
        },
        "servers": [{"url": "/records"}],
        "security": [{}, {"bearer": []}],
        "paths": {
            "/enrolments": _door(
                "Adhesion",
                "Inscrit un professionnel dans un protocole, pour une structure et une fonction.",
                "enrolments",
            ),
            "/consents": _door(
                "Consentement", "Enregistre ce que le patient a décidé, et où le compte rendu peut aller.", "consents"
            ),
            "/inclusions": _door("Inclusion", "Fait entrer un patient dans une version du protocole.", "inclusions"),
            "/acts": _door(
                "Acte",
                "Transmet un acte délégué : il est jugé, conservé, prouvé, puis porté à ses destinataires.",
                "acts",
            ),
            "/acts/{act}": _correction(),
            "/adverse-events": _door(
                "EvenementIndesirable",
                "Signale un événement indésirable au sujet d’un acte ; grave, la structure et le délégant sont prévenus.",
                "adverse-events",
            ),
            "/receipts": _receipts(),
            **replies.paths(answer, refusal),
            "/declarations": _declarations(),
            "/teams": teams.teams(),
            "/enrolments/{id_}/trainings/{number}/attestation": teams.attestation(),
            "/protocols": _reading("Catalogue", "Donne les protocoles, leurs actes et leur examen.", "Protocols"),
            "/protocols/{protocol}/sheet": _sheet(),
            **documents.paths(answer, refusal),
            **visibility.paths(answer, refusal),
            "/openapi.json": _reading("Description", "Donne la présente description.", "Description"),
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Jeton de développement, en attendant un fournisseur d’identité réel ; "
                    "un jeton qui ne tient pas est refusé, jamais ignoré.",
                }
            },
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "schemas": SCHEMAS,
        },
    }


_IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Clé choisie par le logiciel appelant pour cette demande. La même demande sous la même clé reçoit la "
    "première réponse, et n’est faite qu’une fois ; une autre demande sous la même clé est refusée.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def _door(schema: str, summary: str, name: str) -> Schema:
    example = orjson.loads((_SCENARIO / f"{name}.json").read_bytes())[0]
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {
                "required": True,
                "content": {JSON: {"schema": ref(schema), "examples": {"fictif": {"value": example}}}},
            },
            "responses": {
                "201": answer("Fait, et conservé durablement.", "Resultat"),
                "200": answer("Déjà fait : rien n’a changé, ou la première réponse est donnée de nouveau.", "Resultat"),
            }
            | {status: refusal(status) for status in REFUSALS if status != "403"},
        }
    }


def _correction() -> Schema:
    """The one record that is sent again, under the name that the act was given."""
    example = orjson.loads((_SCENARIO / "acts.json").read_bytes())[0]
    told = {"reason": "Erreur de saisie de la conclusion.", "act": {**example, "conclusion": "Conclusion corrigée."}}
    parameters = [
        {
            "name": "act",
            "in": "path",
            "required": True,
            "description": "Acte (Procedure) : ce qui suit « Procedure/ » dans la réponse à l’envoi.",
            "schema": {"type": "string"},
        },
        {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": 'Version de l’acte que l’appelant a vue, W/"1" : si elle n’est plus en vigueur, rien ne change.',
            "schema": {"type": "string"},
        },
        {"$ref": "#/components/parameters/IdempotencyKey"},
    ]
    put = {
        "operationId": "correction",
        "summary": "Corrige un acte : une nouvelle version du compte rendu part chez ceux qui avaient la précédente.",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": ref("Correction"), "examples": {"fictif": {"value": told}}}},
        },
        "responses": {
            "200": answer(
                "Corrigé, et conservé durablement ; ou rien n’était à changer, ou la première réponse est donnée de nouveau.",
                "Resultat",
            ),
        }
        | {status: refusal(status) for status in REFUSALS},
    }
    get = {
        "operationId": "act",
        "summary": "Donne un acte tel qu’il est en vigueur, comme il se redit pour le corriger.",
        "parameters": parameters[:1],
        "responses": {
            "200": answer("L’acte, et sa version (ETag).", "Acte"),
            **{status: refusal(status) for status in ("400", *OF_A_READING, "404")},
        },
    }
    return {"get": get, "put": put}


def _reading(tag: str, summary: str, schema: str) -> Schema:
    return {
        "get": {
            "operationId": tag.lower(),
            "summary": summary,
            "responses": {"200": answer(summary, schema)} | {status: refusal(status) for status in OF_A_READING},
        }
    }


def _declarations() -> Schema:
    told = {
        "protocol": (True, {"type": "string"}, "Nom du protocole, sans version."),
        "finess": (True, {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{7}$"}, "Numéro FINESS de la structure."),
        "date": (False, {"type": "string", "format": "date"}, "Jour où regarder la liste ; aujourd’hui à défaut."),
        "verify": (
            False,
            {"enum": ["true", "false"]},
            "true : chaque membre est aussi cherché dans l’annuaire national.",
        ),
    }
    parameters = [
        {"name": name, "in": "query", "required": required, "description": text, "schema": schema}
        for name, (required, schema, text) in told.items()
    ]
    summary = "Donne la liste déclarée d’une équipe à une date, ce qui est à déclarer de nouveau, et les actes sans déclaration."
    refusals = {status: refusal(status) for status in ("400", *OF_A_READING, "404", "422")}
    get = {
        "operationId": "declarations",
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": answer("La liste et ce qui s’en écarte.", "Declaration")} | refusals,
    }
    return {"get": get}


def _receipts() -> Schema:
    refusals = {status: refusal(status) for status in ("401", "404", "412", "413", "415", "422", "429", "500", "503")}
    post = {
        "operationId": "receipts",
        "summary": "Remet un avis reçu par la messagerie : de remise, de non-remise, d’intégration ou d’affichage.",
        "requestBody": {
            "required": True,
            "description": "L’avis, tel qu’il est arrivé (multipart/report, RFC 3464 ou RFC 8098).",
            "content": {"message/rfc822": {}},
        },
        "responses": {"204": {"description": "L’avis est conservé ; si l’envoi a échoué, quelqu’un est prévenu."}}
        | refusals,
    }
    return {"post": post}


def _sheet() -> Schema:
    """The one reading that asks for something."""
    parameters = [
        {
            "name": "protocol",
            "in": "path",
            "required": True,
            "description": "Protocole, sans version.",
            "schema": {"type": "string"},
        },
        {
            "name": "on",
            "in": "query",
            "required": False,
            "description": "Jour auquel la fiche est lue ; aujourd’hui à défaut.",
            "schema": {"type": "string", "format": "date"},
        },
        {
            "name": "version",
            "in": "query",
            "required": False,
            "description": "Version montrée ; à défaut, celle en vigueur ce jour-là, ou la dernière commencée.",
            "schema": {"type": "string"},
        },
    ]
    reading = _reading("Fiche", "Donne la fiche d’identité d’un protocole.", "Fiche")
    reading["get"]["parameters"] = parameters
    reading["get"]["responses"] |= {status: refusal(status) for status in ("404", "422")}
    return reading


# ── what a record says ─────────────────────────────────────────────────────────────────────────────────────
