"""A zip archive that somebody sent, opened in memory within bounds, or not at all. Pure.

PKWARE APPNOTE 6.3. Read by hand because ``zipfile`` believes what the directory says: here the directory, the local
headers and the bytes must say one thing, every byte belongs to one member, and sizes are counted while inflating.
Nothing is ever written to a disk.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from mappings.mail.message import Unreadable

#: Bounds of one archive: members, bytes of all once inflated, and how much larger than on the way.
MEMBERS: Final = 200
INFLATED: Final = 50 << 20
RATIO: Final = 100
#: A small member may compress beyond the ratio: it costs nothing.
_SMALL: Final = 1 << 20

_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s4B4H3L5H2L")
_LOCAL: Final = struct.Struct("<4s2B4H3L2H")
_ENCRYPTED: Final = 0x2041
_STREAMED: Final = 0x0008
_STORED, _DEFLATED = 0, 8
_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'()+,;=@^_`{}~.\[\]-]+(/[A-Za-z0-9 !#$%&'()+,;=@^_`{}~.\[\]-]+)*/?")
_DEVICE: Final = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|COM[0-9]|LPT[0-9])(\..*)?", re.IGNORECASE)
_KIND, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_OTHER_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def members(archive: bytes) -> dict[str, bytes]:
    """Every file of an archive by its path; ``Unreadable`` with the reason at the first thing that is not plain."""
    listed = _directory(archive)
    found: dict[str, bytes] = {}
    for member, end in _laid_out(archive, listed):
        content = _inflated(archive, member, end)
        if content.startswith(_OTHER_ARCHIVES):
            raise Unreadable("zip-nested")
        if not member.name.endswith("/"):
            found[member.name] = content
        elif content:
            raise Unreadable("zip-contradictory")  # a folder holds no bytes: some readers would show them, others not
    return found


def _directory(archive: bytes) -> list[_Member]:
    at = archive.rfind(b"PK\x05\x06", max(0, len(archive) - (1 << 16) - _END.size))
    if at < 0 or at + _END.size > len(archive):
        raise Unreadable("zip-truncated")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(archive, at)
    if archive[at - 20 : at - 16] == b"PK\x06\x07" or 0xFFFF in (count, here) or 0xFFFFFFFF in (length, start):
        raise Unreadable("zip-64")
    if disk or first_disk or here != count or at + _END.size + comment != len(archive) or start + length != at:
        raise Unreadable("zip-contradictory")
    if count > MEMBERS:
        raise Unreadable("zip-too-many")
    found, place = [], start
    for _ in range(count):
        member, place = _entry(archive, place, at)
        found.append(member)
    if place != at:
        raise Unreadable("zip-contradictory")
    _check_sum(found)
    return found


def _entry(archive: bytes, place: int, end: int) -> tuple[_Member, int]:
    if place + _ENTRY.size > end:
        raise Unreadable("zip-truncated")
    (
        mark, _, system, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment, _, _,
        attributes, offset,
    ) = _ENTRY.unpack_from(archive, place)  # fmt: skip
    following = place + _ENTRY.size + name_length + extra_length + comment
    if mark != b"PK\x01\x02" or following > end:
        raise Unreadable("zip-contradictory")
    name = _plain_name(archive[place + _ENTRY.size : place + _ENTRY.size + name_length])
    if flags & _ENCRYPTED:
        raise Unreadable("zip-encrypted")
    if method not in (_STORED, _DEFLATED):
        raise Unreadable("zip-method")
    mode = attributes >> 16 & _KIND
    if system == 3 and mode not in (0, _FOLDER if name.endswith("/") else _REGULAR):
        raise Unreadable("zip-link")
    return _Member(name, flags, method, crc, packed, size, offset), following


def _plain_name(written: bytes) -> str:
    """ASCII alone, so that no other encoding reads another name; relative, downwards, no device."""
    try:
        name = written.decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("zip-name") from None
    parts = name.rstrip("/").split("/")
    if _NAME.fullmatch(name) is None or any(part in (".", "..") or _DEVICE.fullmatch(part) for part in parts):
        raise Unreadable("zip-name")
    return name


def _check_sum(listed: list[_Member]) -> None:
    names = [member.name.casefold().rstrip("/") for member in listed]
    if len(set(names)) < len(names):
        raise Unreadable("zip-duplicate")
    if sum(member.size for member in listed) > INFLATED:
        raise Unreadable("zip-bomb")
    if any(member.size > max(_SMALL, RATIO * member.packed) for member in listed):
        raise Unreadable("zip-bomb")


def _laid_out(archive: bytes, listed: list[_Member]) -> list[tuple[_Member, int]]:
    """Members in the order of their bytes, each with where the next begins: nothing stands before the first."""
    ordered = sorted(listed, key=lambda member: member.offset)
    end = _END.unpack_from(archive, archive.rfind(b"PK\x05\x06"))[6]
    if ordered and ordered[0].offset or not ordered and end:
        raise Unreadable("zip-foreign-bytes")
    ends = [*(member.offset for member in ordered[1:]), end] if ordered else []
    return list(zip(ordered, ends, strict=True))


def _inflated(archive: bytes, member: _Member, end: int) -> bytes:
    if member.offset + _LOCAL.size > end:
        raise Unreadable("zip-overlap")
    mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack_from(archive, member.offset)
    start = member.offset + _LOCAL.size + name_length + extra
    name = archive[member.offset + _LOCAL.size : member.offset + _LOCAL.size + name_length]
    streamed = bool(flags & _STREAMED)
    told = (mark, flags, method, name) == (b"PK\x03\x04", member.flags, member.method, member.name.encode())
    if not told or (not streamed and (crc, packed, size) != (member.crc, member.packed, member.size)):
        raise Unreadable("zip-contradictory")
    stop = start + member.packed
    # Behind a streamed member stands its descriptor: 12 bytes, or 16 with its mark.
    if stop > end:
        raise Unreadable("zip-overlap")
    if end - stop not in ((12, 16) if streamed else (0,)):
        raise Unreadable("zip-foreign-bytes")
    content = _unpacked(archive[start:stop], member)
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise Unreadable("zip-lying-size" if len(content) != member.size else "zip-corrupt")
    return content


def _unpacked(packed: bytes, member: _Member) -> bytes:
    if member.method == _STORED:
        return packed
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflating.decompress(packed, member.size + 1)
    except zlib.error:
        raise Unreadable("zip-corrupt") from None
    if len(content) <= member.size and (not inflating.eof or inflating.unused_data):
        raise Unreadable("zip-corrupt")
    return content
