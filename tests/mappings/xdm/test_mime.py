"""The base64 of an attachment, beside the library's own; and headers that are read as they were meant."""

import base64
import email
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mappings.codes.characters import is_printable
from mappings.xdm.mime import address_header, attachment, unstructured

#: Bytes of a line, of what is cut at once, and around.
_SIZES = [n + around for n in (0, 57, 57 * 64, 57 * 64 * 2) for around in (0, 1, 56, 57)]


def _lines(content: bytes) -> bytes:
    return attachment("application/zip", "A.ZIP", content).partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


@pytest.mark.parametrize("size", _SIZES)
def test_lines_at_the_edges_are_the_librarys(size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    assert _lines(content) == base64.encodebytes(content).replace(b"\n", b"\r\n")


@given(st.binary(max_size=9_000))
def test_any_content_is_written_as_the_library_writes_it(content: bytes) -> None:
    assert _lines(content) == base64.encodebytes(content).replace(b"\n", b"\r\n")


#: What may trip a writer of headers, among letters of all kinds.
_PIECES = st.one_of(
    st.text(st.characters(codec="utf-8").filter(is_printable), max_size=12),
    st.sampled_from(["é" * 300, "x" * 200, *("x" * n for n in (60, 66, 67, 74, 75, 76)), " ", "  ", "a b", "=?",
                     "=?utf-8?B?eA==?=", '"', "\\", "(", "<x@y>", ",", ";"]),
)  # fmt: skip
_TEXTS = st.lists(_PIECES, max_size=8).map("".join)


def _read(written: str) -> str:
    """The text of a field as RFC 5322 section 2.2.3 unfolds it and RFC 2047 section 6.2 shows it."""
    lines = written.split("\r\n")
    assert all(line.strip() for line in lines)
    assert all(len(line) <= 998 for line in lines)
    assert all(len(line) <= 76 for line in lines if "=?utf-8?B?" in line)
    unfolded = re.sub(r"\r\n(?=[ \t])", "", written.partition(":")[2])
    assert "\r" not in unfolded
    assert "\n" not in unfolded
    joined = re.sub(r"(\?=)\s+(?==\?utf-8\?B\?)", r"\1", unfolded)
    return re.sub(r"=\?utf-8\?B\?([^?]*)\?=", lambda word: base64.b64decode(word[1]).decode(), joined)


@given(_TEXTS)
@example("CR  NOM   Prénom")
def test_a_subject_is_read_as_it_was_meant(text: str) -> None:
    meant = f"XDM/1.0/DDM+CR {text} 14/06/1958"
    written = unstructured("Subject", meant)
    assert _read(written) == f" {meant}"
    assert written.startswith("Subject: XDM/1.0/DDM+CR")
    # Nothing that a reader makes into one space where several were meant.
    assert "  " not in written


@given(_TEXTS)
@example('"' * 900)
def test_the_name_of_a_box_is_read_as_it_was_meant(text: str) -> None:
    meant = f"M{text}P"
    read = _read(address_header("From", meant, "msp@structure.formation.mssante.fr"))
    assert read.endswith(" <msp@structure.formation.mssante.fr>")
    name = read.removesuffix(" <msp@structure.formation.mssante.fr>").strip()
    quoted = name.startswith('"')
    assert (re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name) == meant


@given(st.text(st.characters(codec="utf-8").filter(is_printable), min_size=1, max_size=160))
@example("語" * 120)
@example("é" * 160)
@example("🫀" * 160)
def test_a_file_name_is_read_as_it_was_meant_in_lines_that_everybody_carries(name: str) -> None:
    # As ours are: the library takes away the spaces around a name.
    name = "20261120_" + re.sub(r'[\\/:*?"<>|]', "-", name) + ".pdf"
    part = attachment("application/pdf", name, b"%PDF")
    assert all(len(line) <= 998 for line in part.split(b"\r\n"))
    assert email.message_from_bytes(part).get_filename() == name
