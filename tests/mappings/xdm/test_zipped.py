"""The ZIP file written by hand, beside the one that the standard library writes."""

import base64
import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.xdm.zipped import zipped

_MOMENTS = st.tuples(
    st.integers(1980, 2107),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
)
_NAMES = st.lists(st.from_regex(r"[A-Z0-9_]{1,8}(/[A-Z0-9]{1,8}\.XML)?", fullmatch=True), max_size=5, unique=True)
_COPIES = st.binary(max_size=3_000).map(
    lambda pdf: b'<a><value representation="B64">' + base64.b64encode(pdf) + b"</value></a>"
)


def _library(files: dict[str, bytes], moment: tuple) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as written:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            written.writestr(entry, content)
    return buffer.getvalue()


def _told(data: bytes) -> list[tuple]:
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert read.testzip() is None
        kept = ("filename", "date_time", "CRC", "file_size", "compress_type", "create_system", "external_attr")
        return [(*(getattr(one, name) for name in kept), read.read(one)) for one in read.infolist()]


@given(st.data(), _NAMES, _MOMENTS)
def test_files_without_base64_are_the_librarys_byte_for_byte(data: st.DataObject, names: list, moment: tuple) -> None:
    files = {name: data.draw(st.binary(max_size=300)) for name in names}
    assert zipped(files, moment) == _library(files, moment)


@given(st.data(), _NAMES, _MOMENTS)
def test_a_document_that_carries_base64_comes_out_as_it_went_in(
    data: st.DataObject, names: list, moment: tuple
) -> None:
    files = {name: data.draw(_COPIES) for name in names}
    made = zipped(files, moment)
    assert made == zipped({name: bytes(bytearray(content)) for name, content in files.items()}, moment)
    assert _told(made) == _told(_library(files, moment))


@pytest.mark.parametrize("size", [0, 1, 20_000])
def test_a_member_is_one_stream_that_ends_where_it_says(size: int) -> None:
    content = b'<a representation="B64">' + base64.b64encode(bytes(range(256)) * (size // 256) + b"x") + b"</a>"
    made = zipped({"A.XML": content}, (2026, 11, 16, 10, 35, 12))
    with zipfile.ZipFile(io.BytesIO(made)) as read:
        one = read.infolist()[0]
    reader = zlib.decompressobj(-zlib.MAX_WBITS)
    begin = one.header_offset + 30 + len("A.XML")
    assert reader.decompress(made[begin : begin + one.compress_size]) == content
    assert reader.eof
    assert reader.unused_data == b""
