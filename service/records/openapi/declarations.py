"""The declared list of a team."""

from typing import Final

from mappings.domain.cooperation import Function
from mappings.domain.declaration import DeclarationState
from service.records.openapi.shapes import FINESS, VERSIONED, Schema, day, flag, list_of, one_of, record, ref, text

SCHEMAS: Final[dict[str, Schema]] = {
    "Declaration": {
        "type": "object",
        "required": ["protocol", "version", "title", "finess", "date", "declared", "difference", "uncovered_acts"],
        "properties": {
            "protocol": text("Nom du protocole."),
            "version": {"type": "string", "description": "Version en vigueur ce jour-là ; vide s’il n’y en a pas."},
            "title": text("Titre du protocole."),
            "finess": FINESS,
            "date": day("Jour regardé."),
            "declared": {
                "description": "La liste en vigueur ce jour-là ; null si rien n’était déclaré.",
                "oneOf": [{"type": "null"}, ref("Liste")],
            },
            "difference": ref("Ecart"),
            "uncovered_acts": list_of(
                {
                    "type": "object",
                    "properties": {
                        "act": text("Acte (Procedure)."),
                        "date": day("Jour de l’acte."),
                        "reasons": list_of(
                            text("Motif.", enum=["no-declaration", "delegatee-not-listed", "delegator-not-listed"]),
                            "Pourquoi aucune déclaration ne le couvre.",
                        ),
                    },
                },
                "Actes réalisés sans déclaration en vigueur à leur date : signalés, jamais refusés ni effacés.",
            ),
            "acts_examined": {"type": "integer", "description": "Nombre d’actes regardés, les derniers de l’équipe."},
            "acts_left": flag("Vrai : des actes plus anciens n’ont pas été regardés."),
            "remarks": list_of(
                {
                    "type": "object",
                    "properties": {
                        "dossier": text("Dossier, ou fichier."),
                        "row": {"type": "integer", "description": "Ligne ; absente pour le dossier entier."},
                        "aside": flag("Vrai : écarté. Faux : repris, à vérifier."),
                        "text": text("Une phrase en français, sans la valeur."),
                    },
                },
                "Ce qui a été écarté, ou repris avec un doute, dans le dernier état de chaque dossier.",
            ),
            "checks": list_of(
                {"type": "object"},
                "Avec verify : chaque membre, et ce que l’annuaire en dit ; as_of, quand sa réponse n’est pas du jour.",
            ),
        },
    },
    "Liste": {
        "type": "object",
        "required": ["dossier", "declared_on", "state", "members", "digest"],
        "properties": {
            "dossier": text("Identifiant du dossier, ou du fichier."),
            "receipt": text("Numéro donné par l’administration."),
            "declared_on": day("Jour de la déclaration."),
            "state": one_of(
                DeclarationState, "Où en est le dossier : déposé, en instruction, accepté, refusé, classé."
            ),
            "protocol": VERSIONED,
            "structure": text("Nom de la structure, tel que déclaré."),
            "referent": text("Personne qui a déclaré."),
            "digest": text("Empreinte SHA-256, en hexadécimal, de ce qui a été reçu."),
            "members": list_of(ref("Membre"), "Les professionnels de la liste."),
        },
    },
    "Membre": record(
        "Un professionnel d’une liste déclarée.",
        "function family given profession",
        function=one_of(Function, "Délégué (DELEGATEE) ou délégant (DELEGATOR)."),
        family=text("Nom."),
        given=text("Prénom."),
        profession=text("Profession, TRE_G15."),
        rpps=text("Numéro RPPS."),
        adeli=text("Numéro ADELI, à défaut de numéro RPPS."),
        since=day("Entrée dans l’équipe, quand la liste la dit."),
    ),
    "Ecart": {
        "type": "object",
        "required": ["joined", "left", "changed", "named"],
        "description": "Ce qui est à déclarer de nouveau.",
        "properties": {
            "joined": list_of(ref("Membre"), "Actifs ce jour-là, absents de la liste."),
            "left": list_of(ref("Membre"), "Sur la liste, partis depuis."),
            "changed": list_of(
                {"type": "object", "properties": {"declared": ref("Membre"), "today": ref("Membre")}},
                "D’une autre profession ou d’une autre fonction qu’à la déclaration.",
            ),
            "named": list_of(
                {"type": "object", "properties": {"declared": ref("Membre"), "today": ref("Membre")}},
                "D’un tout autre nom sous le même numéro RPPS : à vérifier, rien n’est à déclarer pour cela.",
            ),
            "protocol": {
                "type": "object",
                "description": "Version déclarée et version en vigueur, quand elles diffèrent.",
                "properties": {"declared": VERSIONED, "today": VERSIONED},
            },
        },
    },
}
