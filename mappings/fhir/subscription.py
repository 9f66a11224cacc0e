"""A request to be told of what happens (Subscription, R4 4.0.1, https://hl7.org/fhir/R4/subscription.html).

Two forms: R4's own, whose ``criteria`` is a search, and the R5 topics as the backport brings them to R4, whose
``criteria`` is the canonical of a topic (http://hl7.org/fhir/uv/subscriptions-backport, STU 1.1). Here is how both are
read, and what of a Subscription is the server's to say. Where notifications may go is not known here.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from mappings.fhir.datatypes import FhirElement
from mappings.fhir.topics import TOPICS

Resource = dict[str, Any]
Status = Literal["requested", "active", "error", "off"]
Content = Literal["empty", "id-only", "full-resource"]

BACKPORT: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_CONTENTS: Final[dict[str, Content]] = {"empty": "empty", "id-only": "id-only", "full-resource": "full-resource"}
_MIMES: Final = {
    "application/fhir+json": "application/fhir+json",
    "application/json": "application/fhir+json",
    "application/fhir+xml": "application/fhir+xml",
    "application/xml": "application/fhir+xml",
}
_HEADER: Final = re.compile(
    r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}):[ \t]*([\x21-\x7e](?:[\x20-\x7e]{0,6000}[\x21-\x7e])?)"
)
#: Headers that the exchange itself is made of (RFC 9110, RFC 9112): nobody else sets them.
_OURS: Final = frozenset(
    "accept-encoding connection content-encoding content-length content-type expect host keep-alive proxy-authorization"
    " proxy-connection te trailer transfer-encoding upgrade".split()
)
_LONGEST: Final = 2_000
_MOST_HEADERS: Final = 20
#: Events in one notification, when nobody says how many, and at most.
_USUAL: Final = 20
_MOST: Final = 100
#: Shortest silence before a sign of life, seconds.
_SHORTEST_BEAT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to be told of what, where and how."""

    id: str
    status: Status
    #: Canonical of the topic; empty for R4's own criteria.
    topic: str
    #: Type of the resources watched.
    type: str
    #: (parameter with its modifier, value): all hold.
    conditions: tuple[tuple[str, str], ...]
    endpoint: str
    #: As stored: what they say may be concealed.
    headers: tuple[tuple[str, str], ...]
    #: Media type of notifications; empty for R4's notification without a body.
    mime: str
    content: Content
    #: True for R4's own way of handing over a resource: PUT at the endpoint, without a notification around it.
    bare: bool
    #: Seconds; 0 where none was asked for.
    heartbeat: int
    timeout: int
    #: Events in one notification.
    most: int
    ends: dt.datetime | None

    @property
    def hands_over(self) -> bool:
        """Whether the endpoint is the base of a FHIR server, which takes updates and nothing else."""
        return self.bare and self.content == "full-resource"


def subscription_from_fhir(resource: Resource) -> Subscription:
    """``Refused`` with every fault."""
    element = FhirElement.of_resource(resource, "Subscription")
    status = element.one_of("status", {s: s for s in ("requested", "active", "error", "off")})
    channel = element.child("channel")
    if channel.text("type") not in ("rest-hook", ""):
        channel.fault(
            "not-supported", "type", "Seul le canal rest-hook est proposé.", "Binôme, déclaration de capacité"
        )
    topic, type_, conditions = _criteria(element)
    mime = _mime(channel)
    stated = _code(channel, "_payload", "backport-payload-content")
    subscription = Subscription(
        id=element.optional_text("id"),
        status=status,  # type: ignore[arg-type]  # one of the four above
        topic=topic,
        type=type_,
        conditions=conditions,
        endpoint=_endpoint(channel),
        headers=_headers(channel),
        mime=mime or ("application/fhir+json" if topic else ""),
        content=stated or ("id-only" if topic else "full-resource" if mime else "empty"),
        bare=not topic and not stated,
        heartbeat=_number(channel, "backport-heartbeat-period", "valueUnsignedInt", _SHORTEST_BEAT, 86_400 * 31),
        timeout=_number(channel, "backport-timeout", "valueUnsignedInt", 1, 3_600),
        most=_number(channel, "backport-max-count", "valuePositiveInt", 1, 1_000_000) or _USUAL,
        ends=element.optional_instant("end"),
    )
    element.refuse_faults()
    return subscription


def kept(resource: Resource, previous: Resource | None) -> Resource:
    """What is kept of what a client writes: ``status`` says only whether it wants to be told, ``error`` is ours.

    Whoever sends back what was read changes nothing; any other change asks for a new handshake.
    """
    wanted = {key: value for key, value in resource.items() if key not in ("error", "_error")}
    if wanted.get("status") not in ("requested", "active"):
        return wanted
    if previous is not None and wanted["status"] == previous["status"] and _asked(wanted) == _asked(previous):
        return {**wanted, **({"error": previous["error"]} if "error" in previous else {})}
    return {**wanted, "status": "requested"}


def with_status(resource: Resource, status: Status, error: str = "") -> Resource:
    """The Subscription as the server moves it; ``error`` is a sentence, empty when there is none."""
    moved: Resource = {}
    for key, value in resource.items():
        if key not in ("error", "_error"):
            moved[key] = status if key == "status" else value
        if key == "criteria" and error:
            moved["error"] = error
    return moved


def with_headers(resource: Resource, headers: Iterable[tuple[str, str]]) -> Resource:
    """The Subscription with these headers instead of its own."""
    channel = {**resource["channel"], "header": [f"{name}: {value}" for name, value in headers]}
    return {**resource, "channel": channel}


def _asked(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in ("meta", "status", "error")}


def _criteria(element: FhirElement) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """The topic (empty for a search), the type watched, the conditions."""
    criteria = element.text("criteria")
    filters = _filters(element)
    if criteria in TOPICS:
        topic = TOPICS[criteria]
        conditions = list(topic.conditions)
        for text in filters:
            type_, _, query = text[:_LONGEST].partition("?")
            if not query or len(text) > _LONGEST or type_ not in (topic.type, ""):
                element.fault(
                    "value",
                    "criteria",
                    f"Les filtres de ce thème s’écrivent « {topic.type}?paramètre=valeur ».",
                    "Subscriptions R5 Backport, backport-filter-criteria",
                )
            conditions += parse_qsl(query, keep_blank_values=True)
        return criteria, topic.type, tuple(conditions)
    type_, question, query = criteria.partition("?")
    if ":" in type_ or "/" in type_:
        element.fault(
            "value",
            "criteria",
            f"Ce thème n’est pas proposé ; ceux qui le sont : {', '.join(TOPICS)}.",
            "Binôme, déclaration de capacité",
        )
    if filters and not element.faults:
        text = "Un filtre de thème accompagne un thème, pas une recherche."
        element.fault("value", "criteria", text, "Subscriptions R5 Backport, backport-filter-criteria")
    if question and len(query) > _LONGEST:
        element.fault("too-long", "criteria", "Ce critère est trop long.")
    return "", type_, tuple(parse_qsl(query[:_LONGEST], keep_blank_values=True))


def _filters(element: FhirElement) -> list[str]:
    companion = element.child("_criteria") if element.has("_criteria") else element.absent("criteria")
    return [e.text("valueString") for e in companion.extensions(f"{BACKPORT}backport-filter-criteria")]


def _mime(channel: FhirElement) -> str:
    payload = channel.optional_text("payload")
    mime = _MIMES.get(payload.partition(";")[0].strip().lower(), "")
    if payload and not mime:
        channel.fault(
            "not-supported", "payload", "Le contenu se demande en application/fhir+json ou application/fhir+xml."
        )
    return mime


def _code(channel: FhirElement, companion: str, name: str) -> Content | None:
    if not channel.has(companion):
        return None
    found = channel.child(companion).extensions(f"{BACKPORT}{name}")
    return found[0].one_of("valueCode", _CONTENTS) if found else None


def _number(channel: FhirElement, name: str, value: str, least: int, most: int) -> int:
    found = channel.extensions(f"{BACKPORT}{name}")
    if not found:
        return 0
    number = found[0].json.get(value)
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        found[0].fault("value", value, f"Un nombre entier de {least} à {most} est attendu.")
        return 0
    return min(number, _MOST) if name == "backport-max-count" else number


def _endpoint(channel: FhirElement) -> str:
    endpoint = channel.text("endpoint")
    try:
        parts = urlsplit(endpoint)
        whole = parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    else:
        # Who identifies himself in an address shows himself in every log.
        whole = whole and "@" not in parts.netloc and not parts.fragment
    if endpoint and not (whole and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint):
        channel.fault("value", "endpoint", "Une adresse https complète, sans identifiant ni fragment, est attendue.")
    if len(endpoint) > _LONGEST:
        channel.fault("too-long", "endpoint", "Cette adresse est trop longue.")
    return endpoint


def _headers(channel: FhirElement) -> tuple[tuple[str, str], ...]:
    headers = []
    for n, text in enumerate(channel.texts("header") if channel.has("header") else ()):
        match = _HEADER.fullmatch(text)
        if match is None or match[1].lower() in _OURS or match[1].startswith(":"):
            channel.fault(
                "value", f"header[{n}]", "Un en-tête HTTP s’écrit « Nom: valeur », et n’est pas l’un des nôtres."
            )
        else:
            headers.append((match[1], match[2]))
    if len(headers) > _MOST_HEADERS:
        channel.fault("too-long", "header", f"{_MOST_HEADERS} en-têtes au plus sont admis.")
    return tuple(headers)
