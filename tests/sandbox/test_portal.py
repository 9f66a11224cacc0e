"""The State portal of the sandbox does what the platform does, as far as a reader of dossiers can see."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from service.sandbox.portal import dossier
from service.sandbox.server import PROCEDURE, Sandbox
from tests.waiting import PATIENCE

DAY = dt.datetime(2026, 8, 25, 9, tzinfo=dt.UTC)
QUERY = "query Dossiers($number: Int!) { demarche(number: $number) { number } }"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    dossiers = [dossier(n, DAY + dt.timedelta(days=n), []) for n in range(1, 6)]
    with Sandbox(validate=False, portal_token="sesame", dossiers=dossiers) as started:
        yield started


def ask(sandbox: Sandbox, token: str = "sesame", query: str = QUERY, **variables: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": query, "variables": {"number": PROCEDURE} | variables}
    return requests.post(sandbox.portal_url, json=body, headers=headers, timeout=PATIENCE)


def numbers(answer: requests.Response) -> list[int]:
    return [node["number"] for node in answer.json()["data"]["demarche"]["dossiers"]["nodes"]]


def test_pages_by_cursor(sandbox: Sandbox) -> None:
    first = ask(sandbox, first=3)
    info = first.json()["data"]["demarche"]["dossiers"]["pageInfo"]
    assert numbers(first) == [1, 2, 3]
    assert info["hasNextPage"] is True
    second = ask(sandbox, first=3, after=info["endCursor"])
    assert numbers(second) == [4, 5]
    assert second.json()["data"]["demarche"]["dossiers"]["pageInfo"]["hasNextPage"] is False


def test_since_an_instant(sandbox: Sandbox) -> None:
    assert numbers(ask(sandbox, since=(DAY + dt.timedelta(days=4)).isoformat())) == [4, 5]


@pytest.mark.parametrize("token", ["", "autre"])
def test_no_token_or_another(sandbox: Sandbox, token: str) -> None:
    answer = ask(sandbox, token=token)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "forbidden"
    assert answer.json()["data"] is None


def test_another_procedure_is_an_error_in_an_answer_200(sandbox: Sandbox) -> None:
    answer = ask(sandbox, number=7)
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "not_found"


@pytest.mark.parametrize(
    "variables",
    [{"first": 101}, {"first": 0}, {"first": "x"}, {"since": "hier"}, {"after": "?"}, {"query": "{ autre }"}],
)
def test_a_bad_question(sandbox: Sandbox, variables: dict[str, Any]) -> None:
    assert ask(sandbox, **variables).status_code == 400


def test_the_limit_is_told_in_plain_text(sandbox: Sandbox) -> None:
    order = {"destination": "portal", "kind": "limited", "seconds": 12}
    assert requests.post(f"{sandbox.http_url}/faults", json=order, timeout=PATIENCE).status_code == 201
    answer = ask(sandbox)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert numbers(ask(sandbox)) == [1, 2, 3, 4, 5]


def test_a_dossier_is_lodged_and_changes(sandbox: Sandbox) -> None:
    url = f"{sandbox.portal_url}/dossiers"
    for day in (20, 21):
        changed = dossier(9, DAY, [], changed=DAY + dt.timedelta(days=day))
        assert requests.post(url, json=changed, timeout=PATIENCE).status_code == 201
    (node,) = ask(sandbox, since=(DAY + dt.timedelta(days=10)).isoformat()).json()["data"]["demarche"]["dossiers"][
        "nodes"
    ]
    assert node["dateDerniereModificationChamps"] == "2026-09-15T09:00:00+00:00"
    for wrong in (3, {"number": "x"}, {"number": 1, "state": "x"}):
        assert requests.post(url, json=wrong, timeout=PATIENCE).status_code == 400
