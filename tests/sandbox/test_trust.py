"""The trust space of the sandbox: a list that anybody can verify, tokens that are good for their time and their box."""

import datetime as dt

import requests
from cryptography import x509
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from service.sandbox.server import Sandbox
from service.sandbox.trust import DOMAINS, Sessions
from tests.sandbox.caller import NOW
from tests.waiting import PATIENCE

NS = "{https://listeblanche.mssante.fr/schema}"


def test_the_list_is_signed_under_the_certificate_that_is_shown(sandbox: Sandbox) -> None:
    answer = requests.get(sandbox.list_url, timeout=PATIENCE)
    assert answer.headers["Content-Type"].startswith("application/xml")
    certificate = x509.load_pem_x509_certificate(requests.get(sandbox.signer_url, timeout=PATIENCE).content)
    config = SignatureConfiguration(location="./")
    result = XMLVerifier().verify(etree.fromstring(answer.content), x509_cert=certificate, expect_config=config)
    assert not isinstance(result, list)
    signed = result.signed_xml
    assert signed is not None
    assert signed.findtext(f"{NS}DateDeGeneration") == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert tuple(name.text for name in signed.iter(f"{NS}Nom")) == DOMAINS


def test_tokens_are_had_by_a_session_and_each_refresh_token_serves_once(sandbox: Sandbox) -> None:
    sandbox.state.sessions.refresh["first"] = "a@b.mssante.fr"

    def asked(refresh: str, **form: str) -> tuple[int, dict[str, str]]:
        whole = {"grant_type": "refresh_token", "client_id": "c", "refresh_token": refresh} | form
        answer = requests.post(sandbox.token_url, data=whole, timeout=PATIENCE)
        return answer.status_code, answer.json()

    status, tokens = asked("first")
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 120)
    assert sandbox.state.sessions.opens(tokens["access_token"], "A@b.mssante.fr")
    assert not sandbox.state.sessions.opens(tokens["access_token"], "other@b.mssante.fr")
    assert asked("first") == (400, {"error": "invalid_grant"})
    assert asked(tokens["refresh_token"])[0] == 200
    assert asked("x", grant_type="password") == (400, {"error": "invalid_request"})


def test_a_token_ends() -> None:
    now = [NOW]
    sessions = Sessions(lambda: now[0], {"first": "a@b.mssante.fr"})
    tokens = sessions.turn("first")
    assert tokens is not None
    now[0] += dt.timedelta(seconds=119)
    assert sessions.opens(str(tokens["access_token"]), "a@b.mssante.fr")
    now[0] += dt.timedelta(seconds=1)
    assert not sessions.opens(str(tokens["access_token"]), "a@b.mssante.fr")
