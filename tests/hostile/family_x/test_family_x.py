"""Family X: hostile XML, SOAP and MTOM as the shared record, or whoever stands before it, could answer.

Each case by its name, at each door that it can come in by: a clean no, in bounded time and room, nothing fetched,
nothing written, nothing read of the machine; and what is only odd is taken for what it is.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mappings.xds import mtom
from mappings.xds.soap import Fault, fault_body
from service.clients.dmp.read import read
from service.clients.exchange import Answer
from service.clients.seal import SigningKey, development_key
from service.outbox.receipt import Outcome
from tests.clients.sealed_things import NOW
from tests.hostile.family_x import doors
from tests.hostile.family_x.documents import DOCUMENTS
from tests.hostile.family_x.doors import DOORS
from tests.hostile.family_x.envelopes import CANARY, ENVELOPES

#: Seconds of this process, and megabytes above what it held, for the largest of the cases.
SECONDS, MEGABYTES = 2.0, 256


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A file that nobody may read, in a folder where nobody may write."""
    file = tmp_path / "canary.txt"
    file.write_text(CANARY)
    before = file.stat().st_atime_ns
    monkeypatch.chdir(tmp_path)
    yield str(file)
    assert os.listdir(tmp_path) == ["canary.txt"]
    assert file.stat().st_atime_ns == before


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    held = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS
    assert _resident("VmHWM") - held < MEGABYTES


def _resident(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


@pytest.mark.parametrize("door", DOORS)
def test_the_valid_answer_is_a_yes(door: str, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.answering(monkeypatch, DOORS[door].packed(DOORS[door].valid()))
    assert DOORS[door].ask(doors.record(key))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope(name: str, door: str, canary: str, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    case, valid = ENVELOPES[name], DOORS[door].valid()
    spoilt = case.spoil(valid, canary)
    assert spoilt != valid
    doors.answering(monkeypatch, DOORS[door].packed(spoilt))
    assert DOORS[door].ask(doors.record(key)) is case.harmless


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document(name: str, canary: str, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    content = DOCUMENTS[name].made(canary)
    assert content != doors.CONTENT
    doors.answering(monkeypatch, doors.beside(content))
    assert doors.shown(doors.record(key), content) is DOCUMENTS[name].shown


def test_x07_xxe_in_a_soap_fault(canary: str) -> None:
    """Judged by its status alone, as what is no SOAP."""
    fault = DOORS["feed"].valid()
    poison = ENVELOPES["X01 xxe-file"].spoil(fault, canary)
    for status, outcome in ((500, Outcome.IN_DOUBT), (400, Outcome.REFUSED), (200, Outcome.IN_DOUBT)):
        receipt = read(Answer(status, "application/soap+xml", poison), f"urn:uuid:{doors.NAME}")
        assert (receipt.outcome, receipt.code) == (outcome, f"http-{status}")
        assert CANARY not in receipt.told


def test_the_words_of_a_fault_are_not_repeated() -> None:
    """They may name the patient: codes go on, words do not."""
    said = doors._enveloped(fault_body(Fault(code="Receiver", subcodes=(CANARY + "é",), reason=CANARY)))
    receipt = read(Answer(500, "application/soap+xml", said), f"urn:uuid:{doors.NAME}")
    assert receipt.outcome is Outcome.IN_DOUBT
    assert CANARY not in f"{receipt.code}{receipt.told}"


@pytest.mark.parametrize("other", ["158066799900794", "PAT-000123"])
def test_a_list_that_holds_a_document_of_another_patient_is_not_shown(
    other: str, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X24, in the metadata: as valid as the true one, and somebody else's."""
    valid = DOORS["search"].valid()
    assert b'value="258066799900794^^^' in valid
    spoilt = valid.replace(b'value="258066799900794^^^', f'value="{other}^^^'.encode())
    doors.answering(monkeypatch, DOORS["search"].packed(spoilt))
    assert not DOORS["search"].ask(doors.record(key))


# ── MTOM ──────────────────────────────────────────────────────────────────────────────────────────────────


def _packaged(old: bytes, new: bytes) -> Answer:
    content_type, body = mtom.build(DOORS["retrieval"].valid(), {"d@x": doors.CONTENT}, boundary="b-1", action="urn:x")
    assert old in body
    return Answer(200, content_type, body.replace(old, new))


_PART = b"--b-1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <%s>\r\n\r\nx\r\n"
MTOM = {
    "no end": (b"--b-1--\r\n", b""),
    "a part named twice": (b"--b-1--", _PART % b"d@x" + b"--b-1--"),
    "a hundred parts": (b"--b-1--", b"".join(_PART % (b"p%d@x" % n) for n in range(100)) + b"--b-1--"),
    "a root named twice": (b"--b-1--", _PART % mtom.ROOT_ID.encode() + b"--b-1--"),
    "a reference to a part that is absent": (b"cid:d@x", b"cid:e@x"),
    "a reference to a file": (b"cid:d@x", b"file:///etc/passwd"),
    "a reference to an address": (b"cid:d@x", b"http://127.0.0.1:9/x"),
    "a part in base64": (
        b"octet-stream\r\nContent-Transfer-Encoding: binary",
        b"octet-stream\r\nContent-Transfer-Encoding: base64",
    ),
    "a part without a name": (b"Content-ID: <d@x>\r\n", b""),
    "bytes before the parts": (
        b"--b-1\r\nContent-Type: application/xop",
        b"x\r\n--b-1\r\nContent-Type: application/xop",
    ),
    "bytes after the parts": (b"--b-1--\r\n", b"--b-1--\r\nx"),
    "a header said twice": (b"Content-ID: <d@x>\r\n", b"Content-ID: <d@x>\r\nContent-ID: <d@x>\r\n"),
    "a byte of the document changed": (b"MARTEL", b"MARTEM"),
}


@pytest.mark.parametrize("name", MTOM)
def test_a_package(name: str, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.answering(monkeypatch, _packaged(*MTOM[name]))
    assert not doors.shown(doors.record(key), doors.CONTENT)


def test_x28_a_body_that_never_ends_is_not_read_to_its_end(key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entry tells its length; twice that and a margin is the most that is read."""
    huge = doors.beside(b"A" * 40_000_000)
    doors.answering(monkeypatch, huge)
    assert not doors.shown(doors.record(key), doors.CONTENT)
