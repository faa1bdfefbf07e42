"""Ports on the loopback interface."""

import socket

import click

from push.errors import PushError


class PortTaken(PushError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken. Choose another one, or 0 for any that is free.")


def choose_port(name: str, wanted: int | None, default: int) -> int:
    """The wanted port, else the default, else a free one, and then it says so. Raises PortTaken."""
    first = default if wanted is None else wanted
    if port := free_port(first):
        return port
    if wanted is not None:
        raise PortTaken(wanted)
    port = free_port(0)
    click.echo(f"  Port {default} is taken; the {name} takes {port} instead.")
    return port


def free_port(port: int) -> int:
    """This port, or any for 0; 0 when it is taken. Free now: whoever is quick can still take it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
