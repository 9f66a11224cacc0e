"""A whole service with a real subscriber on loopback: Subscriptions come in by FHIR, notifications go out by HTTP."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.sandbox.subscriber import Received
from service.store import Store
from service.subscriptions.composing import keeping, rounds
from service.subscriptions.rounds import Rounds
from tests.house import House, Json

TOPIC = "https://binome.example/fhir/SubscriptionTopic/"
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
SECRET = "Bearer jeton-tres-secret"


class Subscribed:
    """The house, its rounds, and the sandbox's subscribers."""

    def __init__(self, store: Store, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.house = House(store, folder, people=1)
        self.store = store
        self.settings = replace(
            self.house.settings,
            base="https://binome.example/fhir",
            subscription_targets=f"{sandbox.http_url},https://abonne.example",
            subscription_whole=sandbox.http_url,
            subscription_networks="127.0.0.0/8",
        )
        self.house.composition.intake.keep["Subscription"] = keeping(self.settings)  # type: ignore[index]

    def rounds(self) -> Rounds:
        """As after a restart, with the longest of all delays."""
        made = rounds(self.settings, self.store, self.house.clock, self.house.ids)
        made._notifier = replace(made._notifier, draw=lambda: 1.0)
        return made

    def drain(self) -> int:
        return self.rounds().drain()

    def later(self, **time: float) -> int:
        self.house.clock.pass_(**time)
        return self.drain()

    def subscribe(self, name: str = "abonne", **changes: Any) -> str:
        """The id of a new Subscription whose handshake is done."""
        answer = self.house.fhir("POST", "/Subscription", self.asked(name, **changes))
        assert answer.status_code == 201, answer.json
        id_: str = answer.json["id"]
        self.drain()
        assert self.read(id_)["status"] == "active", self.read(id_)
        return id_

    def asked(
        self, name: str = "abonne", topic: str = "act-recorded", content: str = "id-only", **changes: Any
    ) -> Json:
        """A Subscription to a topic; ``criteria`` for one of R4's own form, ``channel`` for what else the channel says."""
        channel = {
            "type": "rest-hook",
            "endpoint": self.sandbox.subscriber_url(name),
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": content}]},
            "header": [f"Authorization: {SECRET}"],
        } | changes.pop("channel", {})
        resource = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "Suivre les actes délégués",
            "criteria": f"{TOPIC}{topic}",
            **changes,
            "channel": {key: value for key, value in channel.items() if value is not None},
        }
        return {key: value for key, value in resource.items() if value is not None}

    def read(self, id_: str) -> Json:
        answer = self.house.fhir("GET", f"/Subscription/{id_}")
        assert answer.status_code == 200, answer.json
        body: Json = answer.json
        return body

    def fault(self, kind: str, name: str = "abonne", times: int = 1, code: int = 0, seconds: float = 2.0) -> None:
        codes = {"4xx": 410, "5xx": 503}
        self.sandbox.state.faults.order(
            Fault(
                destination="subscriber", kind=kind, at="notification", times=times, match=name,
                code=code or codes.get(kind, 0), seconds=seconds,
            )
        )  # fmt: skip

    def received(self, name: str = "abonne") -> list[Received]:
        return self.sandbox.state.subscribers.of(name)

    def notifications(self, name: str = "abonne") -> list[Json]:
        return [json.loads(one.body) for one in self.received(name)]

    def numbers(self, name: str = "abonne") -> list[list[int]]:
        """Numbers of the events of each notification of events."""
        return [numbers_of(bundle) for bundle in self.notifications(name) if numbers_of(bundle)]

    def duties(self) -> list[Json]:
        return self.house.found("Task?code=resolve-subscription")


def parameters_of(bundle: Json) -> dict[str, list[Any]]:
    """Values of the status, by name; an event is its parts by name."""
    found: dict[str, list[Any]] = {}
    for parameter in bundle["entry"][0]["resource"]["parameter"]:
        if "part" in parameter:
            value: Any = {part["name"]: _value(part) for part in parameter["part"]}
        else:
            value = _value(parameter)
        found.setdefault(parameter["name"], []).append(value)
    return found


def numbers_of(bundle: Json) -> list[int]:
    return [int(event["event-number"]) for event in parameters_of(bundle).get("notification-event", ())]


def _value(parameter: Json) -> Any:
    (value,) = (value for key, value in parameter.items() if key.startswith("value"))
    return value
