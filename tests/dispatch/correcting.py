"""Acts corrected while their report is on its way, and what each destination then holds."""

from service.outbox.envelope import Destination, Document, Envelope
from service.store import Store
from service.versions import documents_of, envelopes_of_act, last_by_destination
from tests.dispatch.round import Round
from tests.house import House, Json
from tests.intake.correcting import reason

PLACES = {
    Destination.DMP: "dossier médical partagé",
    Destination.PDSM: "dossier partagé",
    Destination.MSSANTE_PROFESSIONAL: "messagerie du délégant",
    Destination.MSSANTE_PATIENT: "messagerie du patient",
}


def act_of(round_: Round) -> Json:
    act: Json = round_.house.fhir("GET", f"/{round_.act.partition('/_history/')[0]}").json
    return act


def correct(round_: Round, text: str = "Conclusion corrigée.") -> None:
    """``round_`` then speaks of the new version."""
    act = act_of(round_)
    answer = round_.house.fhir(
        "PUT", f"/Procedure/{act['id']}", act | {"note": [{"text": text}]}, X_Provenance=reason()
    )
    assert answer.status_code == 200, answer.text
    round_.act = f"Procedure/{act['id']}/_history/{answer.json['meta']['versionId']}"


def envelopes(round_: Round) -> list[Envelope]:
    return _envelopes(round_.house.store, round_.act)


def _envelopes(store: Store, act: str) -> list[Envelope]:
    _, id_, _, version = act.split("/")
    return envelopes_of_act(store, id_, int(version))


def documents(round_: Round) -> list[Document]:
    """Of every version, the first one first."""
    return documents_of(round_.house.store, envelopes(round_))


def last(round_: Round) -> dict[Destination, Envelope]:
    return last_by_destination(envelopes(round_))


def names(round_: Round) -> list[str]:
    return [one.unique_id for one in documents(round_)]


def withdraw_consent(house: House) -> None:
    (consent,) = [one for one in house.found("Consent") if one["scope"]["coding"][0]["code"] == "treatment"]
    period = {**consent["provision"]["period"], "end": "2026-11-20"}
    ended = consent | {"status": "inactive", "provision": consent["provision"] | {"period": period}}
    answer = house.fhir("PUT", f"/Consent/{consent['id']}", ended)
    assert answer.status_code == 200, answer.text
