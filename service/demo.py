"""``binome demo``: one act goes from the délégué to the délégant against real sockets, and is proved.

Three processes as in production (web, worker, sandbox), a fresh database, nothing simulated in between.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import requests

from mappings.fhir.act import protocol_of
from service.access import DevelopmentIssuer
from service.access.development import development_secret
from service.config import Settings
from service.demonstration import SCENARIO, load, records
from service.ledger.verify import verify
from service.processes import children, free_ports, wait_until_ready
from service.store import open_store

#: How long the deliveries may take, seconds.
_PATIENCE: Final = 60.0
_NAMES: Final = {
    "dmp": "dossier partagé (DMP, XDS.b ITI-41)",
    "mssante-professional": "messagerie du délégant (MSSanté)",
    "mssante-patient": "messagerie du patient (MSSanté)",
}

Json = dict[str, Any]


class Failed(Exception):
    """A step did not prove what it had to."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything listens, and how to say who calls."""

    base: str
    sandbox: str
    database: str
    issuer: DevelopmentIssuer

    def post(self, path: str, body: Json, **headers: str) -> requests.Response:
        return requests.post(f"{self.base}{path}", json=body, headers=headers, timeout=30)

    def get(self, path: str) -> Any:
        answer = requests.get(f"{self.base}{path}", timeout=30)
        _expect(answer.status_code == 200, f"GET {path}: {answer.status_code}")
        return answer.json()


def demo(settings: Settings) -> int:
    """Play, print each step with what was proved; 0 when all of it held."""
    begun = time.monotonic()
    with TemporaryDirectory(prefix="binome-demo-") as folder:
        try:
            with _stage(settings, Path(folder)) as stage:
                _play(stage)
        except (Failed, TimeoutError, requests.RequestException, RuntimeError) as failure:
            print(f"\nÉCHEC : {failure}", file=sys.stderr)
            return 1
    print(f"\nTout a tenu, en {time.monotonic() - begun:.1f} s.")
    return 0


@contextmanager
def _stage(settings: Settings, folder: Path) -> Iterator[Stage]:
    web, http, smtp, imap = free_ports(4)
    sandbox = f"http://127.0.0.1:{http}"
    environment = {
        "BINOME_DATABASE": f"sqlite:///{folder / 'binome.sqlite'}",
        "BINOME_KEYS": str(folder / "keys"),
        "BINOME_PROTOCOLS": settings.protocols,
        "BINOME_PORT": str(web),
        "BINOME_PROCESSES": "1",
        "BINOME_SANDBOX_HTTP": str(http),
        "BINOME_SANDBOX_SMTP": str(smtp),
        "BINOME_SANDBOX_IMAP": str(imap),
        "BINOME_DMP_REPOSITORY": f"{sandbox}/xds/repository",
        "BINOME_DMP_REGISTRY": f"{sandbox}/xds/registry",
        "BINOME_DMP_PATIENTS": f"{sandbox}/xds/patients",
        "BINOME_DIRECTORY": f"{sandbox}/annuaire/fhir/v2",
        "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
        "BINOME_RETRY_BASE_SECONDS": "1",
    }
    with children([("sandbox",), ("worker",), ("serve",)], environment):
        wait_until_ready(f"{sandbox}/healthz", 60)
        base = f"http://127.0.0.1:{web}"
        wait_until_ready(f"{base}/readyz", 60)
        issuer = DevelopmentIssuer(development_secret(folder / "keys"))
        yield Stage(base, sandbox, environment["BINOME_DATABASE"], issuer)


def _play(stage: Stage) -> None:
    _step("1. L’équipe, les consentements et les inclusions entrent par la porte plate")
    load(stage.base, SCENARIO, lambda line: print(f"   {line}"))
    act = records("acts")[0]

    _step("2. Un acte sans le recours obligatoire est refusé, et rien n’est enregistré")
    risky = {**act, "identifier": "ACTE-REFUSE", "exam": {**act["exam"], "risque-thrombo-embolique": "non-exclu"}}
    refused = stage.post("/records/acts", risky)
    _expect(refused.status_code == 422, f"un refus 422 était attendu : {refused.status_code}")
    for issue in refused.json()["issue"]:
        print(f"   422 : {issue['diagnostics']}")

    _step("3. L’acte du délégué est reçu, jugé et enregistré ; présenté deux fois, c’est un seul acte")
    first = stage.post("/records/acts", act, **{"Idempotency-Key": "demo-1"})
    again = stage.post("/records/acts", act, **{"Idempotency-Key": "demo-1"})
    _expect(first.status_code == 201, f"201 était attendu : {first.status_code} {first.text[:300]}")
    _expect(again.status_code == 200 and again.content == first.content, "la reprise devait donner la même réponse")
    made = first.json()
    print(f"   201 : {made['act']}, preuve {made['provenance']}, tâche {made['tasks'][0]}")
    print("   200 : même réponse à la reprise")

    _step("4. Le compte rendu est scellé une fois et envoyé à chaque destination")
    events = _delivered(stage, made)
    _tell_receivers(stage, events)

    _step("5. Le délégant prend connaissance de l’acte")
    task = made["tasks"][0]
    comment: Json = {
        "resourceType": "Parameters",
        "parameter": [{"name": "comment", "valueString": "Vu. Je rappelle le patient."}],
    }
    stranger = stage.post(f"/fhir/{task}/$acknowledge", comment)
    _expect(stranger.status_code == 401, "sans identité, la prise de connaissance devait être refusée")
    token = stage.issuer.token(act["delegator_rpps"])
    done = stage.post(f"/fhir/{task}/$acknowledge", comment, Authorization=f"Bearer {token}")
    _expect(done.status_code == 200 and done.json()["status"] == "completed", f"acquittement : {done.status_code}")
    print(f"   {task} : completed, version {done.json()['meta']['versionId']}")

    _step("6. La chaîne entière, d’un seul appel")
    trace = stage.get(f"/fhir/{made['act']}/$trace")
    for entry in trace["entry"]:
        print(f"   {_told(entry['resource'])}")

    _step("7. Les preuves sont recalculées sur les octets enregistrés")
    _verify(stage.database)


def _delivered(stage: Stage, made: Json) -> list[Json]:
    """The attempts of the three deliveries, once each has been accepted."""
    wanted = {delivery["destination"] for delivery in made["deliveries"]}
    _expect(wanted == set(_NAMES), f"trois destinations étaient attendues : {sorted(wanted)}")
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        trace = stage.get(f"/fhir/{made['act']}/$trace")
        events = [e["resource"] for e in trace["entry"] if e["resource"]["resourceType"] == "AuditEvent"]
        attempts = [e for e in events if "outcomeDesc" in e]
        if {e["entity"][0]["description"] for e in attempts if e["outcome"] == "0"} == wanted:
            return attempts
        time.sleep(0.2)
    raise Failed(f"les envois n’ont pas abouti en {_PATIENCE:.0f} s")


def _tell_receivers(stage: Stage, attempts: list[Json]) -> None:
    """For each destination, the identifiers that we sent and those that its receiver says it saw."""
    documents = requests.get(f"{stage.sandbox}/registry/documents", timeout=10).json()
    boxes = requests.get(f"{stage.sandbox}/mailboxes", timeout=10).json()
    seen = {}
    for box in boxes:
        for message in requests.get(f"{stage.sandbox}/mailboxes/{box['address']}", timeout=10).json():
            eml = requests.get(f"{stage.sandbox}/mailboxes/{box['address']}/{message['id']}.eml", timeout=10).content
            seen[_header(eml, b"message-id:")] = (box["address"], message)
    for event in attempts:
        destination = event["entity"][0]["description"]
        detail = {d["type"]: d["valueString"] for d in event["entity"][0]["detail"]}
        print(f"   {_NAMES[destination]}")
        if destination == "dmp":
            (document,) = [d for d in documents if d["uniqueId"] == detail["document-unique-id"]]
            _expect(document["stored"] == 1, "le registre devait tenir le document une seule fois")
            print(f"      uniqueId {document['uniqueId']}")
            print(f"      lot {document['submissions'][0]}, entryUUID {document['entryUUID'][0]}")
            print(f"      {document['size']} octets, SHA-1 {document['sha1']}")
        else:
            _expect(detail["message-id"] in seen, "le message n’est pas dans la boîte du destinataire")
            address, message = seen[detail["message-id"]]
            print(f"      Message-ID {detail['message-id']}")
            print(f"      boîte {address}, message {message['id']}, réponse de l’opérateur {detail['receiver-id']}")


def _header(message: bytes, name: bytes) -> str:
    lines = message.replace(b"\r\n ", b" ").split(b"\r\n")
    return next((line[len(name) :].strip().decode() for line in lines if line.lower().startswith(name)), "")


def _told(resource: Json) -> str:
    """One line of the trace: what it is, who, on whose behalf."""
    name = f"{resource['resourceType']}/{resource.get('id', '')}"
    teller = _TOLD.get(resource["resourceType"])
    return f"{name} – {teller(resource)}" if teller else name


def _agents(provenance: Json) -> str:
    who = provenance["agent"][0]
    behalf = f" au nom de {who['onBehalfOf']['reference']}" if "onBehalfOf" in who else ""
    chain = {e["url"]: e for e in provenance["extension"][0]["extension"]}
    return f"{who['who']['reference']}{behalf}, maillon {chain['sequence']['valuePositiveInt']}"


_TOLD: Final[dict[str, Callable[[Json], str]]] = {
    "Procedure": lambda r: f"{r['status']}, {protocol_of(r).rpartition('/')[2]}",
    "Provenance": _agents,
    "Task": lambda r: f"{r['code']['coding'][0]['code']}, {r['status']}",
    "Consent": lambda r: f"{r['status']}, version {r['meta']['versionId']}",
    "AuditEvent": lambda r: r.get("outcomeDesc", r["subtype"][0]["code"]),
    "DocumentReference": lambda r: r["masterIdentifier"]["value"],
    "Communication": lambda r: r["identifier"][0]["value"],
}


def _verify(database: str) -> None:
    store = open_store(database)
    try:
        faults = list(verify(store))
        links = sum(store.head(chain).sequence for chain in store.chains())
    finally:
        store.close()
    _expect(not faults, f"la chaîne de preuve est rompue : {faults[:3]}")
    print(f"   {links} maillons recalculés, chaîne intacte")


def _step(title: str) -> None:
    print(f"\n{title}", flush=True)


def _expect(held: bool, otherwise: str) -> None:
    if not held:
        raise Failed(otherwise)
