"""How long what came by mail is kept: deleted by the nightly command once it was settled for so long, and told."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.commands import mailing
from service.config import Settings
from service.console.session import COOKIE
from service.ledger.verify import verify
from tests.console.page import get
from tests.console.practice import WEBER
from tests.dispatch.round import DOCTOR
from tests.inbound import letters
from tests.inbound.desk import Desk


@pytest.fixture
def browser(desk: Desk) -> FlaskClient:
    client = desk.house.app.test_client()
    client.set_cookie(COOKIE, desk.house.composition.issuer.token(WEBER))
    return client


def test_what_was_settled_is_forgotten_when_its_time_is_over(desk: Desk, browser: FlaskClient) -> None:
    doctor = desk.round.envelope(DOCTOR)
    desk.receive(letters.disposition(doctor))
    answer = desk.receive(letters.reply(doctor, "Bien reçu, je rappelle."))
    aside = desk.receive(letters.disposition(doctor, sender="x@y.formation.mssante.fr"))
    heard, proof = desk.heard(), [desk.store.head(chain) for chain in desk.store.chains()]
    desk.house.clock.pass_(days=31)
    assert mailing.forgotten(desk.store, 32, desk.house.clock()) == 0
    assert "je rappelle" in get(browser, "/messages").text()
    assert mailing.forgotten(desk.store, 30, desk.house.clock()) == 2
    page = get(browser, "/messages").text()
    assert "je rappelle" not in page
    assert page.count("Contenu effacé le") == 2
    left = desk.store.inbound.read(answer.id)
    assert left is not None
    assert (left.digest, left.kind, left.envelope_id) == (answer.digest, answer.kind, doctor.id)
    # Somebody is still to look at what was set aside.
    assert desk.store.inbound.raw(aside.id)
    # What came of them stands as it did, and is proved.
    assert (desk.heard(), [desk.store.head(chain) for chain in desk.store.chains()]) == (heard, proof)
    assert verify(desk.store) == []


def test_the_nightly_command_tells_what_it_deleted_and_does_nothing_unless_asked(tmp_path: Path) -> None:
    settings, told = Settings(database=f"sqlite:///{tmp_path}/binome.sqlite"), list[str]()
    assert mailing.forget_read(settings, told.append) == 0
    assert told == []
    assert mailing.forget_read(replace(settings, inbound_keep_days=90), told.append) == 0
    assert told == ["Messages reçus dont le contenu est effacé, 90 jours après leur traitement : 0."]
    with pytest.raises(ValueError, match="BINOME_INBOUND_KEEP_DAYS"):
        mailing.forget_read(replace(settings, inbound_keep_days=-1), told.append)
