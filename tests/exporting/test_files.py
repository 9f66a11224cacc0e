"""Files of an export: what counts is what the row says, one gzip member, whatever a stopped writer left behind."""

import gzip
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exporting import files
from service.exporting.files import Parts, gzip_length, gzipped, inflated, path_of
from service.store.exports import ExportFile

LINES = st.lists(st.lists(st.binary(max_size=400).filter(lambda line: b"\n" not in line), max_size=20), max_size=5)


def lines(folder: Path, file: ExportFile) -> list[bytes]:
    return b"".join(inflated(folder, file)).split(b"\n")[:-1]


def one_member(data: bytes) -> bytes:
    """What a reader that knows of one member only makes of it; fails when anything follows."""
    reader = zlib.decompressobj(31)
    text = reader.decompress(data) + reader.flush()
    assert reader.eof
    assert reader.unused_data == b""
    return text


@given(LINES)
def test_slices_come_back_as_one_member(tmp_path_factory: pytest.TempPathFactory, slices: list[list[bytes]]) -> None:
    folder = tmp_path_factory.mktemp("job") / "id"
    parts = Parts(folder, 1, [])
    last: dict[int, ExportFile] = {}
    for some in slices:
        for line in some:
            parts.add("output", "Patient", line)
        last |= {file.number: file for file in parts.settle()}
    parts.close()
    told = [line for some in slices for line in some]
    assert len(last) == bool(told)
    for file in last.values():
        sent = b"".join(gzipped(folder, file))
        assert len(sent) == gzip_length(file)
        assert one_member(sent) == gzip.decompress(sent) == b"".join(line + b"\n" for line in told)
        assert lines(folder, file) == told
        assert (file.count, file.size) == (len(told), sum(map(len, told)) + len(told))


def test_what_a_stopped_writer_left_does_not_count(tmp_path: Path) -> None:
    first = Parts(tmp_path / "id", 1, [])
    first.add("output", "Patient", b"a")
    (kept,) = first.settle()
    first.add("output", "Patient", b"lost")
    first.settle()
    second = Parts(tmp_path / "id", 2, [kept])
    second.add("output", "Patient", b"b")
    (other,) = second.settle()
    first.add("output", "Patient", b"lost too")
    first.settle()
    assert (lines(tmp_path / "id", kept), lines(tmp_path / "id", other)) == ([b"a"], [b"b"])
    assert (kept.number, other.number) == (1, 2)


def test_two_leases_never_share_a_file(tmp_path: Path) -> None:
    Parts(tmp_path / "id", 1, []).add("output", "Patient", b"a")
    with pytest.raises(FileExistsError):
        Parts(tmp_path / "id", 1, []).add("output", "Patient", b"b")


def test_a_file_is_closed_when_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_LINES", 2)
    parts = Parts(tmp_path / "id", 1, [])
    settled = {}
    for turn in range(3):
        for line in (b"1", b"2", b"3"):
            parts.add("output", "Patient", line + str(turn).encode())
        settled |= {file.number: file for file in parts.settle()}
    parts.close()
    assert [file.count for file in settled.values()] == [2, 2, 2, 2, 1]
    told = [line for file in settled.values() for line in lines(tmp_path / "id", file)]
    assert told == [b"10", b"20", b"30", b"11", b"21", b"31", b"12", b"22", b"32"]


def test_a_file_cut_short_is_not_there(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "id", 1, [])
    parts.add("output", "Patient", b"a" * 100)
    (file,) = parts.settle()
    with pytest.raises(FileNotFoundError):
        gzipped(tmp_path / "id", replace(file, length=file.length + 1))
    path_of(tmp_path / "id", file).unlink()
    with pytest.raises(FileNotFoundError):
        inflated(tmp_path / "id", file)
    files.remove(tmp_path / "id")
    files.remove(tmp_path / "id")
    assert not (tmp_path / "id").exists()


def test_files_are_their_owner_s_alone(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "id", 1, [])
    parts.add("output", "Patient", b"a")
    (file,) = parts.settle()
    assert path_of(tmp_path / "id", file).stat().st_mode & 0o077 == 0
    assert (tmp_path / "id").stat().st_mode & 0o077 == 0
