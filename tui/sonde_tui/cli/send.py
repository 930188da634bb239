"""`sonde send`: one HTTP request, its answer on standard output."""

from __future__ import annotations

import asyncio
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sonde_core.body import Body
from sonde_core.errors import SaveError, SondeError
from sonde_core.http_request import HttpRequest
from sonde_core.outlets import files

from . import FAILED, options, output, remarks, request_options, running
from .running import Desk, conclude

if TYPE_CHECKING:
    from sonde_core.http.call import Call
    from sonde_core.model import Exchange

# Seconds between two looks at an answer that is still coming; a small one is printed at its end.
_GLANCE: Final = 0.1
# Names of standard output, which is no file to be overwritten: the answer goes there by itself.
_STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})

_KEPT: Final = "What was received is in the history; see `sonde show @1`."

_DESCRIPTION = """\
Send one HTTP request and print the answer's body, byte for byte; the status goes to standard
error. METHOD is GET, or POST when there is data to send. An answer with a status like 404 or 500
is an answer: the exit status is 0. Redirects are followed; certificates are verified. What is odd
about an answer, such as JSON that is none, is said on standard error."""

_EXAMPLES = """\
examples:
  sonde send https://example.org/
  sonde send http://localhost:8000/login --form username=alice --form password=secret
  sonde send PUT http://localhost:8000/items/7 --json '{"name": "lamp"}' -H 'X-Trace: 1'
  sonde send http://localhost:8000/upload --file photo=cat.png --output answer.json"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = "sonde send [METHOD] URL [-H 'K: V'] [-d DATA | --form K=V | --json JSON] ..."
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    request_options.add(parser)
    parser.add_argument(
        "--output",
        metavar="FILE|FOLDER",
        action=options.OneFile,
        default="",
        help="write the answer's body to this file instead; overwrites it, follows no link; in a "
        "folder it is named as the answer says, and nothing is overwritten",
    )


def run(args: Namespace) -> int:
    """Send, print, record."""
    try:
        request = request_options.read(args)
    except SondeError as error:  # standard input cannot be read, or kept
        output.explain(error)
        return FAILED
    target = "" if args.output in _STANDARD_OUTPUT else args.output
    return running.run(args, lambda desk: _send(desk, request, target))


async def _send(desk: Desk, request: HttpRequest, target: str) -> int:
    folder = _is_folder(target)
    if target and not folder:
        files.check_writable(target)
    if request.options.ca_file:
        files.check_readable(request.options.ca_file)
    call = desk.exchanger.call(request)
    answer = Answer(call, desk)
    interrupt = asyncio.ensure_future(_cancel_when_stopped(desk, call))
    following = None if target else asyncio.ensure_future(answer.follow())
    try:
        entry = await desk.exchanger.run(call)
    finally:
        interrupt.cancel()
        answer.over.set()
    if following:
        await following
    response = entry.exchange.response
    if response and folder:
        _save(entry.exchange, response.body, Path(target))
    elif response and target:
        _write(response.body, target)
    elif response:
        answer.rest(response.body)
    status = conclude(entry)
    await remarks.say(entry.exchange)
    return status


def _is_folder(target: str) -> bool:
    return bool(target) and Path(target).is_dir()


def _save(exchange: Exchange, body: Body, folder: Path) -> None:
    """Write a body into a folder, under a name that is safe and new there, and say which."""
    from sonde_core.outlets import saving
    from sonde_core.outlets.offers import name_of

    path = folder / name_of(body, exchange)
    try:
        saving.write(body.slices, path)
    except SaveError as error:
        raise SaveError(error.message, hint=f"Name a file to overwrite it. {_KEPT}") from error
    output.say(f"Saved to {path}.")


def _write(body: Body, target: str) -> None:
    """Write a body into a file: whole, or not at all; what is no file takes it as it comes."""
    from sonde_core.outlets import saving

    path = Path(target)
    if (path.exists() and not path.is_file()) or not os.access(path.parent, os.W_OK):
        files.write(target, body.slices())
        return
    try:
        saving.write(body.slices, path, overwrite=True)
    except SaveError as error:
        raise SaveError(error.message, hint=_KEPT) from error


async def _cancel_when_stopped(desk: Desk, call: Call) -> None:
    await desk.stop.wait()
    call.cancel()


class Answer:
    """Prints the body of an answer, while it comes when that takes a while."""

    def __init__(self, call: Call, desk: Desk) -> None:
        self.over = asyncio.Event()
        self._call = call
        self._desk = desk
        self._printed = 0

    async def follow(self) -> None:
        """Print what is there, a few times a second, until it is over."""
        while not await self._pause():
            if self._call.head is None:
                continue
            try:
                for data in self._pieces(self._call.body()):
                    await self._desk.put(self._desk.out, data)
            except SondeError:
                self._call.cancel()
                raise
            if self._desk.out.gone:
                self._call.cancel()
                return

    def rest(self, body: Body) -> None:
        """Print what was not printed yet."""
        for data in self._pieces(body):
            self._desk.out.write(data)
        self._desk.out.end()

    async def _pause(self) -> bool:
        """Wait a moment; True when it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GLANCE):
                await self.over.wait()
        return self.over.is_set()

    def _pieces(self, body: Body) -> Iterator[bytes]:
        while self._printed < body.size and not self._desk.out.gone:
            data = body.read(self._printed, 1 << 18)
            if not data:
                return
            self._printed += len(data)
            yield data
