"""Each topic on the very resources that the stories write; and what criteria may ask."""

import datetime as dt
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.notification import Event, Said, notification, statuses
from mappings.fhir.structure import check
from mappings.fhir.task import Duty, acknowledged, cancelled, delivery_task, subscription_task
from mappings.fhir.topics import TOPICS
from mappings.fhir.xml import resource_from_xml, resource_to_xml
from mappings.issues import Refused
from service.store.unit import Standing, Write
from service.store.watches import Watcher, Watchers, meeting
from service.subscriptions.concealment import Concealment
from service.watching import watch_of
from service.writes import write_of
from tests.subscriptions.whole import BACKPORT, TOPIC

NOW = dt.datetime(2026, 11, 20, 11, tzinfo=dt.UTC)
ACT = {
    "resourceType": "Procedure",
    "id": "a",
    "status": "completed",
    "subject": {"reference": "Patient/p"},
    "basedOn": [{"reference": "CarePlan/i"}],
    "performer": [{"actor": {"reference": "PractitionerRole/d"}, "onBehalfOf": {"reference": "Organization/o"}}],
}


def task(code: Any) -> dict[str, Any]:
    duty = Duty(id="t", code=code, visit="v", authored=NOW, until=None, fictitious=True)
    return delivery_task(ACT, duty)


def subscription(criteria: str, **changes: Any) -> dict[str, Any]:
    channel = {"type": "rest-hook", "endpoint": "https://abonne.example/x"}
    return {
        "resourceType": "Subscription",
        "status": "active",
        "reason": "Essai",
        "criteria": criteria,
        "channel": channel,
    } | changes


def met(criteria: str, write: Write) -> bool:
    watch = watch_of(subscription(criteria))
    watcher = Watcher("s", tuple(map(frozenset, watch.every)), frozenset(watch.none), watch.becoming, 2**62)
    watchers = Watchers()
    watchers.add(watcher)
    return watch.type == write.type and list(meeting(watchers, write.index, write.stale, 0)) == ["s"]


def topics_of(resource: dict[str, Any], previous: dict[str, Any] | None = None) -> set[str]:
    write = write_of(resource, 1 if previous is None else 2, previous=previous)
    return {topic.removeprefix(TOPIC) for topic in TOPICS if met(topic, write)}


def test_each_topic_is_what_happens() -> None:
    assert topics_of(ACT) == {"act-recorded"}
    in_error = ACT | {"status": "entered-in-error"}
    assert topics_of(in_error, ACT) == {"act-entered-in-error"}
    assert topics_of(in_error, in_error) == set()
    waiting = task("acknowledge")
    read = acknowledged(waiting, at=NOW, comment="")
    assert topics_of(waiting) == {"act-awaiting-acknowledgement"}
    assert topics_of(read, waiting) == {"act-acknowledged"}
    assert topics_of(read, read) == set()
    assert topics_of(task("reorient")) == {"reorientation"}
    assert topics_of(task("resolve-delivery")) == {"delivery-failed"}
    assert topics_of(cancelled(waiting, at=NOW, reason="x"), waiting) == set()
    assert topics_of(task("withdraw-report")) == {"report-to-withdraw"}
    assert topics_of(task("resolve-subscription")) == set()


@pytest.mark.parametrize(
    ("criteria", "is_met"),
    [
        ("Task", True),
        ("Task?", True),
        ("Task?code=acknowledge", True),
        (f"Task?code={systems.CODE_SYSTEM}binome-task-code|acknowledge", True),
        ("Task?code=urn:x|acknowledge", False),
        ("Task?code=reorient,acknowledge&status=requested", True),
        ("Task?code=acknowledge&status=completed", False),
        ("Task?code:not=reorient", True),
        ("Task?status:not=requested,rejected", False),
        ("Task?focus=Procedure/a", True),
        ("Task?focus=Procedure/b", False),
        ("Task?owner=Organization/o&patient=Patient/p", True),
        ("Procedure", False),
    ],
)
def test_criteria_are_searches(criteria: str, is_met: bool) -> None:
    assert met(criteria, write_of(task("acknowledge"), 1)) is is_met


@pytest.mark.parametrize(
    ("criteria", "is_met"),
    [
        ("Patient?telecom=1", True),
        ("Patient?telecom=2", True),
        ("Patient?telecom=3", False),
        ("Patient?phone=1", True),
        ("Patient?phone=2", False),
        ("Patient?telecom:not=2", False),
        ("Patient?telecom=phone|1", True),
        ("Patient?telecom=fax|2", True),
        ("Patient?telecom=fax|1", False),
        ("Patient?phone=fax|1", False),
        ("Patient?gender=http://hl7.org/fhir/administrative-gender|female", True),
    ],
)
def test_what_names_its_system_is_watched_with_it_and_without(criteria: str, is_met: bool) -> None:
    telecom = [{"system": "phone", "value": "1"}, {"system": "fax", "value": "2"}]
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "telecom": telecom}
    assert met(criteria, write_of(patient, 1)) is is_met


@pytest.mark.parametrize(("code", "is_met"), [("whole", True), ("part", True), ("other", False)])
def test_what_several_parameters_find_is_watched_under_each(code: str, is_met: bool) -> None:
    whole, part = ({"coding": [{"system": "urn:s", "code": one}]} for one in ("whole", "part"))
    measure = {"resourceType": "Observation", "id": "o", "code": whole, "component": [{"code": part}]}
    assert met(f"Observation?combo-code=urn:s|{code}", write_of(measure, 1)) is is_met


@pytest.mark.parametrize(
    "criteria",
    [
        "Task?code", "Task?code=", "Task?code=|", "Task?code=x,,y", "Task?focus=a", "Task?focus:Procedure=a",
        "Task?owner:identifier=99900002017", "Task?authored-on=2026", "Task?code:text=x", "Task?_has:x:y=1",
        "Patient?family=Martin", "Inconnu?x=1", "?x=1", "Task?code=" + ",".join(map(str, range(200))),
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused(criteria: str) -> None:
    with pytest.raises(Refused) as refusal:
        watch_of(subscription(criteria))
    assert {issue.expression for issue in refusal.value.issues} == {"Subscription.criteria"}


def test_a_criterion_is_never_repeated_in_a_refusal() -> None:
    with pytest.raises(Refused) as refusal:
        watch_of(subscription("Patient?family=Martin&inconnu=Durand"))
    said = " ".join(issue.text for issue in refusal.value.issues)
    assert "Martin" not in said + str(refusal.value)
    assert "Durand" not in said + str(refusal.value)


def test_a_watch_says_when_it_beats_and_ends() -> None:
    beat = {"url": f"{BACKPORT}backport-heartbeat-period", "valueUnsignedInt": 60}
    channel = {"type": "rest-hook", "endpoint": "https://abonne.example/x", "extension": [beat]}
    watch = watch_of(subscription("Task", channel=channel, end="2027-01-01T00:00:00+01:00"))
    assert (watch.standing, watch.heartbeat, watch.becoming) == (Standing.ACTIVE, 60, False)
    assert watch.ends == dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize("content", ["empty", "id-only", "full-resource"])
def test_notifications_are_fhir_in_both_formats(content: Any) -> None:
    said = Said(
        base="https://binome.example/fhir", subscription="s", topic=f"{TOPIC}act-recorded", status="active",
        kind="event-notification", count=2, error="no-response",
    )  # fmt: skip
    whole = content == "full-resource"
    events = [
        Event(number=n, at=NOW, type="Task", id="t", version=n, resource=task("reorient") if whole else None)
        for n in (1, 2)
    ]
    told = notification(said, content, events, id="0193f7c4-0000-7000-8000-000000000001", at=NOW)
    for bundle in (told, statuses([said], ["0193f7c4-0000-7000-8000-000000000002"])):
        assert check(bundle) == []
        assert resource_from_xml(resource_to_xml(bundle)) == bundle
    assert len(told["entry"]) == (3 if whole else 1)
    # bdl-3, bdl-4: in a history every entry has its request and its answer.
    assert all({"request", "response"} <= entry.keys() for entry in told["entry"])


def test_the_task_of_a_subscription_is_fhir() -> None:
    duty = Duty(
        id="t", code="resolve-subscription", visit="", authored=NOW, until=None, fictitious=False, reason="Raison."
    )
    made = subscription_task("s", duty)
    assert check(made) == []
    assert made["focus"] == {"reference": "Subscription/s"}
    assert "for" not in made


def test_what_is_concealed_opens_for_its_header_and_endpoint_alone() -> None:
    ours = Concealment("secret")
    sealed = ours.conceal("Authorization", "Bearer é", "https://a.example/")
    assert "Bearer" not in sealed
    assert sealed.isascii()
    assert ours.conceal("Authorization", "Bearer é", "https://a.example/") == sealed
    assert ours.conceal("authorization", sealed, "https://a.example/") == sealed
    assert ours.reveal("AUTHORIZATION", sealed, "https://a.example/") == "Bearer é"
    for name, value, endpoint in (
        ("X-Other", sealed, "https://a.example/"),
        ("Authorization", sealed, "https://b.example/"),
        ("Authorization", sealed[:-6] + "AAAAAA", "https://a.example/"),
        ("Authorization", "binome-sealed-§", "https://a.example/"),
        ("Authorization", "Bearer clear", "https://a.example/"),
    ):
        with pytest.raises(ValueError, match="conceal"):
            ours.reveal(name, value, endpoint)
    with pytest.raises(ValueError, match="conceal"):
        Concealment("another").reveal("Authorization", sealed, "https://a.example/")
