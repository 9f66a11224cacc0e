"""A disk that loses what was not flushed: what SQLite writes is recorded on its way, and any power loss played from it."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import pytest

_NAME, _BASE = "powerless", "unix"
#: What a disk writes whole, at least (https://sqlite.org/atomiccommit.html, section 2.0).
_SECTOR = 512


@dataclass(slots=True)
class Written:
    """Bytes at an offset; or, without bytes, where the file ends from now on."""

    file: str
    offset: int
    data: bytes | None


@dataclass(slots=True)
class Deleted:
    """A file taken out of its folder."""

    file: str


@dataclass(slots=True)
class Flushed:
    """Everything written to the file before the event of that number is on the disk; of the folder, what was deleted."""

    file: str
    before: int


_FOLDER = ""


@dataclass(slots=True)
class Told:
    """Somebody was told of it."""

    what: object


@dataclass(slots=True)
class Disk:
    """All that happened, in order."""

    events: list[Written | Deleted | Flushed | Told] = field(default_factory=list)

    def tell(self, what: object) -> None:
        self.events.append(Told(what))

    def told(self, cut: int) -> list[Any]:
        """Of what somebody was told before the power went."""
        return [event.what for event in self.events[:cut] if isinstance(event, Told)]

    def after(self, cut: int, draw: random.Random, folder: Path) -> None:
        """What is found in ``folder`` when the power goes before event ``cut``.

        Of what was not flushed, any sector is there or not: ``draw`` says.
        """
        flushed: dict[str, int] = {}
        for event in self.events[:cut]:
            if isinstance(event, Flushed):
                flushed[event.file] = max(flushed.get(event.file, 0), event.before)
        files: dict[str, bytearray] = {}
        share = draw.choice((0.0, 0.5, 0.95, 1.0))
        for number, event in enumerate(self.events[:cut]):
            if isinstance(event, Written):
                sure = number < flushed.get(event.file, 0)
                _write(
                    files.setdefault(event.file, bytearray()), event, lambda sure=sure: sure or draw.random() < share
                )
            elif isinstance(event, Deleted) and (number < flushed.get(_FOLDER, 0) or draw.random() < share):
                files.pop(event.file, None)
        for name, content in files.items():
            (folder / name).write_bytes(content)


def _write(content: bytearray, event: Written, kept: Callable[[], bool]) -> None:
    if event.data is None:
        if kept():
            del content[event.offset :]
        return
    content.extend(bytes(max(0, event.offset + len(event.data) - len(content))))
    for start in range(0, len(event.data), _SECTOR):
        if kept():
            some = event.data[start : start + _SECTOR]
            content[event.offset + start : event.offset + start + len(some)] = some


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, filename: Any, flags: Any) -> None:
        self._disk = disk
        self._file = Path(filename.filename() if isinstance(filename, apsw.URIFilename) else filename).name
        super().__init__(_BASE, filename, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._disk.events.append(Written(self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._disk.events.append(Written(self._file, newsize, None))

    def xSync(self, flags: int) -> None:
        before = len(self._disk.events)
        super().xSync(flags)
        self._disk.events.append(Flushed(self._file, before))


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(_NAME, _BASE)

    def xOpen(self, name: Any, flags: Any) -> _File:
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._disk.events.append(Deleted(Path(filename).name))


@contextmanager
def recorded(patched: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Every SQLite file that is opened meanwhile, and what we flush ourselves."""
    disk = Disk()
    vfs = _Vfs(disk)

    def flushing(real: Callable[[int], None]) -> Callable[[int], None]:
        def flush(file: int) -> None:
            begun, path = len(disk.events), Path(os.readlink(f"/proc/self/fd/{file}"))
            real(file)
            disk.events.append(Flushed(_FOLDER if path.is_dir() else path.name, begun))

        return flush

    apsw.set_default_vfs(_NAME)
    try:
        with patched.context() as context:
            context.setattr(os, "fdatasync", flushing(os.fdatasync))
            context.setattr(os, "fsync", flushing(os.fsync))
            yield disk
    finally:
        apsw.set_default_vfs(_BASE)
        vfs.unregister()
