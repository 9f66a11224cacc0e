"""The UCUM units that a protocol may use, and how they are read in French. https://ucum.org/ucum

Closed on purpose: a unit that is not here is a misspelling until somebody has looked it up.
"""

from collections.abc import Mapping
from typing import Final

UNITS: Final[Mapping[str, str]] = {
    "Cel": "°C",
    "mm[Hg]": "mmHg",
    "/min": "/min",
    "kg": "kg",
    "g": "g",
    "mg": "mg",
    "kg/m2": "kg/m²",
    "cm": "cm",
    "mm": "mm",
    "cm2": "cm²",
    "L": "L",
    "mL": "mL",
    "L/min": "L/min",
    "g/L": "g/L",
    "mg/L": "mg/L",
    "ug/L": "µg/L",
    "g/dL": "g/dL",
    "mmol/mol": "mmol/mol",
    "mL/min/{1.73_m2}": "mL/min/1,73 m²",
    "{INR}": "INR",
    "mmol/L": "mmol/L",
    "umol/L": "µmol/L",
    "%": "%",
    "s": "s",
    "min": "min",
    "h": "h",
    "d": "j",
    "wk": "semaines",
    "mo": "mois",
    "a": "ans",
    "{score}": "",
}
