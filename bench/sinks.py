"""Destinations that answer at once and judge nothing: ``python -m bench.sinks HTTP SMTP FOLDER``.

ITI-41 over HTTP and SMTP submission, kept alive as long as the caller likes. The first request of each protocol is left
in FOLDER as it came (``iti-41``, ``mail``), for a floor to send again.
"""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_ANSWER: Final = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    b'<r:RegistryResponse xmlns:r="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"'
    b' status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"/></s:Body></s:Envelope>'
)
ANSWERED: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
    + f"Content-Length: {len(_ANSWER)}\r\n\r\n".encode()
    + _ANSWER
)
_END: Final = b"\r\n.\r\n"


def _http(connection: socket.socket, keep: Path) -> None:
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            if not (some := connection.recv(1 << 18)):
                return
            buffer += some
        head, _, body = buffer.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        parts, have = [body], len(body)
        while have < length:
            if not (some := connection.recv(1 << 18)):
                return
            parts.append(some)
            have += len(some)
        whole = b"".join(parts)
        if length and not keep.exists():
            keep.write_bytes(head + b"\r\n\r\n" + whole[:length])
        buffer = whole[length:]
        connection.sendall(ANSWERED if length else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def _smtp(connection: socket.socket, keep: Path) -> None:
    file = connection.makefile("rb")
    connection.sendall(b"220 sink\r\n")
    for line in file:
        verb = line[:4].upper()
        if verb == b"EHLO":
            connection.sendall(b"250-sink\r\n250 SIZE 40000000\r\n")
        elif verb == b"DATA":
            connection.sendall(b"354 go\r\n")
            lines = []
            for part in file:
                if part == b".\r\n":
                    break
                lines.append(part)
            if not keep.exists():
                keep.write_bytes(b"".join(lines))
            connection.sendall(b"250 2.0.0 queued as SINK\r\n")
        elif verb == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 ok\r\n")


def _serve(port: int, play: Callable[[socket.socket, Path], None], keep: Path) -> None:
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    while True:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_played, args=(play, connection, keep), daemon=True).start()


def _played(play: Callable[[socket.socket, Path], None], connection: socket.socket, keep: Path) -> None:
    # A caller may leave at any moment.
    with connection, suppress(OSError):
        play(connection, keep)


if __name__ == "__main__":
    http, smtp, folder = sys.argv[1:]
    threading.Thread(target=_serve, args=(int(smtp), _smtp, Path(folder) / "mail"), daemon=True).start()
    _serve(int(http), _http, Path(folder) / "iti-41")
