"""What a door of the flat records answers, and how it says no."""

from typing import Final

from service.records.openapi.shapes import Schema, ref

JSON: Final = "application/json"
FHIR: Final = "application/fhir+json"

REFUSALS: Final = {
    "400": "Le corps n’a pas la forme attendue.",
    "401": "Le jeton d’accès n’est pas valable.",
    "403": "Qui appelle n’a pas le droit de lire : la raison est dite.",
    "404": "L’enregistrement désigne une ressource que ce serveur n’a pas.",
    "409": "Une ressource porte déjà cet identifiant métier, avec un autre contenu.",
    "412": "Plusieurs ressources répondent à la désignation, ou la version en vigueur a changé.",
    "413": "Le corps, un texte ou la clé d’idempotence est trop long.",
    "415": "Le corps n’est pas annoncé dans le format attendu.",
    "422": "Un élément manque ou n’est pas admis, ou bien la loi ou le protocole s’y oppose : chaque faute est nommée.",
    "429": "Trop d’enregistrements attendent : rien n’est retenu, présenter de nouveau la même demande.",
    "500": "Une erreur interne est survenue ; la réponse porte un numéro d’incident.",
    "503": "L’enregistrement n’a pas pu être confirmé : présenter de nouveau la même demande avec la même clé.",
}
OF_A_READING: Final = ("401", "500", "503")


def answer(text: str, schema: str) -> Schema:
    return {"description": text, "content": {JSON: {"schema": ref(schema)}}}


def refusal(status: str) -> Schema:
    headers = {"Retry-After": {"description": "Secondes à attendre.", "schema": {"type": "integer"}}}
    return {
        "description": REFUSALS[status],
        "content": {FHIR: {"schema": ref("OperationOutcome")}},
    } | ({"headers": headers} if status in ("429", "503") else {})
