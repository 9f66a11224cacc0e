"""Answers that came by mail: those that wait for somebody, and how one is told to be read."""

from collections.abc import Callable
from typing import Final

from service.records.openapi.shapes import Schema, list_of, or_null, record, ref, text

_WRITTEN: Final = "Tel que son auteur l’a écrit : un texte à montrer, jamais à interpréter."
SCHEMAS: Final[dict[str, Schema]] = {
    "Reponses": record(
        "Les réponses reçues par les structures où l’adhésion du professionnel est en vigueur.",
        "replies",
        replies=list_of(ref("Reponse"), "La plus récente d’abord, structure par structure."),
    ),
    "Reponse": record(
        "Une réponse par messagerie à un compte rendu.",
        "task act status since read_by read_at message",
        task=text("Tâche (Task)."),
        act=text("Acte (Procedure) dont le compte rendu a reçu cette réponse."),
        status=text("À lire, ou lue.", enum=["requested", "completed"]),
        since=text("Depuis quand elle est à lire.", format="date-time"),
        read_by=or_null(text("RPPS de qui l’a lue.")),
        read_at=or_null(text("Quand elle a été lue.", format="date-time")),
        message=or_null(
            record(
                "Le message, en texte seulement ; null quand son contenu a été effacé.",
                "received sender subject text attached",
                received=text("Quand il est arrivé.", format="date-time"),
                sender=or_null(text("Adresse que le message porte.")),
                subject=or_null(text(_WRITTEN)),
                text=or_null(text(_WRITTEN)),
                attached=list_of(or_null(text("Nom d’une pièce jointe, qui n’est pas remise.")), "Pièces jointes."),
            )
        ),
    ),
}


def paths(answer: Callable[[str, str], Schema], refusal: Callable[[str], Schema]) -> dict[str, Schema]:
    status = {
        "name": "status",
        "in": "query",
        "required": False,
        "description": "Celles qui sont à lire, à défaut ; ou celles qui ont été lues.",
        "schema": {"enum": ["requested", "completed"]},
    }
    task = {
        "name": "task",
        "in": "path",
        "required": True,
        "description": "Tâche (Task) : ce qui suit « Task/ ».",
        "schema": {"type": "string"},
    }
    reading = {one: refusal(one) for one in ("401", "422", "500", "503")}
    gesture = {one: refusal(one) for one in ("400", "401", "403", "404", "409", "413", "422", "429", "500", "503")}
    get = {
        "operationId": "replies",
        "summary": "Donne les réponses reçues par messagerie, à lire par un professionnel de la structure.",
        "parameters": [status],
        "responses": {"200": answer("Les réponses.", "Reponses"), **reading},
    }
    post = {
        "operationId": "reply-read",
        "summary": "Dit une réponse lue par le professionnel identifié : la tâche est faite, et la preuve le nomme.",
        "parameters": [task, {"$ref": "#/components/parameters/IdempotencyKey"}],
        "responses": {"200": answer("Lue ; la première lecture demeure.", "Resultat"), **gesture},
    }
    return {"/replies": {"get": get}, "/replies/{task}/read": {"post": post}}
