"""Family Z: every archive is refused or set aside, in bounded time and memory, and nothing is written anywhere."""

import base64
import resource
import time

import pytest

from mappings.mail.message import Unreadable
from mappings.mail.reading import Kind, reading_of
from tests.hostile.family_z.archives import CASES, HONEST


def mail(archive: bytes) -> bytes:
    return (
        b"From: a@medecin.formation.mssante.fr\r\nMessage-ID: <z@test.formation.mssante.fr>\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nci-joint\r\n--b\r\n'
        b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=IHE_XDM.ZIP\r\n\r\n" + base64.encodebytes(archive) + b"--b--\r\n"
    )


def judged(raw: bytes) -> str:
    try:
        return " ".join(reading_of(raw).faults)
    except Unreadable as refusal:
        return refusal.code


@pytest.mark.parametrize("name", CASES)
def test_is_refused_for_its_reason(name: str) -> None:
    make, code = CASES[name]
    raw = mail(make())
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert judged(raw) == code
    assert time.process_time() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


@pytest.mark.parametrize("name", HONEST)
def test_what_is_odd_and_right_is_taken(name: str) -> None:
    reading = reading_of(mail(HONEST[name]()))
    assert (reading.kind, reading.faults) == (Kind.DOCUMENT, ())
    (document,) = reading.documents
    assert (document.type_code, document.unique_id) == ("11506-3", "1.2.250.1.999.7")


@pytest.mark.parametrize("name", ["Z08 zip-slip-dotdot", "Z09 zip-absolute", "Z11 zip-symlink", "Z01 zip-flat-1000x"])
def test_nothing_is_written(name: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would be opened to write, anywhere, is a failure."""
    import builtins
    import os

    raw = mail(CASES[name][0]())

    def forbidden(*arguments: object, **_: object) -> None:
        raise AssertionError(f"opened: {arguments}")

    for where, what in ((builtins, "open"), (os, "open"), (os, "mkdir"), (os, "makedirs"), (os, "symlink")):
        monkeypatch.setattr(where, what, forbidden)
    try:
        assert judged(raw)
    finally:
        monkeypatch.undo()


def test_every_cut_of_an_archive_is_refused() -> None:
    whole = HONEST["plain"]()
    for at in range(0, len(whole), 7):
        assert judged(mail(whole[:at])) not in ("",), at
