"""The integrator guide is played, example by example, against a service in this process and a real sandbox."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from service.app import compose, create_app
from service.clock import random_identifiers
from service.composition import Composition
from service.config import Settings
from service.demonstration import people, records, sent
from service.sandbox.faults import KINDS
from service.sandbox.server import Sandbox
from service.worker import Worker
from service.worker import compose as compose_worker
from tests.waiting import PATIENCE

GUIDE = Path(__file__).parents[2] / "docs" / "integrateurs.md"
SANDBOX = "http://127.0.0.1:8081"
DELEGATOR = "99900002017"
#: What the guide calls those whom it brings into being, by type.
PEOPLE = {"PractitionerRole": "délégué", "Patient": "patient"}
#: What stands for whatever changes from one call to the next.
ANYTHING = "…"

_EXAMPLE = re.compile(
    r"```http\n(?P<head>.*?)```\n+"
    r"(?:```json\n(?P<body>.*?)```\n+)?"
    r"Réponse `(?P<status>\d{3})` ?:?\n+"
    r"(?:```json\n(?P<answer>.*?)```)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    method: str
    target: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: Any


def examples(text: str) -> list[Example]:
    found = []
    for match in _EXAMPLE.finditer(text):
        request, *headers = match["head"].strip().splitlines()
        method, _, target = request.partition(" ")
        found.append(
            Example(
                method=method,
                target=target,
                headers=dict(line.split(": ", 1) for line in headers),
                body=match["body"],
                status=int(match["status"]),
                answer=json.loads(match["answer"]) if match["answer"] else None,
            )
        )
    return found


EXAMPLES = examples(GUIDE.read_text(encoding="utf-8"))


@dataclass
class Time:
    now: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 11, 20, 17, 30, tzinfo=dt.UTC))

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class Stage:
    client: FlaskClient
    composition: Composition
    sandbox: Sandbox
    worker: Worker
    time: Time
    #: What the answers have named so far.
    names: dict[str, str]

    def play(self, example: Example) -> tuple[int, Any]:
        target, headers = self.named(example.target), {k: self.named(v) for k, v in example.headers.items()}
        if target.startswith(SANDBOX):
            url = target.replace(SANDBOX, self.sandbox.http_url)
            answer = requests.request(example.method, url, data=example.body, headers=headers, timeout=PATIENCE)
            return answer.status_code, answer.json()
        body = example.body.encode() if example.body else None
        response = self.client.open(target, method=example.method, data=body, headers=headers)
        return response.status_code, response.get_json(force=True)

    def named(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def deliver(self) -> None:
        """All that is due; each hour passed makes a delayed attempt due."""
        for _ in range(3):
            self.worker.drain()
            self.time.now += dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("guide")
    time = Time()
    with Sandbox(people=people(), directory_key="demonstration", clock=time) as sandbox:
        settings = Settings(
            database=f"sqlite:///{folder / 'guide.sqlite'}",
            keys=str(folder / "keys"),
            dmp_repository=sandbox.repository_url,
            dmp_registry=sandbox.registry_url,
            dmp_patients=sandbox.patients_url,
            directory=sandbox.directory_url,
            mssante="{}:{}".format(*sandbox.smtp_address),
        )
        composition = compose(settings, clock=time)
        store = composition.store
        client = create_app(composition).test_client()
        for name in ("enrolments", "consents", "inclusions"):
            for record in records(name):
                assert client.post(f"/records/{name}", json=sent(record)).status_code == 201
        dispatch = compose_worker(settings, store, clock=time)
        worker = Worker(store, dispatch, settings, time, random_identifiers)
        yield Stage(client, composition, sandbox, worker, time, {"jeton": composition.issuer.token(DELEGATOR)})
        store.close()


def unlike(shown: Any, answered: Any, at: str = "") -> str:
    """Where ``answered`` is not what the guide shows, whatever the shape of an apostrophe; empty when it is."""
    if isinstance(shown, str) and isinstance(answered, str):
        shown, answered = shown.replace("'", "’"), answered.replace("'", "’")
    if isinstance(shown, str) and ANYTHING in shown:
        pattern = ".*".join(map(re.escape, shown.split(ANYTHING)))
        return "" if re.fullmatch(pattern, str(answered), re.DOTALL) else f"{at}: {answered!r}"
    if isinstance(shown, dict) and isinstance(answered, dict):
        missing = [f"{at}.{key} is missing" for key in shown if key not in answered]
        return next(iter(missing), "") or next(
            (found for key in shown if (found := unlike(shown[key], answered[key], f"{at}.{key}"))), ""
        )
    if isinstance(shown, list) and isinstance(answered, list):
        whole = shown[-1:] != [ANYTHING]
        parts = shown if whole else shown[:-1]
        if len(answered) < len(parts) or (whole and len(answered) > len(parts)):
            return f"{at}: {len(answered)} elements"
        pairs = enumerate(zip(parts, answered, strict=False))
        return next((found for n, (a, b) in pairs if (found := unlike(a, b, f"{at}[{n}]"))), "")
    return "" if shown == answered else f"{at}: {answered!r}"


def test_every_example_is_played(stage: Stage) -> None:
    for example in EXAMPLES:
        status, answered = stage.play(example)
        assert status == example.status, f"{example.method} {example.target}: {status} {answered}"
        if example.answer is not None:
            assert not unlike(example.answer, answered), f"{example.method} {example.target}"
        if isinstance(answered, dict):
            # The first of each: later examples speak of the same people.
            named = (one.partition("/_history/")[0] for one in answered.get("resources", ()))
            told = {PEOPLE[type_]: one for one in named if (type_ := one.split("/")[0]) in PEOPLE}
            stage.names = told | stage.names
        if isinstance(answered, dict) and "act" in answered:
            stage.names |= {"acte": answered["act"], "id": answered["act"].partition("/")[2]}
            if "tâche" not in stage.names:
                stage.names |= {"tâche": answered["tasks"][0]}
        stage.deliver()
    store = stage.composition.store
    assert {state for _, state in store.backlog()} == {"accepted"}
    # The last act met the fault: in doubt, then found by asking, never sent again.
    (dmp,) = [e for e in store.envelopes_of(f"{stage.names['acte']}/_history/1") if e.destination == "dmp"]
    assert [attempt.outcome for attempt in store.attempts_of(dmp.id)] == ["in-doubt", "accepted"]
    document = store.document(dmp.document_id)
    assert document is not None
    assert stage.sandbox.state.registry.received[document.unique_id] == 1


def test_no_example_is_left_out() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert len(EXAMPLES) == text.count("```http\n")
    played = sum((example.body is not None) + (example.answer is not None) for example in EXAMPLES)
    assert played == text.count("```json\n")


def test_an_answer_that_differs_is_seen() -> None:
    assert unlike({"a": ["x/…"]}, {"a": ["y/1"]})
    assert unlike({"a": [1]}, {"a": [1, 2]})
    assert unlike({"a": 1}, {})
    assert not unlike({"a": [{"b": "x/…"}, "…"]}, {"a": [{"b": "x/1", "c": 2}, 3], "d": 4})


def test_the_guide_names_every_fault() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for destination, kinds in KINDS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{destination}` |"))
        assert set(re.findall(r"`([^`]+)`", row)) == {destination, *kinds}
