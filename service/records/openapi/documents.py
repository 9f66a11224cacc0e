"""Consulting the shared record: a list, one document as text, its file."""

from collections.abc import Callable
from typing import Final

from service.records.openapi.shapes import Schema, flag, list_of, or_null, record, ref, text

_SAID: Final = "Tel que le dossier partagé le dit."
_OLDER: Final[Schema] = {
    "name": "older",
    "in": "query",
    "required": False,
    "description": "true : les documents plus anciens que ceux qui sont demandés d’office sont demandés aussi.",
    "schema": {"enum": ["true", "false"]},
}
SCHEMAS: Final[dict[str, Schema]] = {
    "DocumentsPartages": record(
        "Les documents en vigueur d’un patient dans son dossier partagé, le plus récent d’abord.",
        "documents whole since",
        documents=list_of(ref("DocumentPartage"), "Ce que le dossier en dit."),
        whole=flag("false : le dossier en a, ou peut en avoir, d’autres de ceux qui ont été demandés."),
        since=or_null(
            text(
                "Les documents établis avant cet instant n’ont pas été demandés ; null : tous l’ont été.",
                format="date-time",
            )
        ),
    ),
    "DocumentPartage": record(
        "Une entrée du dossier partagé. Rien n’en est conservé.",
        "unique_id title kind kind_code authors created_at mime_type size labels archived",
        unique_id=text("uniqueId : un OID."),
        title=or_null(text(_SAID)),
        kind=or_null(text(_SAID)),
        kind_code=or_null(text("Code du type de document (LOINC).")),
        authors=list_of(text(_SAID), "Auteurs, en toutes lettres."),
        created_at=or_null(text("Date et heure de création.", format="date-time")),
        mime_type=or_null(text(_SAID)),
        size=or_null({"type": "integer", "minimum": 0}),
        labels=list_of(text(_SAID), "Codes de confidentialité et de visibilité."),
        archived=flag("true : archivé. Le DMP n’en donne pas la liste ; un dossier FHIR le dit du document."),
    ),
    "DocumentOuvert": record(
        "Un document, en texte seulement : ni balisage, ni script, ni image.",
        "document set_aside title kind authors sections file file_set_aside",
        document=ref("DocumentPartage"),
        set_aside=or_null(text("Pourquoi rien n’en est montré.")),
        title=or_null(text("Titre écrit dans le document.")),
        kind=or_null(text("Nature écrite dans le document.")),
        authors=list_of(text("Tel que le document le dit."), "Auteurs."),
        sections=list_of(
            record(
                "Une section.",
                "title depth lines",
                title={"type": "string", "description": "Titre ; vide : sans titre."},
                depth={"type": "integer", "minimum": 0, "description": "Profondeur : 0 pour une section du corps."},
                lines=list_of({"type": "string"}, "Son texte, ligne à ligne."),
            ),
            "Le contenu.",
        ),
        file=or_null(text("Type du fichier joint, à demander à l’adresse …/file.")),
        file_set_aside=or_null(text("Pourquoi le fichier joint n’est pas remis.")),
    ),
}


def paths(answer: Callable[[str, str], Schema], refusal: Callable[[str], Schema]) -> dict[str, Schema]:
    """The three addresses; who may not is refused (403), told why, and traced."""
    base = "/patients/{patient}/documents"
    refusals = {status: refusal(status) for status in ("400", "401", "403", "404", "429", "500", "503")}
    pdf = {"description": "Le fichier, à enregistrer.", "content": {"application/pdf": {}}}
    return {
        base: _get(
            "documents",
            "Donne la liste des documents du dossier partagé d’un patient, à un membre de l’équipe qui le suit.",
            {"200": answer("Les documents.", "DocumentsPartages"), "422": refusal("422")} | refusals,
            asked=(_OLDER,),
        ),
        f"{base}/{{unique_id}}": _get(
            "document",
            "Donne un document du dossier partagé, examiné et réduit à son texte.",
            {"200": answer("Le document, ou pourquoi il est écarté.", "DocumentOuvert")} | refusals,
            "unique_id",
        ),
        f"{base}/{{unique_id}}/file": _get(
            "file", "Donne le PDF d’un document qui en a un.", {"200": pdf} | refusals, "unique_id"
        ),
    }


def _get(name: str, summary: str, responses: dict[str, Schema], *more: str, asked: tuple[Schema, ...] = ()) -> Schema:
    told = {"patient": "Identifiant logique du patient.", "unique_id": "uniqueId du document : un OID."}
    parameters = [
        {"name": one, "in": "path", "required": True, "description": told[one], "schema": {"type": "string"}}
        for one in ("patient", *more)
    ]
    told_of = {"operationId": name, "summary": summary, "parameters": [*parameters, *asked], "responses": responses}
    return {"get": told_of}
