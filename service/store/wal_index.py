"""What the index of SQLite's write-ahead log says of the last commit, read where SQLite itself keeps it in memory.

Its header (https://www.sqlite.org/walformat.html, section 2.1) is written at every commit, whoever commits, once what
is committed is safe and before anybody is told so: the same bytes are the same state of the database.

No file is opened here: to close one lets go of all locks that this process has on it, SQLite's with them
(https://www.sqlite.org/howtocorrupt.html, section 2.2). The pages are SQLite's own, asked of its file (``xShmMap``,
https://www.sqlite.org/c3ref/io_methods.html) and mapped a second time, to be read only. They say the truth while a
connection of this process is open: until it closes, nobody may make the log or its index anew.
"""

import ctypes
import mmap
import os
import sys
from collections.abc import Callable
from typing import Final
from weakref import WeakSet

import apsw

#: Two copies of 48 bytes, written one after the other: while they differ, a commit is under way.
_COPY: Final = 48
#: Byte that says that the index is made, and those of the salts: none before the first frame of a log.
_MADE: Final = 12
_SALTS: Final = slice(32, 40)
#: ``sqlite3_io_methods``: a number, twelve methods of its first version, then ``xShmMap``.
_SHM_MAP: Final = (1 + 12) * ctypes.sizeof(ctypes.c_void_p)
_REGION: Final = 32_768
_MAY_MOVE: Final = 1
_FAILED: Final = ctypes.c_void_p(-1).value
_LINUX: Final = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None)
_unmap = _libc.munmap
_unmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
if _LINUX:
    _libc.mremap.restype = ctypes.c_void_p
    _libc.mremap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    _libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_OPEN: Final = WeakSet["WalIndex"]()

_Header = ctypes.c_char * (2 * _COPY)
_ShmMap = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p)
)


class WalIndex:
    """The header, as long as this process has it open."""

    def __init__(self, page: int) -> None:
        self._page = page
        #: ``header.raw`` is what it says now; once closed, nothing that was ever sound.
        self.header = _Header.from_address(page)
        _OPEN.add(self)

    @staticmethod
    def sound(state: bytes) -> bool:
        """Whether it names a state of the database: no commit is under way, and no log without a frame, all being alike."""
        return state[:_COPY] == state[_COPY:] and state[_MADE] == 1 and any(state[_SALTS])

    def close(self) -> None:
        """To be called before the connection that it was asked of closes."""
        self.header = _Header()

    def __del__(self, unmap: Callable[[int, int], int] = _unmap, size: int = mmap.PAGESIZE) -> None:
        # Not before nobody can be reading it.
        unmap(self._page, size)


def wal_index(connection: apsw.Connection) -> WalIndex | None:
    """Of a connection that has read or written; None where the system cannot show it."""
    if not _LINUX:
        return None
    file, shown = ctypes.c_void_p(), ctypes.c_void_p()
    connection.file_control("main", apsw.SQLITE_FCNTL_FILE_POINTER, ctypes.addressof(file))
    methods = ctypes.c_void_p.from_address(file.value or 0).value or 0
    if ctypes.c_int.from_address(methods).value < 2:
        return None
    shm_map = _ShmMap(ctypes.c_void_p.from_address(methods + _SHM_MAP).value or 0)
    if shm_map(file, 0, _REGION, 0, ctypes.byref(shown)) != apsw.SQLITE_OK or not shown.value:
        return None
    # Of no old length: the same pages once more (mremap(2)). SQLite takes its own away when its last connection closes.
    page = _libc.mremap(shown, 0, mmap.PAGESIZE, _MAY_MOVE)
    if page in (None, _FAILED):
        return None
    _libc.mprotect(page, mmap.PAGESIZE, mmap.PROT_READ)
    return WalIndex(page)


def _close_all() -> None:
    for one in list(_OPEN):
        one.close()


# A child has none of its parent's locks: what it sees is anybody's to make anew.
os.register_at_fork(after_in_child=_close_all)
