"""From the act to the subscriber: handshake, topics, order, numbers, heartbeat, what is shown and what is not."""

import logging
from dataclasses import replace

import pytest

from service.ledger.verify import verify
from service.store.unit import Unit
from service.subscriptions.concealment import Concealment
from service.watching import keep_watched
from service.writes import stamped, write_of
from tests.house import act_record, issues
from tests.stores import run_sql
from tests.subscriptions.whole import BACKPORT, SECRET, Subscribed, numbers_of, parameters_of


def record_act(subscribed: Subscribed, number: int = 1) -> dict[str, object]:
    answer = subscribed.house.post("acts", act_record(identifier=f"ACTE-S{number}"))
    assert answer.status_code == 201, answer.json
    told: dict[str, object] = answer.json
    return told


def test_a_handshake_comes_before_activation(subscribed: Subscribed) -> None:
    answer = subscribed.house.fhir("POST", "/Subscription", subscribed.asked())
    assert answer.status_code == 201, answer.json
    id_ = answer.json["id"]
    assert answer.json["status"] == "requested"
    record_act(subscribed)
    assert subscribed.drain() == 1
    (handshake,) = subscribed.notifications()
    told = parameters_of(handshake)
    assert (handshake["type"], told["type"], told["status"]) == ("history", ["handshake"], ["requested"])
    assert told["subscription"] == [{"reference": f"https://binome.example/fhir/Subscription/{id_}"}]
    assert told["events-since-subscription-start"] == ["0"]
    assert subscribed.read(id_)["status"] == "active"
    assert subscribed.read(id_)["meta"]["versionId"] == "2"
    assert subscribed.received()[0].headers["Authorization"] == SECRET
    assert verify(subscribed.store) == []


@pytest.mark.parametrize("kind", ["4xx", "5xx", "cut", "redirect"])
def test_a_handshake_that_fails_is_an_error(subscribed: Subscribed, kind: str) -> None:
    subscribed.fault(kind)
    id_ = subscribed.house.fhir("POST", "/Subscription", subscribed.asked()).json["id"]
    assert subscribed.drain() == 1
    shown = subscribed.read(id_)
    assert shown["status"] == "error"
    assert shown["error"].startswith("La cible n’a pas répondu à la vérification.")
    assert subscribed.received("elsewhere") == [], "a redirection is not followed"
    # Asked for again, it begins again.
    answer = subscribed.house.fhir("PUT", f"/Subscription/{id_}", shown | {"status": "requested"})
    assert (answer.status_code, answer.json["status"]) == (200, "requested")
    assert "error" not in answer.json
    subscribed.drain()
    assert subscribed.read(id_)["status"] == "active"
    assert subscribed.duties() == []


def test_the_whole_way_of_each_topic(subscribed: Subscribed) -> None:
    topics = ("act-recorded", "act-awaiting-acknowledgement", "act-acknowledged", "reorientation", "delivery-failed")
    for topic in topics:
        subscribed.subscribe(topic, topic=topic)
    told = record_act(subscribed)
    subscribed.drain()
    assert [subscribed.numbers(topic) for topic in topics] == [[[1]], [[1]], [], [], []]
    (event,) = parameters_of(subscribed.notifications("act-recorded")[-1])["notification-event"]
    assert event["focus"] == {"reference": f"https://binome.example/fhir/{told['act']}"}
    (task,) = subscribed.house.found("Task?code=acknowledge")
    rpps = task["owner"]["identifier"]["value"]
    token = subscribed.house.composition.issuer.token(rpps)
    answer = subscribed.house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=f"Bearer {token}")
    assert answer.status_code == 200, answer.json
    subscribed.drain()
    assert [subscribed.numbers(topic) for topic in topics] == [[[1]], [[1]], [[1]], [], []]


def test_events_leave_in_order_several_at_once(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe(channel={"extension": [{"url": f"{BACKPORT}backport-max-count", "valuePositiveInt": 2}]})
    acts = [record_act(subscribed, n)["act"] for n in range(5)]
    subscribed.drain()
    assert subscribed.numbers() == [[1, 2], [3, 4], [5]]
    focuses = [
        event["focus"]["reference"].rpartition("/fhir/")[2]
        for bundle in subscribed.notifications()
        for event in parameters_of(bundle).get("notification-event", ())
    ]
    assert focuses == acts
    answer = subscribed.house.fhir("GET", f"/Subscription/{id_}/$events?eventsSinceNumber=2&eventsUntilNumber=4")
    assert numbers_of(answer.json) == [2, 3, 4]
    assert parameters_of(answer.json)["type"] == ["query-event"]


def test_a_failure_is_told_again_under_the_same_numbers(subscribed: Subscribed) -> None:
    subscribed.subscribe()
    record_act(subscribed, 1)
    subscribed.fault("cut")
    assert subscribed.drain() == 1
    record_act(subscribed, 2)
    assert subscribed.drain() == 0, "what waits is not hurried"
    assert subscribed.later(seconds=subscribed.settings.retry_base_seconds) == 1
    assert subscribed.numbers() == [[1], [1, 2]]


def test_switched_off_after_the_budget_with_a_task_and_resumed_without_a_hole(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    record_act(subscribed, 1)
    subscribed.fault("5xx", times=1000)
    for _ in range(100):
        subscribed.later(seconds=subscribed.settings.retry_cap_seconds)
    shown = subscribed.read(id_)
    assert shown["status"] == "error"
    assert shown["error"] == "La cible n’a pas pu être notifiée dans le délai prévu. (503)"
    (duty,) = subscribed.duties()
    assert duty["focus"] == {"reference": f"Subscription/{id_}"}
    (status,) = subscribed.house.fhir("GET", f"/Subscription/{id_}/$status").json["entry"]
    coded = next(p for p in status["resource"]["parameter"] if p["name"] == "error")
    assert coded["valueCodeableConcept"]["coding"][0]["code"] == "error-response"
    # Everything still counts, and is told once the subscriber is back.
    record_act(subscribed, 2)
    subscribed.sandbox.state.faults.clear()
    before = len(subscribed.numbers())
    subscribed.house.fhir("PUT", f"/Subscription/{id_}", shown | {"status": "requested"})
    subscribed.drain()
    assert subscribed.numbers()[before:] == [[1, 2]]
    assert verify(subscribed.store) == []


def test_a_final_refusal_switches_off_at_once(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    record_act(subscribed)
    subscribed.fault("4xx")
    assert subscribed.drain() == 1
    assert subscribed.read(id_)["error"] == "La cible a refusé définitivement une notification. (410)"
    assert len(subscribed.duties()) == 1


def test_a_sign_of_life_after_a_silence(subscribed: Subscribed) -> None:
    beat = {"url": f"{BACKPORT}backport-heartbeat-period", "valueUnsignedInt": 60}
    subscribed.subscribe(channel={"extension": [beat]})
    assert subscribed.later(seconds=59) == 0
    assert subscribed.later(seconds=1) == 1
    record_act(subscribed)
    assert subscribed.later(seconds=30) == 1
    assert subscribed.later(seconds=31) == 0
    assert subscribed.later(seconds=29) == 1
    kinds = [parameters_of(bundle)["type"][0] for bundle in subscribed.notifications()]
    assert kinds == ["handshake", "heartbeat", "event-notification", "heartbeat"]
    assert parameters_of(subscribed.notifications()[-1])["events-since-subscription-start"] == ["1"]


def test_over_when_its_end_has_come(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe(end="2026-11-20T12:00:00Z")
    record_act(subscribed, 1)
    subscribed.later(minutes=59)
    subscribed.later(minutes=2)
    record_act(subscribed, 2)
    assert subscribed.read(id_)["status"] == "off"
    assert subscribed.later(hours=1) == 0
    assert subscribed.numbers() == [[1]]


@pytest.mark.parametrize("content", ["empty", "id-only", "full-resource"])
def test_no_more_is_told_than_was_asked_for(subscribed: Subscribed, content: str) -> None:
    subscribed.subscribe(content=content)
    told = record_act(subscribed)
    subscribed.drain()
    bundle = subscribed.notifications()[-1]
    (event,) = parameters_of(bundle)["notification-event"]
    assert ("focus" in event) == (content != "empty")
    assert ("topic" in parameters_of(bundle)) == (content != "empty")
    resources = [entry["resource"] for entry in bundle["entry"][1:]]
    if content == "full-resource":
        assert [f"{r['resourceType']}/{r['id']}" for r in resources] == [told["act"]]
        assert bundle["entry"][1]["request"] == {"method": "POST", "url": "Procedure"}
    else:
        assert resources == []


def test_r4_criteria_without_payload_are_an_empty_post_for_each_event(subscribed: Subscribed) -> None:
    channel = {"payload": None, "_payload": None}
    subscribed.subscribe(criteria="Task?code=acknowledge&status=requested,completed", channel=channel)
    record_act(subscribed, 1)
    record_act(subscribed, 2)
    subscribed.drain()
    assert [(one.method, one.below, one.body) for one in subscribed.received()] == [("POST", "", b"")] * 3


def test_r4_criteria_with_a_payload_put_the_resource_below_the_endpoint(subscribed: Subscribed) -> None:
    endpoint = subscribed.sandbox.subscriber_url("abonne") + "?cle=1"
    xml = {"payload": "application/fhir+xml", "_payload": None, "endpoint": endpoint}
    subscribed.subscribe(criteria="Procedure", channel=xml)
    told = record_act(subscribed)
    subscribed.drain()
    (event,) = subscribed.received()
    assert (event.method, event.below) == ("PUT", f"/{told['act']}")
    assert event.headers["Content-Type"] == "application/fhir+xml; charset=utf-8"
    assert event.body.startswith(b"<")


def test_filters_narrow_a_topic(subscribed: Subscribed) -> None:
    def filtered(text: str) -> dict[str, object]:
        extension = {"url": f"{BACKPORT}backport-filter-criteria", "valueString": text}
        return {"_criteria": {"extension": [extension]}}

    rpps = "https://rpps.esante.gouv.fr"
    (delegator,) = subscribed.house.found("PractitionerRole?role=DELEGATOR")
    value = next(
        i["value"]
        for i in [*delegator.get("identifier", ()), delegator["practitioner"].get("identifier", {})]
        if i.get("system") == rpps
    )
    topic = "act-awaiting-acknowledgement"
    subscribed.subscribe("mine", topic=topic, **filtered(f"Task?owner:identifier={rpps}|{value}"))
    subscribed.subscribe("other", topic=topic, **filtered(f"Task?owner:identifier={rpps}|99900009999"))
    record_act(subscribed)
    subscribed.drain()
    assert subscribed.numbers("mine") == [[1]]
    assert subscribed.numbers("other") == []


def test_a_header_is_shown_to_nobody_and_may_be_sent_back(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    shown = subscribed.read(id_)
    history = subscribed.house.fhir("GET", f"/Subscription/{id_}/_history")
    assert "secret" not in str(shown) + history.text
    assert shown["channel"]["header"][0].startswith("Authorization: binome-sealed-")
    # Sent back as read: nothing changes, and nothing is said anew.
    answer = subscribed.house.fhir("PUT", f"/Subscription/{id_}", shown)
    assert (answer.status_code, answer.json["meta"]["versionId"]) == (200, shown["meta"]["versionId"])
    assert subscribed.drain() == 0
    # Given again in clear: the same.
    clear = shown | {"channel": shown["channel"] | {"header": [f"Authorization: {SECRET}"]}}
    assert subscribed.house.fhir("PUT", f"/Subscription/{id_}", clear).json["status"] == "active"
    # Another change: another handshake, with the header that was concealed.
    subscribed.house.fhir("PUT", f"/Subscription/{id_}", shown | {"reason": "Autre motif"})
    assert subscribed.drain() == 1
    assert subscribed.received()[-1].headers["Authorization"] == SECRET
    # Moved to another endpoint: it does not open there.
    moved = shown | {"channel": shown["channel"] | {"endpoint": subscribed.sandbox.subscriber_url("voleur")}}
    answer = subscribed.house.fhir("PUT", f"/Subscription/{id_}", moved)
    assert issues(answer) == [("value", "Subscription.channel.header[0]")]


def test_switched_off_by_the_client_and_on_again(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    record_act(subscribed, 1)
    subscribed.drain()
    subscribed.house.fhir("PUT", f"/Subscription/{id_}", subscribed.read(id_) | {"status": "off"})
    record_act(subscribed, 2)
    assert subscribed.drain() == 0
    subscribed.house.fhir("PUT", f"/Subscription/{id_}", subscribed.read(id_) | {"status": "requested"})
    subscribed.drain()
    record_act(subscribed, 3)
    subscribed.drain()
    assert subscribed.numbers() == [[1], [2]]


@pytest.mark.parametrize(
    ("changes", "code", "expression"),
    [
        ({"criteria": "https://binome.example/fhir/SubscriptionTopic/inconnu"}, "value", "Subscription.criteria"),
        ({"criteria": "Task?authored-on=ge2026"}, "not-supported", "Subscription.criteria"),
        ({"criteria": "Task?inconnu=1"}, "not-supported", "Subscription.criteria"),
        ({"criteria": "Subscription?status=active"}, "not-supported", "Subscription.criteria"),
        ({"criteria": "Nuage"}, "not-supported", "Subscription.criteria"),
        ({"status": "error"}, "business-rule", "Subscription.status"),
        ({"channel": {"type": "email"}}, "not-supported", "Subscription.channel.type"),
        ({"channel": {"endpoint": "https://ailleurs.example/x"}}, "forbidden", "Subscription.channel.endpoint"),
        ({"channel": {"endpoint": "ftp://abonne.example/x"}}, "value", "Subscription.channel.endpoint"),
        ({"channel": {"endpoint": "https://moi:mdp@abonne.example/x"}}, "value", "Subscription.channel.endpoint"),
        ({"channel": {"endpoint": None}}, "required", "Subscription.channel.endpoint"),
        (
            {"content": "full-resource", "channel": {"endpoint": "https://abonne.example/x"}},
            "forbidden",
            "Subscription.channel.payload",
        ),
        ({"channel": {"header": ["Host: ailleurs.example"]}}, "value", "Subscription.channel.header[0]"),
        ({"channel": {"header": ["sans deux points"]}}, "value", "Subscription.channel.header[0]"),
        ({"channel": {"payload": "text/plain"}}, "not-supported", "Subscription.channel.payload"),
        (
            {"channel": {"extension": [{"url": f"{BACKPORT}backport-heartbeat-period", "valueUnsignedInt": 1}]}},
            "value",
            "Subscription.channel.extension[0].value",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(
    subscribed: Subscribed, changes: dict[str, object], code: str, expression: str
) -> None:
    answer = subscribed.house.fhir("POST", "/Subscription", subscribed.asked(**changes))
    assert answer.status_code in (400, 403, 422), answer.json
    assert (code, expression) in issues(answer)
    assert subscribed.drain() == 0


def test_status_of_many(subscribed: Subscribed) -> None:
    one, other = subscribed.subscribe("one"), subscribed.subscribe("other")
    subscribed.house.fhir("PUT", f"/Subscription/{other}", subscribed.read(other) | {"status": "off"})
    for query, expected in (
        ("", {one, other}),
        ("?status=off", {other}),
        (f"?id={one}&id=nobody", {one}),
        ("?status=error", set()),
    ):
        answer = subscribed.house.fhir("GET", f"/Subscription/$status{query}")
        told = {
            p["valueReference"]["reference"].rpartition("/")[2]
            for entry in answer.json.get("entry", ())
            for p in entry["resource"]["parameter"]
            if p["name"] == "subscription"
        }
        assert told == expected
        assert (answer.json["type"], answer.json["total"]) == ("searchset", len(expected))
    body = {"resourceType": "Parameters", "parameter": [{"name": "id", "valueId": one}]}
    assert subscribed.house.fhir("POST", "/Subscription/$status", body).json["total"] == 1
    assert subscribed.house.fhir("GET", "/Subscription/nobody/$status").status_code == 404
    assert subscribed.house.fhir("GET", f"/Subscription/{one}/$events?eventsSinceNumber=x").status_code == 422


@pytest.mark.parametrize("address", ["$status", "{}/$status", "{}/$events"])
def test_a_parameter_that_is_not_theirs_is_refused(subscribed: Subscribed, address: str) -> None:
    url = f"/fhir/Subscription/{address.format(subscribed.subscribe())}?eventsSince=1"
    client = subscribed.house.client
    assert client.get(url).status_code == 400
    assert client.get(url, headers={"Prefer": "handling=lenient"}).status_code == 200


def test_found_by_search(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    assert [r["id"] for r in subscribed.house.found("Subscription?status=active")] == [id_]
    assert subscribed.house.found("Subscription?status=requested") == []


def test_a_defect_of_ours_counts_against_the_budget(subscribed: Subscribed) -> None:
    """The installation's secret is lost: nothing can be told any more, and somebody is told of that."""
    id_ = subscribed.subscribe()
    record_act(subscribed)
    rounds = subscribed.rounds()
    rounds._notifier = replace(rounds._notifier, concealment=Concealment("another"))
    for _ in range(100):
        rounds.drain()
        subscribed.house.clock.pass_(seconds=subscribed.settings.retry_cap_seconds)
    assert subscribed.read(id_)["error"].endswith("(defect)")
    assert len(subscribed.duties()) == 1
    assert len(subscribed.received()) == 1


def test_written_again_by_the_server_an_active_one_goes_on(subscribed: Subscribed) -> None:
    """Labels may be put on it: neither a handshake nor an unasked sign of life follows."""
    id_ = subscribed.subscribe()
    shown = subscribed.read(id_)
    labelled = stamped({**shown, "language": "fr"}, 3, subscribed.house.clock())
    now = subscribed.house.clock()
    subscribed.store.commit(Unit(chain="binome", recorded=now, writes=(write_of(labelled, 3, previous=shown),)))
    assert subscribed.drain() == 0
    record_act(subscribed)
    assert subscribed.drain() == 1
    assert subscribed.numbers() == [[1]]
    assert len(subscribed.received()) == 2


def test_a_start_tells_watches_in_the_terms_of_this_program(subscribed: Subscribed, database: str) -> None:
    subscribed.subscribe()
    run_sql(database, "UPDATE subscription SET watched = '[[[1]], [], true]'")
    keep_watched(subscribed.store)
    record_act(subscribed)
    subscribed.drain()
    assert subscribed.numbers() == [[1]]


def test_deleted_it_is_told_nothing_more(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    answer = subscribed.house.fhir("DELETE", f"/Subscription/{id_}")
    assert answer.status_code in (200, 204), answer.json
    record_act(subscribed)
    assert subscribed.drain() == 0
    assert subscribed.house.fhir("GET", f"/Subscription/{id_}/$status").status_code == 410
    assert subscribed.house.fhir("GET", f"/Subscription/{id_}/$events").status_code == 410


def test_patched_it_is_kept_like_any_other(subscribed: Subscribed) -> None:
    id_ = subscribed.subscribe()
    patch = [{"op": "replace", "path": "/channel/header/0", "value": "X-Cle: autre-secret"}]
    answer = subscribed.house.app.test_client().patch(
        f"/fhir/Subscription/{id_}", json=patch, headers={"Content-Type": "application/json-patch+json"}
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["status"] == "requested"
    assert "autre-secret" not in answer.text
    subscribed.drain()
    assert subscribed.received()[-1].headers["X-Cle"] == "autre-secret"


def test_refused_within_a_transaction_it_says_where(subscribed: Subscribed) -> None:
    entry = {"resource": subscribed.asked(topic="inconnu"), "request": {"method": "POST", "url": "Subscription"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    answer = subscribed.house.fhir("POST", "", bundle)
    assert issues(answer) == [("value", "Bundle.entry[0].resource.criteria")]
    bundle["entry"][0]["resource"] = subscribed.asked()  # type: ignore[index]
    assert subscribed.house.fhir("POST", "", bundle).status_code == 200
    subscribed.drain()
    assert len(subscribed.received()) == 1


def test_nothing_secret_is_logged(subscribed: Subscribed, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        subscribed.subscribe()
        subscribed.fault("cut")
        record_act(subscribed)
        subscribed.drain()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("service")]
    assert any("unreachable" in line or "in-doubt" in line for line in ours)
    assert not [line for line in ours if "jeton" in line or "http" in line or "abonne" in line]
