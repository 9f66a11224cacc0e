"""What a network or a gateway does to an HTTP exchange when a fault strikes: delay, cut, spoil."""

import socket
import time
import zlib
from collections.abc import Iterator
from typing import Final

from flask import Response, request

from service.sandbox.faults import Fault

#: What a compressed answer inflates to, in bytes.
_BOMB: Final = 16 << 20
#: Kinds that answer instead of the destination.
GATEWAY: Final = frozenset({"4xx", "5xx", "html", "empty"})


def cut_connection() -> Response:
    """Close the caller's TCP connection: what is returned never reaches anybody."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def gateway_answer(fault: Fault) -> Response:
    """The answer of something that stands before the destination."""
    if fault.kind == "html":
        return Response("<html><body><h1>Maintenance</h1></body></html>", mimetype="text/html")
    if fault.kind == "empty":
        return Response(b"", mimetype="application/octet-stream")
    return Response("service indisponible", status=fault.code, mimetype="text/plain")


def spoil(fault: Fault | None, response: Response) -> Response:
    """The true answer, as the fault lets it through."""
    if fault is None:
        return response
    if fault.kind == "cut":
        return cut_connection()
    if fault.kind == "truncated":
        data = response.get_data()
        response.set_data(data[: len(data) // 2])
    if fault.kind == "wrong-type":
        response.headers["Content-Type"] = "text/plain; charset=UTF-8"
    if fault.kind == "gzip":
        response.set_data(zlib.compress(b" " * _BOMB, 9))
        response.headers["Content-Encoding"] = "deflate"
    if fault.kind == "drip":
        return Response(_drip(response.get_data(), fault.seconds), headers=response.headers, status=response.status)
    return response


def _drip(data: bytes, seconds: float) -> Iterator[bytes]:
    for position in range(len(data)):
        time.sleep(seconds)
        yield data[position : position + 1]


def wait(fault: Fault) -> None:
    """The silence of a ``slow`` destination."""
    time.sleep(fault.seconds)
