"""Odd addresses, odd headers: a clean answer to each, and nothing of them in it."""

import pytest

from mappings.fhir.json import dump
from tests.doors import House, act, outcome


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/Patient/" + "a" * 65,
        "/fhir/Patient/" + "a" * 100_000,
        "/fhir/Patient/%00",
        "/fhir/Patient/a%00b",
        "/fhir/Patient/%0d%0aSet-Cookie:x=1",
        "/fhir/Patient/../Patient/x",
        "/fhir/Patient/%2e%2e/x",
        "/fhir/Patient/..%2fx",
        "/fhir/Patient/%252e%252e%252f",
        "/fhir/Patient/..%5cx",
        "/fhir/Patient/%ff%fe",
        "/fhir/Patient/é",
        "/fhir/Patient/x;jsessionid=1",
        "/fhir/Patient/x/_history/-1",
        "/fhir/Patient/x/_history/0",
        "/fhir/Patient/x/_history/1.0",
        "/fhir/Patient/x/_history/" + "9" * 40,
        "/fhir/Patient/x/_history/" + "9" * 5000,
        "/fhir/Procedure/%00/$trace",
        "/fhir/Procedure/x/$TRACE",
        "/fhir/$trace",
        "/FHIR/Patient",
        "/records/acts/",
        "/records/%2e%2e/fhir/Patient",
        "/.git/config",
        "/fhir/.well-known/smart-configuration",
    ],
)
def test_what_leads_nowhere(shared: House, path: str) -> None:
    answer = shared.client.get(path)
    assert answer.status_code in (400, 404, 405)
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert len(answer.data) < 10_000
    if path.startswith("/fhir/"):
        outcome(answer)


@pytest.mark.parametrize("key", ["a" * 256, "a" * 100_000, "a\x01b", "clé", "a\x7f", "a\tb"])
def test_a_key_that_is_none(shared: House, key: str) -> None:
    before = shared.state()
    answer = shared.client.post("/records/acts", json=act(), headers={"Idempotency-Key": key})
    outcome(answer, 413 if len(key) > 255 else 422)
    assert shared.state() == before


def test_the_longest_key_is_one(house: House) -> None:
    for key in ("a" * 255, "'; DROP TABLE request; --", "../../x", "%s{}"):
        record = act()
        for status in (201, 200):
            answer = house.client.post("/records/acts", json=record, headers={"Idempotency-Key": key})
            assert answer.status_code == status


def test_a_key_serves_one_door(house: House) -> None:
    body = dump({"resourceType": "Bundle", "type": "transaction"})
    assert house.client.post("/records/acts", json=act(), headers={"Idempotency-Key": "k"}).status_code == 201
    answer = house.client.post(
        "/fhir", data=body, content_type="application/fhir+json", headers={"Idempotency-Key": "k"}
    )
    outcome(answer, 422)


@pytest.mark.parametrize("value", ["x\r\nSet-Cookie: a=1", "x\nX-Injected: 1", "\r\n\r\n<html>", "\x00", "a" * 60_000])
@pytest.mark.parametrize(
    "header", ["HTTP_X_REQUEST_ID", "HTTP_PREFER", "HTTP_IF_NONE_EXIST", "HTTP_ACCEPT", "HTTP_IF_MATCH"]
)
def test_no_header_comes_back(shared: House, header: str, value: str) -> None:
    """Past the parser of the HTTP server, which refuses most of these itself."""
    for method, path in (("GET", "/fhir/Patient/x"), ("POST", "/fhir/Patient"), ("PUT", "/fhir/Patient/x")):
        answer = shared.client.open(
            path, method=method, data=b'{"resourceType":"Patient"}', content_type="application/json",
            environ_overrides={header: value},
        )  # fmt: skip
        assert 400 <= answer.status_code < 500
        outcome(answer)
        assert not {"Set-Cookie", "X-Injected"} & set(answer.headers.keys())
        assert all("\r" not in text and "\n" not in text for text in answer.headers.values())


@pytest.mark.parametrize("host", ["evil.example", "evil.example:99999", "evil.example@x", "x/../y", "é.example", ""])
def test_a_host_is_a_host(shared: House, host: str) -> None:
    answer = shared.client.get("/fhir/Patient", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        outcome(answer)


def test_two_tokens_are_not_one(shared: House) -> None:
    token = shared.token("99900002017")["Authorization"]
    for value in (f"{token}, {token}", f"{token} x", token.lower(), token.replace("Bearer", "Basic"), token[:-1]):
        outcome(shared.client.get("/fhir/Patient", headers={"Authorization": value}), 401)
