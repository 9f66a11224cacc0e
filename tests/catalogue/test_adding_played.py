"""What docs/adding.md has one play: its protocol is served, applied, acts are judged by it, its sheet is read."""

import copy
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from service.app import compose, create_app
from service.cli import main
from service.config import Settings
from service.demonstration import _DOORS
from service.store import Store
from tests.house import Clock, Ids
from tests.mappings.example import example_files, example_scenario


@pytest.fixture
def client(store: Store, tmp_path: Path) -> FlaskClient:
    """A service whose whole catalogue is the page's example, and on it the team, the consent and the inclusion."""
    folder = tmp_path / "dossier" / "exemple"
    folder.mkdir(parents=True)
    for name, text in example_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(protocols=str(folder.parent), keys=str(tmp_path / "keys"))
    served = create_app(compose(settings, store=store, clock=Clock(), ids=Ids())).test_client()
    scenario = example_scenario()
    assert [*scenario] == [*_DOORS, "acts"]
    for door in _DOORS:
        for record in scenario[door]:
            answer = served.post(f"/records/{door}", json=record)
            assert answer.status_code == 201, answer.text
    return served


def act(**exam: Any) -> dict[str, Any]:
    """The act of the page, with other answers; None leaves one out."""
    record: dict[str, Any] = copy.deepcopy(example_scenario()["acts"][0])
    record["exam"] = {key: value for key, value in (record["exam"] | exam).items() if value is not None}
    return record


def test_the_act_of_the_page(client: FlaskClient) -> None:
    answer = client.post("/records/acts", json=act())
    assert answer.status_code == 201, answer.text
    assert [sent["destination"] for sent in answer.json["deliveries"]] == ["mssante-professional"]
    path = client.get(f"/fhir/{answer.json['act']}").json
    assert path["instantiatesCanonical"][0].endswith("PlanDefinition/pl-exemple|2026.1")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"temperature": 38.5}, "Le critère « Température supérieure à 38 °C » du protocole est présent"),
        ({"genant": None}, "Une étape obligatoire de l’examen n’a pas de réponse : « Gênant dans la journée »."),
    ],
)
def test_what_the_protocol_does_not_allow(client: FlaskClient, changes: dict[str, Any], says: str) -> None:
    answer = client.post("/records/acts", json=act(**changes))
    assert answer.status_code == 422
    assert any(issue["diagnostics"].startswith(says) for issue in answer.json["issue"]), answer.text


def test_applied(client: FlaskClient) -> None:
    (patient,) = (one["resource"]["id"] for one in client.get("/fhir/Patient").json["entry"])
    roles = client.get("/fhir/PractitionerRole?role=DELEGATEE").json["entry"]
    (role,) = (one["resource"] for one in roles)
    answer = client.get(
        f"/fhir/PlanDefinition/pl-exemple/$apply?subject=Patient/{patient}"
        f"&practitioner={role['practitioner']['reference']}&organization={role['organization']['reference']}"
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["instantiatesCanonical"] == ["https://binome.example/fhir/PlanDefinition/pl-exemple|2026.1"]
    told = next(one for one in answer.json["contained"] if one["resourceType"] == "OperationOutcome")
    assert any("« Adulte » : " in issue["details"]["text"] for issue in told["issue"])


def test_its_sheet_in_three_forms(client: FlaskClient) -> None:
    sheet = client.get("/records/protocols/pl-exemple/sheet").json
    assert (sheet["protocol"], sheet["status"], sheet["in_force"], sheet["missing"]) == (
        "pl-exemple|2026.1",
        "active",
        True,
        [],
    )
    page = client.get("/protocoles/pl-exemple")
    assert "Montrer comment s’écrit un protocole" in page.text
    assert client.get("/protocoles/pl-exemple/fiche.pdf").data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b'{"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Non.", "expression": ["Procedure"]}]}',
            "enrolments[0] : refusé (422)\n  Non. [Procedure]\n",
        ),
        (b"Trop de demandes", "enrolments[0] : refusé (422) Trop de demandes\n"),
    ],
)
def test_a_refused_scenario_is_told_in_sentences(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    body: bytes,
    told: str,
) -> None:
    def refuse(*_: object, **__: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content = 422, body
        return answer

    monkeypatch.setattr(requests.Session, "post", refuse)
    for door in (*_DOORS, "acts"):
        (tmp_path / f"{door}.json").write_text("[{}]", encoding="utf-8")
    assert main(["load", str(tmp_path)]) == 1
    assert capsys.readouterr().err == told
    assert main(["load", str(tmp_path / "absent")]) == 1
    assert "absent" in capsys.readouterr().err
