"""What every answer may be."""

from typing import Final

from service.records.openapi.shapes import Schema, list_of, text

SCHEMAS: Final[dict[str, Schema]] = {
    "Description": {"type": "object", "description": "Un document OpenAPI 3.1."},
    "OperationOutcome": {
        "type": "object",
        "description": "Toutes les fautes trouvées (https://hl7.org/fhir/R4/operationoutcome.html).",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": list_of(
                {
                    "type": "object",
                    "required": ["severity", "code", "details"],
                    "properties": {
                        "severity": text("Gravité."),
                        "code": text("Nature de la faute (https://hl7.org/fhir/R4/valueset-issue-type.html)."),
                        "details": {"type": "object", "properties": {"text": text("Une phrase en français.")}},
                        "diagnostics": text("La même, avec le texte sur lequel elle repose."),
                        "expression": list_of(text("Élément."), "L’élément en faute, par son chemin."),
                    },
                },
                "Une faute par élément de la liste.",
            ),
        },
    },
}
