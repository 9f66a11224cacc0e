"""A link is followed at the server that gave it: for us, and for what makes the call."""

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from service.clients.links import link_within

BASE = "https://record.example/fhir/"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("Binary/1", "https://record.example/fhir/Binary/1"),
        ("/fhir?_getpages=x&_page=2", "https://record.example/fhir?_getpages=x&_page=2"),
        ("https://record.example/x", "https://record.example/x"),
        ("https://RECORD.example:443/x", "https://RECORD.example:443/x"),
        ("//record.example/x", "https://record.example/x"),
    ],
)
def test_a_link_of_the_server_is_followed(link: str, address: str) -> None:
    assert link_within(BASE, link) == address


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "http://record.example/x",
        "https://record.example:8443/x",
        "https://record.example:99999/x",
        "https://record.example.evil.example/x",
        "https://record.example@evil.example/x",
        # Somebody else's name and word in the place of ours.
        "https://user:word@record.example/x",
        "https://evil.example\\@record.example/x",
        "//evil.example\\@record.example/x",
        "https://evil.example\t@record.example/x",
        " https://record.example/x",
        "https://record.example/x\r\nHost: evil.example",
        "https://[record.example/x",
        "file:///etc/passwd",
    ],
)
def test_a_link_to_another_leads_nowhere(link: str) -> None:
    assert link_within(BASE, link) == ""


_PARTS = st.sampled_from(
    [*"/\\@:?#.%[] \t", "//", "https:", "http:", "record.example", "evil.example", "443", "fhir", "é"]
)


@given(st.lists(_PARTS, max_size=10).map("".join))
def test_the_call_goes_where_the_link_was_seen_to_lead(link: str) -> None:
    address = link_within(BASE, link)
    if address:
        called = urlsplit(str(requests.Request("GET", address).prepare().url))
        assert (called.scheme, called.hostname, called.port or 443) == ("https", "record.example", 443)
