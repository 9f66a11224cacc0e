"""The mail as the settings compose it, and what the nightly command does for it: against the sandbox's listeners."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from service.clients.mssante import composing
from service.clients.mssante.client import MssanteClient
from service.commands import mailing
from service.config import Settings
from service.outbox.envelope import Destination
from service.sandbox.server import Sandbox
from service.store import open_store
from service.worker import compose
from tests.clients.sealed_things import MESSAGE, document, envelope
from tests.waiting import PATIENCE

OUTSIDE = "hugo.weber-fictif@ailleurs.formation.mssante.fr"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(validate=False) as started:
        yield started


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    signers = tmp_path / "signers.pem"
    signers.write_bytes(requests.get(sandbox.signer_url, timeout=PATIENCE).content)
    return Settings(
        database=f"sqlite:///{tmp_path / 'binome.sqlite'}",
        keys=str(tmp_path / "keys"),
        mssante="{}:{}".format(*sandbox.smtp_address),
        mssante_list=sandbox.list_url,
        mssante_list_signers=str(signers),
        mssante_list_file=str(tmp_path / "list" / "domains.xml"),
        mssante_longest=100_000,
    )


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_the_worker_sends_within_the_trust_space_and_the_operators_limit(settings: Settings, sandbox: Sandbox) -> None:
    listed = composing.membership(settings, now)
    assert listed is not None
    store = open_store(settings.database)
    try:
        client = compose(settings, store, listed=listed).clients[Destination.MSSANTE_PROFESSIONAL]
    finally:
        store.close()
    assert isinstance(client, MssanteClient)
    mail = envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE)
    assert client.send(mail, document()).code == "no-trust-list"
    listed.keep()
    assert client.send(mail, document()).code == "250 2.0.0"
    assert client.send(replace(mail, recipient=OUTSIDE), document()).code == "outside-trust-space"
    long = envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE + b"x\r\n" * 40_000)
    assert client.send(long, document()).code == "too-long"
    assert len(sandbox.state.mailboxes.of(mail.recipient)) == 1
    assert sandbox.state.mailboxes.of(OUTSIDE) == []


def test_the_night_renews_the_list_and_says_so(settings: Settings) -> None:
    told: list[str] = []
    assert mailing.nightly(settings, told.append) == 0
    assert told == [f"Liste des domaines MSSanté du {now():%d/%m/%Y}, domaines : 5."]
    assert Path(settings.mssante_list_file).read_bytes().startswith(b"<?xml")


def test_the_night_tells_a_list_that_it_does_not_believe(settings: Settings, sandbox: Sandbox) -> None:
    mailing.nightly(settings, lambda line: None)
    kept = Path(settings.mssante_list_file).read_bytes()
    with Sandbox(validate=False) as stranger:
        told: list[str] = []
        assert mailing.nightly(replace(settings, mssante_list=stranger.list_url), told.append) == 1
    assert told == [
        "Liste des domaines MSSanté non reprise : la signature n’est pas celle attendue. Celle d’avant reste en place."
    ]
    assert Path(settings.mssante_list_file).read_bytes() == kept


def test_the_night_counts_the_mails_without_a_receipt(settings: Settings) -> None:
    told: list[str] = []
    awaited = replace(settings, mssante_list="", mssante_receipt_hours=48)
    assert mailing.nightly(awaited, told.append) == 0
    assert told == ["Messages sans accusé depuis 48 h, nouvelles tâches : 0."]
    assert composing.submission(awaited, now).notices
    assert not composing.submission(settings, now).notices


def test_an_installation_that_asks_for_nothing_says_nothing(settings: Settings) -> None:
    told: list[str] = []
    assert mailing.nightly(replace(settings, mssante_list=""), told.append) == 0
    assert told == []
    assert composing.membership(replace(settings, mssante_list=""), now) is None
