"""Whoever a report goes to, moved or closed while it is on its way."""

from tests.dispatch.round import Round
from tests.house import team_records

DELEGATOR = "99900002017"
OTHER_BOX = "antoine.weber-fictif@autre.formation.mssante.fr"


def move(round_: Round, mailbox: str) -> None:
    """The délégant's box is another one from now on; empty for none."""
    (person,) = round_.house.found(f"Practitioner?identifier={DELEGATOR}")
    moved = {**person, "telecom": [{**person["telecom"][0], "value": mailbox}] if mailbox else []}
    told = {key: value for key, value in moved.items() if value}
    answer = round_.house.fhir("PUT", f"/Practitioner/{person['id']}", told)
    assert answer.status_code == 200, answer.text


def share(round_: Round, **closed: bool) -> None:
    choice = {"dmp": True, "patient_mailbox": True, "professional_mailbox": True} | closed
    answer = round_.house.post("consents", team_records("consents")[0] | {"sharing": choice})
    assert answer.status_code in (200, 201), answer.text
