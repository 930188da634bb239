"""Multicast on this machine: a group, who is in it, and whether that works here."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from sonde_core.session_request import SessionOptions

GROUP = "239.1.2.3"
LOOPBACK = SessionOptions(interface="127.0.0.1")


def multicast_works() -> bool:
    """Tell whether a group's datagrams reach this machine over its loopback interface."""
    try:
        with (
            socket.socket(type=socket.SOCK_DGRAM) as ears,
            socket.socket(type=socket.SOCK_DGRAM) as out,
        ):
            ears.bind((GROUP, 0))
            ears.settimeout(2)
            request = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
            ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            out.sendto(b"?", ears.getsockname())
            return ears.recv(1) == b"?"
    except OSError:
        return False


needs_multicast = pytest.mark.skipif(
    not multicast_works(), reason="no group reaches this machine over its loopback interface"
)


@contextlib.contextmanager
def member(group: str = GROUP) -> Iterator[socket.socket]:
    """Yield a socket in a group, on a port of its own."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.bind((group, 0))
        request = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        yield sock
