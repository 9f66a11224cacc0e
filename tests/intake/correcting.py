"""Acts on record that are corrected."""

import json
from typing import Any

from tests.house import House, Json
from tests.intake.retracting import recorded

WHY = "Erreur de saisie."

__all__ = ["WHY", "correct", "note", "part", "proofs", "reason", "recorded", "token"]


def reason(text: str = WHY) -> str:
    return json.dumps({"resourceType": "Provenance", "reason": [{"text": text}]})


def correct(house: House, resource: Json, version: int = 0, why: str = WHY, **headers: str) -> Any:
    """The resource sent again, with the reason; ``version`` is the one that was seen, 0 when it is not said."""
    seen = {"If_Match": f'W/"{version}"'} if version else {}
    said = {"X_Provenance": reason(why)} if why else {}
    path = f"/{resource['resourceType']}/{resource['id']}"
    return house.fhir("PUT", path, resource, **seen, **said, **headers)


def note(act: Json, text: str = "Conclusion corrigée.") -> Json:
    return act | {"note": [{"text": text}]}


def part(house: House, act: Json, type_: str = "Observation") -> Json:
    """The exam, or the first measure, of an act."""
    found: Json = house.found(f"{type_}?part-of=Procedure/{act['id']}")[0]
    return found


def proofs(house: House, act: Json, version: int) -> list[Json]:
    """The proofs of one version of the act."""
    name = f"Procedure/{act['id']}/_history/{version}"
    found = house.found(f"Provenance?target=Procedure/{act['id']}")
    return [one for one in found if one["target"][0]["reference"] == name]


def token(house: House, rpps: str) -> str:
    return f"Bearer {house.composition.issuer.token(rpps)}"
