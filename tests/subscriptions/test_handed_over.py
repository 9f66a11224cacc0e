"""R4's own payload (subscription.html#channels): resources handed over to a FHIR server, which takes updates alone."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import orjson

from service.subscriptions.composing import keeping
from tests.api.test_interactions import patient
from tests.clients.scripted import listener, read_request
from tests.house import Json, act_record
from tests.subscriptions.whole import BACKPORT, SECRET, Subscribed


@dataclass
class FhirServer:
    """Keeps what is PUT at Type/id; anything else is no update, hence 400, as a FHIR server answers an empty POST."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    kept: dict[str, Json] = field(default_factory=dict)
    down: int = 0

    def play(self, connection: socket.socket) -> None:
        head, _, body = read_request(connection).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, path, _ = first.split()
        self.requests.append((method, path))
        self.headers.append(dict(line.split(": ", 1) for line in lines))
        status = "400 Bad Request"
        if self.down:
            self.down -= 1
            status = "503 Service Unavailable"
        elif method == "PUT" and path.startswith("/base/"):
            resource = orjson.loads(body)
            assert path == f"/base/{resource['resourceType']}/{resource['id']}"
            self.kept[path.removeprefix("/base/")] = resource
            status = "200 OK"
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


@contextmanager
def handed_over(subscribed: Subscribed, criteria: str, **channel: object) -> Iterator[tuple[FhirServer, str]]:
    """A FHIR server on loopback, and the id of the Subscription that hands resources over to it."""
    server = FhirServer()
    with listener(server.play) as port:
        origin = f"http://127.0.0.1:{port}"
        subscribed.settings = replace(subscribed.settings, subscription_targets=origin, subscription_whole=origin)
        subscribed.house.composition.intake.keep["Subscription"] = keeping(subscribed.settings)  # type: ignore[index]
        endpoint = {"endpoint": f"{origin}/base", "_payload": None}
        yield server, subscribed.subscribe(criteria=criteria, channel={**endpoint, **channel})


def record_act(subscribed: Subscribed, number: int) -> Json:
    answer = subscribed.house.post("acts", act_record(identifier=f"ACTE-R{number}"))
    assert answer.status_code == 201, answer.json
    told: Json = answer.json
    return told


def test_a_fhir_server_gets_updates_and_nothing_else(subscribed: Subscribed) -> None:
    with handed_over(subscribed, "Procedure") as (server, id_):
        assert server.requests == []
        assert subscribed.read(id_)["status"] == "active"
        acts = [record_act(subscribed, n)["act"] for n in (1, 2)]
        subscribed.drain()
    assert server.requests == [("PUT", f"/base/{act}") for act in acts]
    assert {each["Content-Type"] for each in server.headers} == {"application/fhir+json; charset=utf-8"}
    assert {each["Authorization"] for each in server.headers} == {SECRET}
    for act in acts:
        assert server.kept[act] == subscribed.house.fhir("GET", f"/{act}").json
    assert subscribed.read(id_)["status"] == "active"


def test_an_update_that_fails_comes_again_and_the_next_waits_for_it(subscribed: Subscribed) -> None:
    with handed_over(subscribed, "Procedure") as (server, id_):
        acts = [record_act(subscribed, n)["act"] for n in (1, 2)]
        server.down = 1
        subscribed.drain()
        assert server.kept == {}
        subscribed.later(minutes=31)
        assert list(server.kept) == acts
        assert subscribed.read(id_)["status"] == "active"
        assert subscribed.duties() == []


def test_no_sign_of_life_is_sent_where_resources_are(subscribed: Subscribed) -> None:
    beat = [{"url": f"{BACKPORT}backport-heartbeat-period", "valueUnsignedInt": 60}]
    with handed_over(subscribed, "Procedure", extension=beat) as (server, id_):
        record_act(subscribed, 1)
        subscribed.drain()
        for _ in range(3):
            subscribed.later(seconds=61)
        assert [method for method, _ in server.requests] == ["PUT"]
        assert subscribed.read(id_)["status"] == "active"


def test_what_is_changed_is_handed_over_again_and_what_is_deleted_is_not(subscribed: Subscribed) -> None:
    made = subscribed.house.fhir("POST", "/Patient", patient()).json
    address = f"/Patient/{made['id']}"
    with handed_over(subscribed, "Patient?gender=female,male") as (server, _):
        assert subscribed.house.fhir("PUT", address, {**made, "active": True}).status_code == 200
        subscribed.drain()
        assert subscribed.house.fhir("PUT", address, {**made, "active": False}).status_code == 200
        subscribed.drain()
        assert subscribed.house.fhir("DELETE", address).status_code == 204
        assert subscribed.drain() == 0
    assert server.requests == [("PUT", f"/base{address}")] * 2
    assert server.kept[address[1:]]["active"] is False
