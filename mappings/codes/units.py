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
    "mmol/L": "mmol/L",
    "umol/L": "µmol/L",
    "%": "%",
    "min": "min",
    "h": "h",
    "d": "j",
    "wk": "semaines",
    "mo": "mois",
    "a": "ans",
    "{score}": "",
}
