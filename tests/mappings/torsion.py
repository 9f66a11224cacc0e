"""The ankle sprain protocol as the project ships it, and two sets of answers to its exam."""

from decimal import Decimal
from pathlib import Path

from mappings.domain.act import Answer
from mappings.domain.protocol import Protocol
from mappings.records.protocol import protocols_from_toml

FOLDER = Path(__file__).parents[2] / "fixtures" / "protocols" / "torsion-cheville"


def toml_files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml")}


def torsion() -> Protocol:
    (protocol,) = protocols_from_toml(toml_files())
    return protocol


#: Eligible, no recourse, no X-ray.
PLAIN: dict[str, Answer] = {
    "traumatisme-torsion-recent": True,
    "circonstances": "Faux pas en descendant un trottoir, pied tourné vers l’intérieur",
    "delai-traumatisme": Decimal(5),
    "chute-malaise": False,
    "polytraumatisme": False,
    "appui-impossible-24h": False,
    "plaie": False,
    "deformation": False,
    "ottawa-quatre-pas": False,
    "ottawa-malleoles": False,
    "ottawa-naviculaire": False,
    "ottawa-base-m5": False,
    "risque-thrombo-embolique": "absent",
    "douleur": Decimal(4),
    "delegant-consulte": False,
}
#: The same with one Ottawa criterion: X-ray allowed.
OTTAWA: dict[str, Answer] = PLAIN | {"ottawa-malleoles": True, "douleur": Decimal(6)}
