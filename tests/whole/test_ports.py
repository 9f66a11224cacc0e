"""A port that was found free is still so when its server starts, whatever else starts meanwhile."""

import socket

from service.processes import free_ports


def test_no_port_is_given_twice() -> None:
    # So many that chance alone would give several of them again.
    ports = [port for _ in range(300) for port in free_ports(2)]
    assert len(set(ports)) == len(ports)


def test_whoever_asks_for_it_by_its_number_has_it() -> None:
    (port,) = free_ports(1)
    for _ in range(2):
        with (
            socket.create_server(("127.0.0.1", port)) as server,
            socket.create_connection(("127.0.0.1", port)) as caller,
        ):
            server.accept()[0].close()
            assert caller.recv(1) == b""
