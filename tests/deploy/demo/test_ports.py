import socket
from pathlib import Path

from deploy.demo.ports import free_port, free_ports


def test_ports_are_distinct_and_are_not_given_to_outgoing_connections() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = free_ports(100)
    assert len(set(ports)) == 100
    assert max(ports) < first_outgoing


def test_server_can_listen_there() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as listening:
        assert listening.getsockname()[1] not in free_ports(1_000)
