"""The token of a box: one call for its life, the next one in time, a session that is over, nothing that shows it."""

import json
import threading
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses
from requests import PreparedRequest

from service.clients.mssante.composing import opening, submission, token_for
from service.clients.mssante.token import NoToken, Token, TokenEndpoint, Tokens
from service.config import Settings
from tests.clients.test_directory import Time

URL = "https://auth.example/token"


@pytest.fixture
def time() -> Time:
    return Time()


def tokens(time: Time, refresh: str = "renew-0") -> Tokens:
    endpoint = TokenEndpoint(url=URL, client_id="binome", client_secret="sesame", refresh_token=refresh, seconds=60)
    return Tokens(endpoint, time)


def turning(life: Any = 120, then: Any = 120) -> responses.CallbackResponse:
    """An endpoint that gives another refresh token at each turn, and takes the last one only; ``life`` is the first one's."""
    good = ["renew-0"]

    def turn(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = dict(parse_qsl(request.body.decode() if isinstance(request.body, bytes) else str(request.body)))
        assert (form["grant_type"], form["client_id"], form["client_secret"]) == ("refresh_token", "binome", "sesame")
        if form["refresh_token"] != good[-1]:
            return 400, {}, json.dumps({"error": "invalid_grant"})
        good.append(f"renew-{len(good)}")
        said = {"access_token": f"open-{len(good) - 1}", "token_type": "bearer", "refresh_token": good[-1]}
        told = life if len(good) == 2 else then
        return 200, {}, json.dumps(said | ({} if told is None else {"expires_in": told}))

    return responses.add_callback("POST", URL, turn)


def value(found: Token | NoToken) -> str:
    return found.value if isinstance(found, Token) else found.code


@responses.activate
def test_one_call_for_the_life_of_a_token(time: Time) -> None:
    turning()
    session = tokens(time)
    assert [value(session.current()) for _ in range(3)] == ["open-1"] * 3
    time.passes(seconds=89)
    assert value(session.current()) == "open-1"
    # Thirty seconds before its end it is not begun with.
    time.passes(seconds=1)
    assert value(session.current()) == "open-2"
    assert len(responses.calls) == 2


@responses.activate
def test_a_token_of_unknown_life_serves_once(time: Time) -> None:
    turning(life=None)
    session = tokens(time)
    assert [value(session.current()) for _ in range(2)] == ["open-1", "open-2"]


@responses.activate
def test_the_next_refresh_token_is_kept_although_the_token_beside_it_cannot_be_read(time: Time) -> None:
    """The endpoint has turned: with the one before, the session would be over until somebody signs in again."""
    turning(life="120")
    session = tokens(time)
    assert session.current() == NoToken("token-unreadable")
    time.passes(seconds=10)
    assert value(session.current()) == "open-2"


@responses.activate
def test_a_life_below_nothing_is_none(time: Time) -> None:
    turning(life=-(10**30))
    session = tokens(time)
    assert [value(session.current()) for _ in range(2)] == ["open-1", "open-2"]


@responses.activate
def test_one_that_the_operator_refuses_is_not_shown_again(time: Time) -> None:
    turning()
    session = tokens(time)
    first = session.current()
    assert isinstance(first, Token)
    session.forget(first.value)
    assert value(session.current()) == "open-2"
    # Somebody else's news of the old one.
    session.forget(first.value)
    assert value(session.current()) == "open-2"


@responses.activate
def test_many_lanes_ask_once(time: Time) -> None:
    turning()
    session, found = tokens(time), []
    lanes = [threading.Thread(target=lambda: found.append(session.current())) for _ in range(8)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    assert {value(one) for one in found} == {"open-1"}
    assert len(responses.calls) == 1


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client"])
@responses.activate
def test_a_session_that_is_over_is_over(time: Time, error: str) -> None:
    responses.post(URL, status=400, json={"error": error})
    session = tokens(time)
    assert session.current() == session.current() == NoToken("token-over")
    time.passes(days=1)
    assert session.current() == NoToken("token-over")
    assert len(responses.calls) == 1


def test_without_a_session_nobody_is_called(time: Time) -> None:
    assert tokens(time, refresh="").current() == NoToken("token-over")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"", "token-unreachable"),
        (302, b"", "token-unreachable"),
        (429, b"{}", "token-unreachable"),
        (400, b'{"error": "temporarily_unavailable"}', "token-unreadable"),
        (401, b"<html/>", "token-unreadable"),
        (400, b'{"error": ["invalid_grant"]}', "token-unreadable"),
        (200, b"<html/>", "token-unreadable"),
        (200, b"[]", "token-unreadable"),
        (200, b'{"token_type": "Bearer", "expires_in": 60}', "token-unreadable"),
        (200, b'{"access_token": "x", "token_type": "mac", "expires_in": 60}', "token-unreadable"),
        (200, b'{"access_token": "x", "token_type": "Bearer", "expires_in": "60"}', "token-unreadable"),
        # What would end the line of the dialogue, or the header.
        (
            200,
            b'{"access_token": "x\\r\\nRCPT TO:<a@b.fr>", "token_type": "Bearer", "expires_in": 60}',
            "token-unreadable",
        ),
        (200, b'{"access_token": "x\\u0001y", "token_type": "Bearer", "expires_in": 60}', "token-unreadable"),
    ],
)
@responses.activate
def test_no_answer_for_now_is_asked_again(time: Time, status: int, body: bytes, code: str) -> None:
    responses.post(URL, status=status, body=body, headers={"Location": "https://elsewhere.example/"})
    session = tokens(time)
    # Not by each lane: whoever comes at the same moment has the same answer.
    assert [session.current() for _ in range(8)] == [NoToken(code)] * 8
    assert len(responses.calls) == 1
    time.passes(seconds=10)
    assert session.current() == NoToken(code)
    assert len(responses.calls) == 2
    responses.replace("POST", URL, json={"access_token": "x", "token_type": "Bearer", "expires_in": 60})
    time.passes(seconds=10)
    assert value(session.current()) == "x"


@responses.activate
def test_no_secret_shows_itself(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    turning()
    with caplog.at_level("DEBUG"):
        session = tokens(time)
        token = session.current()
    endpoint = TokenEndpoint(url=URL, client_id="binome", client_secret="sesame", refresh_token="renew-0")
    shown = f"{endpoint!r} {token!r} {session!r} {caplog.text}"
    assert not any(secret in shown for secret in ("sesame", "renew-", "open-"))


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example/token",
        "http://127.0.0.1.example/token",
        "http://127.0.0.1:80@auth.example/token",
        "ftp://auth.example/",
    ],
)
def test_a_token_is_not_asked_for_in_plain_text(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        TokenEndpoint(url=url, client_id="", client_secret="", refresh_token="")
    assert TokenEndpoint(url="http://127.0.0.1:8081/t", client_id="", client_secret="", refresh_token="")


@responses.activate
def test_a_box_that_is_read_is_opened_by_the_same_session(time: Time) -> None:
    """A refresh token serves one holder: mail out and mail in never each ask with it."""
    turning()
    session = tokens(time)
    fresh = token_for(session)
    assert fresh is not None
    assert fresh("structure@cpts.example") == value(session.current()) == "open-1"
    assert submission(Settings(mssante="127.0.0.1:25"), time, session=None).tokens is None
    assert token_for(None) is None


@responses.activate
def test_a_box_that_refuses_a_token_has_another_the_next_time(time: Time) -> None:
    turning()
    opened_by = opening(tokens(time))
    assert opened_by["token_for"]("structure@cpts.example") == "open-1"
    opened_by["refused"]("open-1")
    opened_by["refused"]("open-1")
    assert opened_by["token_for"]("structure@cpts.example") == "open-2"
    assert opening(None) == {}


def test_a_session_that_is_over_opens_no_box(time: Time) -> None:
    fresh = token_for(tokens(time, refresh=""))
    assert fresh is not None
    with pytest.raises(LookupError, match="token-over"):
        fresh("structure@cpts.example")
