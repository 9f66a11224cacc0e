"""A real bounce, all the way: our mail to a real operator, its notice in a real box, fetched, read, and somebody's task."""

import ipaddress
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509

from service.clients.mssante.send import Submission, submit
from service.clients.tls import Tls
from service.inbound.box import Box
from service.inbound.confined import Confinement
from service.inbound.fetching import Fetching
from service.inbound.imap import Conversation
from service.outbox.envelope import State
from service.store import open_store
from service.store.inbound import Standing
from tests.certificates import certificate
from tests.dispatch.round import DOCTOR, Round
from tests.house import House, act_record
from tests.inbound.boxes import ADDRESS
from tests.inbound.desk import Desk
from tests.mailserver import postfix as operator
from tests.mailserver.dovecot import PASSWORD, NoDovecot, dovecot


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}")
    house = House(store, tmp_path, people=1)
    round_ = Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")
    round_.drain()
    yield Desk(round_)
    store.close()


def test_a_mail_to_nobody_comes_back_and_is_somebodys_task(desk: Desk, tmp_path: Path) -> None:
    files = certificate(tmp_path, "operator", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    tmp_path.chmod(0o755)
    Path(files[0]).chmod(0o644)
    believed = Tls(authorities=files[0])
    envelope = desk.round.envelope(DOCTOR)
    assert envelope.payload is not None
    neighbour = f"autre-fictif@{envelope.recipient.partition('@')[2]}"
    with ExitStack() as stack:
        try:
            postfix = stack.enter_context(operator.postfix([ADDRESS, neighbour], files))
            boxes = stack.enter_context(dovecot(files, postfix.folder / "boxes", "postfix"))
        except (operator.NoPostfix, NoDovecot) as reason:
            pytest.skip(str(reason))
        server = Submission(
            host="127.0.0.1", port=postfix.port, starttls=True, tls=believed, greeting="binome.formation.mssante.fr",
            seconds=20,
        )  # fmt: skip
        assert submit(server, envelope.recipient, envelope.id, envelope.payload).code == 250
        assert len(postfix.letters(ADDRESS)) == 1
        box = Box(
            address=ADDRESS, host="127.0.0.1", port=boxes.port, security="starttls", method="password", login=ADDRESS,
            secret=lambda: PASSWORD, tls=believed, seconds=20,
        )  # fmt: skip
        fetching = Fetching(store=desk.store, clock=desk.house.clock, ids=desk.house.ids, longest=box.longest)
        with Conversation(box) as conversation:
            assert fetching.everything(ADDRESS, conversation) == (1, 0)
    settling = desk.settling()
    settling.read = Confinement().read
    settling.drain()
    (mail,) = desk.store.inbound.latest(ADDRESS, 5)
    assert (mail.kind, mail.state, mail.code) == ("notice", Standing.SETTLED, "bounced 5.1.1")
    assert desk.state() is State.REFUSED
    assert len(desk.tasks("resolve-delivery")) == 1
    desk.round.assert_proved()
