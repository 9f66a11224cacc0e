"""The sandbox as a whole: its page, its bounds, its coming and going."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from service.sandbox.server import Sandbox
from tests.sandbox.caller import NOW, SUBMISSION_ID, UNIQUE_ID, Report, Seal, assertion, provide, verdict
from tests.sandbox.test_mail import RECIPIENT, send
from tests.sandbox.test_xds import documents
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def test_the_page_lists_what_came(sandbox: Sandbox, structure: Seal) -> None:
    empty = requests.get(f"{sandbox.http_url}/", timeout=PATIENCE)
    assert "Aucun message reçu." in empty.text
    assert "default-src 'none'" in empty.headers["Content-Security-Policy"]
    send(sandbox, recipient="a&b@x.mssante.fr")
    send(sandbox)
    provide(sandbox, Report(), assertion(structure))
    page = requests.get(f"{sandbox.http_url}/", timeout=PATIENCE).text
    assert f"/mailboxes/{RECIPIENT}" in page
    assert f"/registry/documents/{UNIQUE_ID}" in page
    assert "a&amp;b@x.mssante.fr" in page


@pytest.mark.parametrize("path", ["/mailboxes/a@b.mssante.fr/1.eml", "/registry/documents/1.2", "/nothing"])
def test_what_is_not_there_is_not_found(sandbox: Sandbox, path: str) -> None:
    assert requests.get(sandbox.http_url + path, timeout=PATIENCE).status_code == 404


def test_an_empty_mailbox_is_empty(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.http_url}/mailboxes/a@b.mssante.fr", timeout=PATIENCE).json() == []


def test_only_loopback() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host="0.0.0.0")


def test_a_port_taken_is_an_error_and_leaves_nothing_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            Sandbox(http_port=port).start()
        with pytest.raises(OSError, match="in use"):
            Sandbox(smtp_port=port).start()


def test_ports_are_free_again_after_stop() -> None:
    with Sandbox() as first:
        smtp_port = first.smtp_address[1]
        http_port = int(first.http_url.rpartition(":")[2])
    with Sandbox(http_port, smtp_port) as second:
        assert requests.get(f"{second.http_url}/healthz", timeout=PATIENCE).json()["status"] == "ok"


def test_one_of_many_simultaneous_submissions_of_a_document_is_kept(sandbox: Sandbox, structure: Seal) -> None:
    reports = [Report().named(UNIQUE_ID, f"{SUBMISSION_ID}.{n}") for n in range(1, 17)]
    security = [assertion(structure) for _ in reports]
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda pair: verdict(provide(sandbox, *pair)), zip(reports, security, strict=True)))
    assert sorted(map(len, verdicts)) == [0] + [1] * 15
    [document] = documents(sandbox)
    assert (document["stored"], document["received"]) == (1, 16)


def test_a_full_repository_says_so(structure: Seal) -> None:
    with Sandbox(clock=lambda: NOW) as sandbox:
        sandbox.state.registry.capacity = 10_000
        assert verdict(provide(sandbox, Report(), assertion(structure))) == []
        second = Report().named("1.2.250.9", SUBMISSION_ID + ".9")
        assert verdict(provide(sandbox, second, assertion(structure))) == ["XDSRepositoryOutOfResources"]
        assert len(documents(sandbox)) == 1


def test_the_command_stops_when_told() -> None:
    code = (
        "from service.sandbox.server import Sandbox, run_forever\n"
        "run_forever(Sandbox(), lambda line: print(line, flush=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Bac à sable : http://127.0.0.1:")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
