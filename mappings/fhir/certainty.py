"""How a fact says where it comes from: « à valider » in what is read, source and mark beside it."""

from collections.abc import Mapping
from typing import Final

from mappings.domain.evidence import TO_VALIDATE, Certainty
from mappings.elements import Json

MEANINGS: Final[Mapping[Certainty, str]] = {
    "O": "source officielle ou primaire",
    "S": "source secondaire",
    "G": "connaissance générale, à valider",
    "D": "douteux, à valider",
    "X": "non trouvé, à valider",
}


def shown(text: str, certainty: Certainty) -> str:
    return f"{text} (à valider)" if certainty in TO_VALIDATE else text


def told(source: str, certainty: Certainty) -> str:
    """Source and certainty as one sentence."""
    return f"{source}. Certitude {certainty} : {MEANINGS[certainty]}."


def citation(source: str, certainty: Certainty) -> Json:
    """The RelatedArtifact of an action: the mark is its label."""
    return {"type": "citation", "label": certainty, "citation": told(source, certainty)}
