"""A shared record that holds what a test puts in it, and remembers what it was asked."""

import base64
import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mappings.domain.shared import SharedDocument
from service.app import create_app
from service.clients.consulting import Asking, Listing, Retrieved, Unread
from service.composition import Composition
from tests.house import House, Json

WEBER, BENALI, LEROUX, STRANGER = "99900002017", "99900002025", "99900001019", "99900002033"
#: The patient of INCL-0001.
INS = ("1.2.250.1.213.1.4.11", "292043899900158")
ROOT = "1.2.250.1.999.7"


@dataclass
class Shelf:
    """Documents by their uniqueId; ``then`` happens while the record is asked."""

    documents: dict[str, tuple[SharedDocument, bytes]] = field(default_factory=dict)
    unread: str = ""
    whole: bool = True
    #: What was made before it is given only to who asks for older ones.
    since: dt.datetime | None = None
    asked: list[str] = field(default_factory=list)
    then: Callable[[], None] = lambda: None

    def put(self, content: bytes, mime_type: str = "text/xml", number: int = 1, **told: object) -> str:
        unique_id = f"{ROOT}.{number}"
        one = SharedDocument(
            unique_id=unique_id,
            status="current",
            title="Courrier",
            mime_type=mime_type,
            size=len(content),
            sha1=hashlib.sha1(content).digest(),
            where=f"Binary/{number}",
        )
        self.documents[unique_id] = dataclasses.replace(one, **told), content  # type: ignore[arg-type]
        return unique_id

    def find(self, asking: Asking, *, older: bool = False) -> Listing | Unread:
        self.asked.append(f"{asking.practitioner.rpps} {asking.patient}")
        self.then()
        since = None if older else self.since
        told = tuple(d for d, _ in self.documents.values() if not (since and d.created_at and d.created_at < since))
        return Unread(self.unread) if self.unread else Listing(told, self.whole, since)

    def retrieve(self, asking: Asking, document: SharedDocument) -> Retrieved | Unread:
        return Retrieved(document.mime_type, self.documents[document.unique_id][1])


class Reading:
    """A house whose shared record is a shelf."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.shelf = Shelf()
        settings = dataclasses.replace(house.settings, shared_record="pdsm")
        self.composition: Composition = dataclasses.replace(
            house.composition, settings=settings, record_reader=self.shelf
        )
        self.app = create_app(self.composition)
        (plan,) = house.found("CarePlan?identifier=INCL-0001")
        self.plan = plan
        self.patient = plan["subject"]["reference"].partition("/")[2]

    def get(self, path: str = "", rpps: str = WEBER) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.composition.issuer.token(rpps)}"} if rpps else {}
        address = f"/records/patients/{self.patient}/documents{path}"
        return self.app.test_client().get(address, headers=headers)

    def browser(self, rpps: str = WEBER) -> FlaskClient:
        from service.console.session import COOKIE

        client = self.app.test_client()
        client.set_cookie(COOKIE, self.composition.issuer.token(rpps))
        return client

    def events(self) -> list[Json]:
        """Consultations on record."""
        found = self.house.found("AuditEvent?_count=100")
        return [one for one in found if one["type"]["code"] in ("110107", "110112")]


def cda(
    body: str = "", *, root: str = f"{ROOT}.1", ins: tuple[str, str] = INS, title: str = "Compte rendu", head: str = ""
) -> bytes:
    """A small CDA, as somebody else would write it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="{root}"/>'
        f'<code code="11488-4" displayName="CR de consultation"/><title>{title}</title>'
        '<effectiveTime value="20261110093000+0100"/>'
        f'<recordTarget><patientRole><id root="{ins[0]}" extension="{ins[1]}"/>'
        "<patient><name><family>AUTRE-NOM</family></name></patient></patientRole></recordTarget>"
        "<author><assignedAuthor><assignedPerson><name><given>Jeanne</given><family>CHENE-FICTIF</family></name>"
        "</assignedPerson><representedOrganization><name>Clinique (FICTIVE)</name></representedOrganization>"
        f"</assignedAuthor></author><component>{body}</component></ClinicalDocument>"
    ).encode()


def structured(*sections: str) -> str:
    inner = "".join(f"<component><section>{one}</section></component>" for one in sections)
    return f"<structuredBody>{inner}</structuredBody>"


def enclosing(kind: str, content: bytes) -> str:
    written = base64.b64encode(content).decode()
    return f'<nonXMLBody><text mediaType="{kind}" representation="B64">{written}</text></nonXMLBody>'
