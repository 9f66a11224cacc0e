"""A ZIP file written by hand: the same headers as ``zipfile`` writes, around members that are deflated once.

PKWARE APPNOTE 6.3 (local header, central directory, end), RFC 1951. Two mails of one document hold the same member, and a
document that carries base64 is mostly what no dictionary shortens: there, only the letters are told in fewer bits.
"""

import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s2B5H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
#: 2.0, the first that deflates; made on Unix, an ordinary file of its owner's.
_VERSION: Final = 20
_UNIX: Final = 3
_ORDINARY_FILE: Final = 0o100644 << 16
_DEFLATED: Final = 8
_LEVEL: Final = 3
#: What stands before the base64 of a CDA, by our own hand.
_BASE64: Final = b' representation="B64">'
#: Members remembered: those of an archive, for as many as may be made at once.
_MEMBERS: Final = 32


def zipped(files: Mapping[str, bytes], moment: tuple[int, int, int, int, int, int]) -> bytes:
    """``files`` in their order, all of the same ``moment`` (year to second); names are ASCII."""
    year, month, day, hour, minute, second = moment
    when = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
    parts, directory, offset = [], [], 0
    for name, content in files.items():
        crc, deflated = _member(content)
        sizes = (crc, len(deflated), len(content), len(name))
        local = _LOCAL.pack(b"PK\3\4", _VERSION, 0, _DEFLATED, *when, *sizes, 0)
        parts += [local, name.encode("ascii"), deflated]
        told = (_VERSION, _UNIX, _VERSION, 0, _DEFLATED, *when, *sizes, 0, 0, 0, 0, _ORDINARY_FILE, offset)
        directory += [_CENTRAL.pack(b"PK\1\2", *told), name.encode("ascii")]
        offset += len(local) + len(name) + len(deflated)
    listed = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(listed), offset, 0)
    return b"".join([*parts, listed, end])


@lru_cache(maxsize=_MEMBERS)
def _member(content: bytes) -> tuple[int, bytes]:
    """CRC-32 and raw deflate stream; the base64 and what follows it come after a whole block, and refer to nothing in it."""
    before, mark, copy = content.partition(_BASE64)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(before + mark)
    if copy:
        letters = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, strategy=zlib.Z_HUFFMAN_ONLY)
        packed += packer.flush(zlib.Z_SYNC_FLUSH) + letters.compress(copy) + letters.flush()
    else:
        packed += packer.flush()
    return zlib.crc32(content), packed
