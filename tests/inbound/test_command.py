"""``binome fetch-mail`` as a process: killed by SIGKILL before its commit (K24) or after it (K25), and started again."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from service import failpoints
from service.config import Settings
from service.inbound.composing import inboxes
from service.processes import free_ports
from service.sandbox.server import Sandbox
from service.store import Store, open_store
from tests.house import ROOT, Clock, Ids
from tests.inbound.boxes import ADDRESS, Server
from tests.inbound.test_fetching import mail
from tests.waiting import PATIENCE, until


def _settled(store: Store, count: int) -> bool:
    return store.inbound.backlog().get(("settled", "other"), 0) >= count


@pytest.fixture
def settings(tmp_path: Path, server: Server, database: str) -> dict[str, str]:
    boxes = tmp_path / "boites.toml"
    boxes.write_text(
        f'[[boxes]]\naddress = "{ADDRESS}"\nserver = "127.0.0.1:{server.port}"\nsecurity = "never"\n', encoding="utf-8"
    )
    return {"BINOME_INBOUND": str(boxes), "BINOME_DATABASE": database}


def _command(settings: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "service.cli", "fetch-mail"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize("point", ["K24", "K25"])
def test_killed_beside_the_commit_and_started_again(server: Server, settings: dict[str, str], point: str) -> None:
    for n in range(2):
        server.put(mail(n))
    killed = _command(settings | {failpoints.VARIABLE: f"{point}:kill:mailbox:1"})
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert server.folder.seen == set()
    again = _command(settings)
    said, _ = again.communicate()
    assert again.returncode == 0
    # What was committed is known by its place: it is not fetched again.
    assert f"{2 if point == 'K24' else 1} message(s) nouveau(x), 0 déjà connu(s)" in said
    assert "2 message(s) lu(s)" in said
    store = open_store(settings["BINOME_DATABASE"], test=True)
    try:
        kept = store.inbound.latest(ADDRESS, 10)
        assert sorted(store.inbound.raw(one.id) for one in kept) == [mail(0), mail(1)]
        assert {(one.state, one.kind) for one in kept} == {("settled", "other")}
    finally:
        store.close()
    assert server.folder.seen == {1, 2}


def test_a_box_that_does_not_answer_is_told_and_is_a_failure(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    boxes = tmp_path / "boites.toml"
    boxes.write_text(f'[[boxes]]\naddress = "{ADDRESS}"\nserver = "127.0.0.1:{port}"\nsecurity = "never"\n')
    store, said = open_store(f"sqlite:///{tmp_path}/binome.sqlite"), list[str]()
    settings = Settings(inbound=str(boxes), protocols=str(ROOT / "fixtures" / "protocols"))
    try:
        assert not inboxes(settings, store, Clock(), Ids()).once(said.append)
    finally:
        store.close()
    assert said == ["cpts.formation.mssante.fr : boîte non relevée (connect)", "0 message(s) lu(s)"]


def test_off_by_default(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/binome.sqlite")
    try:
        composed = inboxes(Settings(), store, Clock(), Ids())
        assert composed.boxes == []
        composed.run()  # nothing to do, nothing waited for
    finally:
        store.close()


def test_the_threads_fetch_what_comes_and_end_when_told(tmp_path: Path) -> None:
    """The sandbox's own box, listened to under IDLE."""
    with Sandbox(validate=False) as sandbox:
        boxes = tmp_path / "boites.toml"
        boxes.write_text(
            f'[[boxes]]\naddress = "{ADDRESS}"\nserver = "127.0.0.1:{sandbox.imap_address[1]}"\nsecurity = "never"\n'
        )
        store = open_store(f"sqlite:///{tmp_path}/binome.sqlite")
        composed = inboxes(Settings(inbound=str(boxes)), store, sandbox.state.clock, Ids())
        thread = threading.Thread(target=composed.run)
        thread.start()
        try:
            for n in range(2):
                sandbox.state.mailboxes.put(sandbox.state.mailboxes.queue_id(), "", [ADDRESS], mail(n))
                until(partial(_settled, store, n + 1))
        finally:
            composed.stop()
            thread.join(PATIENCE)
        assert not thread.is_alive()
        assert store.inbound.backlog() == {("settled", "other"): 2}
        store.close()
