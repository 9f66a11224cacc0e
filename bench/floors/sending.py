"""The floor of deliveries: the same bytes over the same protocol in a loop, on one kept connection, and nothing else."""

import re
import socket
import time


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def http_rate(port: int, request: bytes, answer: int, seconds: float) -> float:
    """Requests a second; ``answer`` is the length of what comes back."""
    request = re.sub(rb"(?i)\r\nconnection: close", b"", request)
    count, begun = 0, time.perf_counter()
    with _connected(port) as connection:
        while (passed := time.perf_counter() - begun) < seconds:
            connection.sendall(request)
            left = answer
            while left:
                left -= len(connection.recv(left))
            count += 1
    return count / passed


def smtp_rate(port: int, message: bytes, seconds: float) -> float:
    """Mails a second, many in one session."""
    with _connected(port) as connection, connection.makefile("rb") as replies:

        def say(words: bytes) -> None:
            connection.sendall(words)
            while replies.readline()[3:4] == b"-":
                pass

        replies.readline()
        say(b"EHLO floor\r\n")
        count, begun = 0, time.perf_counter()
        while (passed := time.perf_counter() - begun) < seconds:
            say(b"MAIL FROM:<a@test.formation.mssante.fr>\r\n")
            say(b"RCPT TO:<b@test.formation.mssante.fr>\r\n")
            say(b"DATA\r\n")
            say(message + b".\r\n")
            count += 1
    return count / passed
