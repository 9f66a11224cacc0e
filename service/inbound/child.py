"""The process that reads one mail and may die of it: bytes in, JSON out, memory and time bounded by itself first.

Started by ``confined``; knows no store and no setting. From the first byte of the mail it can open nothing: no file, no
connection, no process.
"""

import codecs
import contextlib
import json
import resource
import sys
from typing import Any

from mappings.mail.reading import Unreadable, reading_of, told

#: What mails are written in; another encoding is read as if it were UTF-8.
_ENCODINGS = ("ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16", "utf-7", "quopri", "base64")
#: Read before anything is bounded, so that all that reading needs is loaded.
_FIRST = b"""From: a@b.example\r\nSubject: =?iso-8859-1?Q?=E9?=\r\nMIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n--b\r\nContent-Type: text/plain; name=x\r
Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=utf-8''x\r\n\r\neA==\r\n--b--\r\n"""


def main(megabytes: int, seconds: int) -> int:
    """Read standard input; a JSON object on standard output says what it is, or why it is not to be read."""
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)  # a table that is looked up later could not be opened
    reading_of(_FIRST)
    # An encoding that is not loaded by now is one that nobody knows, not a file that cannot be opened.
    sys.meta_path.clear()
    _bound(megabytes, seconds)
    raw = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"reading": told(reading_of(raw))}
    except Unreadable as refusal:
        answer = {"unreadable": refusal.code}
    sys.stdout.write(json.dumps(answer))
    return 0


def _bound(megabytes: int, seconds: int) -> None:
    """No more memory, time, files or processes than one mail may need."""
    for limit, value in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        # Standard input, output and error, which are open.
        (resource.RLIMIT_NOFILE, 3),
    ):
        with contextlib.suppress(ValueError, OSError):  # already lower
            resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
