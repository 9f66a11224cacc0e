"""$acknowledge, $trace, $verify-chain; everything that /metadata claims answers; the addresses of whoever operates."""

from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from mappings.fhir.terminology import canonicals
from mappings.fhir.validation import validated
from service.api.operations import OPERATIONS, REFUSED
from tests.api.test_interactions import JSON, XML, body, patient
from tests.doors import DELEGATOR, OTHER_DELEGATOR, House, act, expressions, outcome
from tests.stores import run_sql


@pytest.fixture
def made(house: House) -> dict[str, Any]:
    answer = house.client.post("/records/acts", json=act())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


# ── $acknowledge ───────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_delegator_acknowledges_and_once(house: House, made: dict[str, Any]) -> None:
    url = f"/fhir/{made['tasks'][0]}/$acknowledge"
    before = house.state()
    nobody = house.client.post(url)
    outcome(nobody, 401)
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    outcome(house.client.post(url, headers=house.token(OTHER_DELEGATOR)), 403)
    for forged in ("Bearer x", "Bearer", "Basic eDp4", f"bearer {DELEGATOR}"):
        outcome(house.client.post(url, headers={"Authorization": forged}), 401)
    assert house.state() == before
    first = house.client.post(url, headers=house.token(DELEGATOR))
    assert body(first)["status"] == "completed"
    after = house.state()
    again = house.client.post(url, headers=house.token(DELEGATOR))
    assert (again.status_code, again.data) == (200, first.data)
    assert house.state() == after
    targets = f"/fhir/Provenance?target={made['act']}"
    assert len(parse(house.client.get(targets).data)["entry"]) == 2


@pytest.mark.parametrize("kind", [JSON, XML])
def test_the_delegator_may_comment(house: House, made: dict[str, Any], kind: str) -> None:
    url = f"/fhir/{made['tasks'][0]}/$acknowledge"
    said = {"resourceType": "Parameters", "parameter": [{"name": "comment", "valueString": "Vu, d’accord."}]}
    xml = (
        '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="comment"/>'
        '<valueString value="Vu, d’accord."/></parameter></Parameters>'
    )
    sent = dump(said) if kind == JSON else xml.encode()
    answer = house.client.post(url, data=sent, content_type=kind, headers={**house.token(DELEGATOR), "Accept": kind})
    assert answer.status_code == 200, answer.text
    assert "Vu, d’accord." in answer.text


@pytest.mark.parametrize(
    "parameters",
    [
        {"resourceType": "Parameters", "parameter": 5},
        {"resourceType": "Parameters", "parameter": [{"name": "comment", "valueString": 5}]},
        {"resourceType": "Parameters", "parameter": [5]},
        {"resourceType": "Patient"},
        {"resourceType": 5},
        {},
    ],
)
def test_bad_parameters_are_named(house: House, made: dict[str, Any], parameters: dict[str, Any]) -> None:
    url = f"/fhir/{made['tasks'][0]}/$acknowledge"
    before = house.state()
    told = outcome(house.client.post(url, data=dump(parameters), content_type=JSON, headers=house.token(DELEGATOR)))
    assert expressions(told)
    assert house.state() == before


def test_what_is_no_duty_is_not_acknowledged(house: House) -> None:
    outcome(house.client.post("/fhir/Task/none/$acknowledge", headers=house.token(DELEGATOR)), 404)
    outcome(house.client.get("/fhir/Task/none/$acknowledge"), 405)
    outcome(house.client.post("/fhir/Procedure/none/$acknowledge", headers=house.token(DELEGATOR)), 404)


# ── $trace, $verify-chain ──────────────────────────────────────────────────────────────────────────────────


def test_the_trace_holds_all_that_the_act_rests_on(house: House, made: dict[str, Any]) -> None:
    told = body(house.client.get(f"/fhir/{made['act']}/$trace"))
    types = [entry["resource"]["resourceType"] for entry in told["entry"]]
    for type_ in ("Procedure", "QuestionnaireResponse", "Consent", "CarePlan", "CareTeam", "Patient", "PlanDefinition"):
        assert type_ in types
    assert types.count("PractitionerRole") == types.count("Practitioner") == 2
    assert body(house.client.get(f"/fhir/{made['act']}/$trace", headers={"Accept": XML})) == told


def test_a_broken_chain_is_told_and_a_whole_one_too(house: House, made: dict[str, Any]) -> None:
    chain = parse(house.client.get(f"/fhir/{made['act']}").data)["performer"][0]["onBehalfOf"]["reference"]
    for query in ("", f"?organization={chain}", f"?organization={chain.partition('/')[2]}"):
        answer = house.client.get(f"/fhir/Provenance/$verify-chain{query}")
        assert [issue["severity"] for issue in body(answer)["issue"]] == ["information"]
    for other in ("Organization/none", "%00", "x" * 5000):
        outcome(house.client.get(f"/fhir/Provenance/$verify-chain?organization={other}"), 404)
    id_ = made["act"].partition("/")[2]
    run_sql(house.settings.database, "DROP TRIGGER resource_version_is_fixed")
    run_sql(house.settings.database, f"UPDATE resource_version SET body = X'7B7D' WHERE id = '{id_}'")
    answer = house.client.get(f"/fhir/Provenance/$verify-chain?organization={chain}")
    assert [issue["severity"] for issue in body(answer)["issue"]] == ["error"]


# ── /metadata ──────────────────────────────────────────────────────────────────────────────────────────────


def claims(house: House) -> list[dict[str, Any]]:
    statement = body(house.client.get("/fhir/metadata"))
    assert statement == body(house.client.get("/fhir/metadata?_format=xml"))
    (rest,) = statement["rest"]
    resources: list[dict[str, Any]] = rest["resource"]
    return resources


#: What a parameter of each kind may be asked for.
ASKED = {
    "token": ("x", "http://e|x", "|x"),
    "reference": ("Patient/x", "x"),
    "uri": ("http://e", "http://e|1"),
    "date": ("2026", "ge2026-11-20", "lt2026-11-20T10:05:00Z"),
    "string": ("x",),
    "number": ("1", "ge2"),
    "quantity": ("5.4", "lt5.4|http://unitsofmeasure.org|mg"),
    "composite": ("x$2",),
}


def test_everything_that_is_claimed_answers(house: House, made: dict[str, Any]) -> None:
    for claim in claims(house):
        type_, codes = claim["type"], {interaction["code"] for interaction in claim.get("interaction", ())}
        if not codes:
            continue  # nothing is kept of it: it has operations only
        entries = body(house.client.get(f"/fhir/{type_}?_count=1")).get("entry", ())
        assert {"read", "vread", "history-instance", "history-type", "search-type"} <= codes
        assert body(house.client.get(f"/fhir/{type_}/_history?_count=1"))["type"] == "history"
        for parameter in claim["searchParam"]:
            for value in ASKED[parameter["type"]]:
                answer = house.client.get(f"/fhir/{type_}", query_string={parameter["name"]: value})
                assert answer.status_code == 200, (type_, parameter, value, answer.text)
        for name, way in ((n, w) for w in ("Include", "RevInclude") for n in claim[f"search{w}"]):
            answer = house.client.get(f"/fhir/{type_}", query_string={f"_{way.lower()}": name, "_count": 1})
            assert answer.status_code == 200, (type_, way, name, answer.text)
        for entry in entries:
            url = f"/fhir/{type_}/{entry['resource']['id']}"
            for there in (url, f"{url}/_history/1", f"{url}/_history"):
                assert house.client.get(there).status_code == 200
                assert body(house.client.get(there, headers={"Accept": XML})) == body(house.client.get(there))
        # A claim to write is met by a reading of what is sent, the absence of one by a refusal of the type.
        sent = dump({"resourceType": type_, "id": "x"})
        created = house.client.post(f"/fhir/{type_}", data=dump({"resourceType": type_}), content_type=JSON)
        updated = house.client.put(f"/fhir/{type_}/x", data=sent, content_type=JSON)
        deleted = house.client.delete(f"/fhir/{type_}/none")
        assert refused_as_such(created.text) == ("create" not in codes), type_
        assert refused_as_such(updated.text) == ("update" not in codes), type_
        assert (deleted.status_code == 405) == ("delete" not in codes), (type_, deleted.text)


def test_what_is_claimed_of_the_whole_server_answers(house: House, made: dict[str, Any]) -> None:
    statement = body(house.client.get("/fhir/metadata"))
    codes = {each["code"] for each in statement["rest"][0]["interaction"]}
    assert codes == {"transaction", "batch", "history-system", "search-system"}
    assert body(house.client.get("/fhir/_history?_count=2"))["type"] == "history"
    assert body(house.client.get("/fhir?_type=Patient,Procedure&_count=2"))["type"] == "searchset"
    for kind in ("transaction", "batch"):
        asked = {"request": {"method": "GET", "url": "Patient?_count=1"}}
        sent = dump({"resourceType": "Bundle", "type": kind, "entry": [asked]})
        answer = house.client.post("/fhir", data=sent, content_type=JSON)
        assert body(answer)["type"] == f"{kind}-response", answer.text


def refused_as_such(text: str) -> bool:
    return "tenue par le serveur" in text or "ne se modifie pas en place" in text


def test_every_operation_that_is_claimed_is_there(house: House, made: dict[str, Any]) -> None:
    claimed = {(claim["type"], o["name"]) for claim in claims(house) for o in claim.get("operation", ())}
    claimed |= {("", o["name"]) for o in body(house.client.get("/fhir/metadata"))["rest"][0]["operation"]}
    there = {(type_, shape.rpartition("$")[2]) for type_, shape in OPERATIONS if "$" in shape}
    assert claimed == {(type_, name) for type_, name in there if name not in REFUSED}


@pytest.mark.parametrize("kind", [JSON, XML])
def test_the_statement_comes_in_the_mode_that_is_asked(shared: House, kind: str) -> None:
    def told(query: str) -> dict[str, Any]:
        return body(shared.client.get(f"/fhir/metadata{query}", headers={"Accept": kind}))

    full = told("?mode=full")
    assert full == told("")
    trial = {"versioning", "conditionalCreate", "searchInclude", "supportedProfile"}
    assert trial <= {name for one in full["rest"][0]["resource"] for name in one}
    normative = told("?mode=normative")
    assert not trial & {name for one in normative["rest"][0]["resource"] for name in one}
    assert [one["type"] for one in normative["rest"][0]["resource"]] == [
        one["type"] for one in full["rest"][0]["resource"]
    ]


def test_what_is_known_of_codes_is_stated(shared: House) -> None:
    stated = body(shared.client.get("/fhir/metadata?mode=terminology"))
    assert stated["resourceType"] == "TerminologyCapabilities"
    assert [issue for issue in validated(stated) if issue.severity == "error"] == []
    systems = [one["uri"] for one in stated["codeSystem"]]
    assert sorted(canonicals("CodeSystem")) == systems
    for one in stated["expansion"]["parameter"]:
        query = {"url": "http://hl7.org/fhir/ValueSet/administrative-gender"} | {one["name"]: "1"}
        # A value set, or a version of it, of that name is not held.
        assert shared.client.get("/fhir/ValueSet/$expand", query_string=query).status_code in (200, 404), one


@pytest.mark.parametrize("mode", ["full", "terminology"])
def test_a_statement_is_told_as_far_as_is_asked(shared: House, mode: str) -> None:
    whole = body(shared.client.get(f"/fhir/metadata?mode={mode}"))
    some = body(shared.client.get(f"/fhir/metadata?mode={mode}&_elements=software"))
    assert some["software"] == whole["software"]
    assert "implementation" in whole.keys() - some.keys()
    short = body(shared.client.get(f"/fhir/metadata?mode={mode}&_summary=true"))
    assert {"rest", "expansion"} & whole.keys() - short.keys() or len(str(short)) < len(str(whole))
    assert short["meta"]["tag"] == some["meta"]["tag"]


def test_a_mode_or_a_parameter_that_is_not_known_is_refused(shared: House) -> None:
    outcome(shared.client.get("/fhir/metadata?mode=partial"), 400)
    outcome(shared.client.get("/fhir/metadata?_since=1"), 400)
    outcome(shared.client.get("/fhir/metadata?_summary=count"), 400)
    assert shared.client.get("/fhir/metadata?_since=1", headers={"Prefer": "handling=lenient"}).status_code == 200


def test_what_is_claimed_of_writing_holds(house: House) -> None:
    updatable = {claim["type"] for claim in claims(house) if claim.get("updateCreate")}
    assert "Patient" in updatable
    answer = house.client.put("/fhir/Patient/mine", data=dump(patient() | {"id": "mine"}), content_type=JSON)
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/fhir/Patient/mine/_history/1")


# ── whoever operates ───────────────────────────────────────────────────────────────────────────────────────


def test_alive_ready_and_counted(house: House, made: dict[str, Any]) -> None:
    assert house.client.get("/healthz").text == "ok\n"
    assert house.client.get("/readyz").text == "ok\n"
    metrics = house.client.get("/metrics").text
    for delivery in made["deliveries"]:
        assert f'binome_envelopes{{destination="{delivery["destination"]}",state="queued"}} 1.0' in metrics


def test_every_answer_is_guarded(house: House) -> None:
    for url in ("/fhir/Patient", "/records/protocols", "/healthz", "/fhir/Patient/none", "/records/none", "/metrics"):
        headers = house.client.get(url).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_searches_are_of_the_structure_they_claim(shared: House) -> None:
    for claim in claims(shared):
        assert check(parse(shared.client.get(f"/fhir/{claim['type']}").data)) == []


def test_no_subscription_is_no_entry(shared: House) -> None:
    told = body(shared.client.get("/fhir/Subscription/$status"))
    assert (told["total"], "entry" in told) == (0, False)
