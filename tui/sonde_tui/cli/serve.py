"""`sonde serve`: the practice server alone."""

from __future__ import annotations

from argparse import Namespace

from . import DONE, options, output, running
from .running import Desk

_DESCRIPTION = """\
Run the practice server on this machine, on free ports, until ctrl+c: HTTP and HTTPS with things
to try (echo, status codes, delays, redirects, cookies, streams), TCP, TLS, UDP and WebSocket echo,
and a server that greets. Its endpoints go to standard output, a name and an endpoint a line."""

_EXAMPLES = """\
example:
  sonde serve"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES


def run(args: Namespace) -> int:
    """Serve until a signal comes."""
    return running.run(args, _serve)


async def _serve(desk: Desk) -> int:
    from sonde_core.practice.server import PracticeServer

    server = PracticeServer()
    await server.start()
    try:
        endpoints = server.endpoints()
        width = max(len(name) for name, _ in endpoints)
        desk.out.text("".join(f"{name:<{width}}  {endpoint}\n" for name, endpoint in endpoints))
        output.say("The practice server runs; ctrl+c ends it.")
        await desk.stop.wait()
    finally:
        await server.close()
    return DONE
