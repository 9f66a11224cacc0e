"""What the model BIO-TROD 2024.01 says of each pathology that our acts screen: chapter, panel, tests, results.

Source: ANS, CI-SIS « BIO-TROD » 2024.01, official examples (angine, cystite) and JDV_ResultatDepistage
(1.2.250.1.213.1.1.5.761, 2023-12-18). Names are the nomenclatures' own, to the letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class RapidTest:
    """One pathology: name in CIM-10, chapter and panel (LOINC)."""

    pathology: str
    chapter: tuple[str, str]
    panel: tuple[str, str]
    #: LOINC that a protocol observes the answer under → LOINC of the model.
    tests: Mapping[str, tuple[str, str]]


_STREP_A: Final = (
    "78012-2",
    "Streptococcus pyogenes Ag [Présence/Seuil] Gorge ; Qualitatif ; Immunoanalyse rapide",
)
#: CIM-10 → what is said of it.
RAPID_TESTS: Final[Mapping[str, RapidTest]] = {
    "J02.0": RapidTest(
        pathology="Pharyngite à streptocoques",
        chapter=("18725-2", "Microbiologie"),
        panel=("92894-5", "Sérologie bactérienne"),
        # 18481-2 says no method; a rapid test of the throat is what the act itself is.
        tests={"78012-2": _STREP_A, "18481-2": _STREP_A},
    ),
    "N30": RapidTest(
        pathology="Cystite",
        chapter=("18719-5", "Biochimie"),
        panel=("18729-4", "Examens urinaires - cristallurie"),
        tests={
            "5799-2": (
                "5799-2",
                "Leucocyte estérase [Présence/Seuil] Urine ; Qualitatif ; Bandelette réactive",
            ),
            "5802-4": ("5802-4", "Nitrites [Présence/Seuil] Urine ; Qualitatif ; Bandelette réactive"),
        },
    ),
}

POSITIVE: Final = ("10828004", "positif")
NEGATIVE: Final = ("260385009", "négatif")
