"""The base64 of an attachment, beside the library's own."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.xdm.mime import attachment

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
