"""French names of the LOINC codes that our documents write, as the nomenclature has them.

Source: ANS, CI-SIS value sets (JDV_vitalSignCode and others) and official examples, tree of 2025-02-19. A code that is
not here is written without a name: the question's own words stand beside it.
"""

from collections.abc import Mapping
from typing import Final

LOINC_NAMES: Final[Mapping[str, str]] = {
    # measures
    "8310-5": "Température corporelle",
    "8480-6": "Pression artérielle systolique",
    "8462-4": "Pression artérielle diastolique",
    "8867-4": "Fréquence cardiaque",
    "4548-4": "Hémoglobine A1c %",
    "14682-9": "Créatininémie [Moles/Volume]",
    "5799-2": "Leucocyte estérase [Présence/Seuil] Urine ; Qualitatif ; Bandelette réactive",
    "5802-4": "Nitrites [Présence/Seuil] Urine ; Qualitatif ; Bandelette réactive",
    # sections and documents
    "29554-3": "Actes",
    "42349-1": "Raison de la recommandation",
    "57828-6": "Prescriptions",
    "48767-8": "Commentaire",
    "55108-5": "Copie du document",
    "55107-7": "Document attaché",
    "69764-9": "Type de document",
}
