"""Files of an export: NDJSON lines, deflated as they come; how much of a file counts is told by its row.

A file on disk is the head of a gzip member (RFC 1952) and deflate blocks cut at whole bytes; the end of the member is
made from the row when the file is read. Nothing that a stopped writer left behind can then be taken for content.
"""

import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from service.store.exports import ExportFile, Kind

_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: An empty last block.
_LAST_BLOCK: Final = b"\x03\x00"
_TAIL: Final = len(_LAST_BLOCK) + 8
_RAW: Final = -15
#: Speed before size: the worker has other work.
_LEVEL: Final = 1
_CHUNK: Final = 256 * 1024
#: A file is closed at the first line beyond one of these: lines, bytes once inflated.
MOST_LINES: Final = 100_000
MOST_BYTES: Final = 256 * 1024 * 1024


class Part:
    """One file being written by one lease."""

    def __init__(self, folder: Path, file: ExportFile) -> None:
        self._folder = folder
        # Exclusive: nobody appends to what another lease has begun.
        self._descriptor = os.open(path_of(folder, file), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        self.file = replace(file, length=self._write(_HEAD))

    @property
    def full(self) -> bool:
        return self.file.count >= MOST_LINES or self.file.size >= MOST_BYTES

    def add(self, line: bytes) -> None:
        """One line, without its end."""
        text = line + b"\n"
        file = self.file
        self.file = replace(
            file,
            count=file.count + 1,
            length=file.length + self._write(self._deflate.compress(text)),
            size=file.size + len(text),
            crc=zlib.crc32(text, file.crc),
        )

    def settle(self) -> None:
        """Everything so far is on the disk, and ends at a whole byte."""
        written = self._write(self._deflate.flush(zlib.Z_FULL_FLUSH))
        self.file = replace(self.file, length=self.file.length + written)
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def _write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        return len(data)


class Parts:
    """The files that one lease writes: at most one open for each kind and type."""

    def __init__(self, folder: Path, attempt: int, files: Sequence[ExportFile]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._attempt = attempt
        self._number = max((file.number for file in files), default=0)
        self._open: dict[tuple[Kind, str], Part] = {}
        self._touched: dict[int, Part] = {}
        self._begun = False

    def add(self, kind: Kind, type_: str, line: bytes) -> None:
        part = self._open.get((kind, type_))
        if part is None or part.full:
            if part is not None and part.file.number not in self._touched:
                part.close()
            self._number += 1
            part = Part(self._folder, ExportFile(number=self._number, kind=kind, type=type_, attempt=self._attempt))
            self._open[kind, type_] = part
            self._begun = True
        part.add(line)
        self._touched[part.file.number] = part

    def settle(self) -> list[ExportFile]:
        """What has changed since the last time, durable."""
        parts = list(self._touched.values())
        for part in parts:
            part.settle()
        if self._begun:
            _sync(self._folder)
            _sync(self._folder.parent)
        for part in parts:
            if self._open.get((part.file.kind, part.file.type)) is not part:
                part.close()
        self._touched, self._begun = {}, False
        return [part.file for part in parts]

    def close(self) -> None:
        for part in {**self._touched, **{part.file.number: part for part in self._open.values()}}.values():
            part.close()
        self._open, self._touched = {}, {}


def path_of(folder: Path, file: ExportFile) -> Path:
    return folder / f"{file.attempt}-{file.number}.ndjson.gz"


def gzip_length(file: ExportFile) -> int:
    """Bytes of ``gzipped``."""
    return file.length + _TAIL


def gzipped(folder: Path, file: ExportFile) -> Iterator[bytes]:
    """The file as one gzip member, a chunk at a time. ``FileNotFoundError`` at once when it is not there."""
    content = _counted(folder, file)
    tail = _LAST_BLOCK + struct.pack("<II", file.crc, file.size & 0xFFFFFFFF)
    return _then(content, tail)


def inflated(folder: Path, file: ExportFile) -> Iterator[bytes]:
    """Its lines, a chunk at a time; likewise."""
    return _inflating(_counted(folder, file))


def remove(folder: Path) -> None:
    """All files of one export; none is no fault."""
    if folder.exists():
        shutil.rmtree(folder)


def _counted(folder: Path, file: ExportFile) -> Iterator[bytes]:
    path = path_of(folder, file)
    if path.stat().st_size < file.length:
        raise FileNotFoundError("a file of an export is shorter than its row says")
    return _reading(path, file.length)


def _reading(path: Path, left: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as content:
        while left:
            chunk = content.read(min(left, _CHUNK))
            left -= len(chunk)
            yield chunk


def _then(content: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    yield from content
    yield tail


def _inflating(content: Iterator[bytes]) -> Iterator[bytes]:
    # 15 + 16: the head of the member is read and checked.
    inflate = zlib.decompressobj(31)
    for chunk in content:
        waiting = chunk
        while waiting:
            yield inflate.decompress(waiting, _CHUNK)
            waiting = inflate.unconsumed_tail
    yield inflate.flush()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
