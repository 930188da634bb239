"""`sonde send`: one HTTP request, its answer on standard output."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sonde_core.body import Body, Spool
from sonde_core.errors import SaveError, SondeError
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload
from sonde_core.outlets import files

from . import options, output, remarks, running
from .running import Desk, conclude

if TYPE_CHECKING:
    from sonde_core.http.call import Call
    from sonde_core.model import Exchange

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
# A method is a token (RFC 9110, section 9.1).
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
    add = parser.add_argument
    add("what", nargs="+", metavar="[METHOD] URL", help="http:// is meant where no scheme stands")
    add(
        "-H",
        dest="headers",
        metavar="'K: V'",
        action="append",
        default=[],
        type=_header,
        help="send this header; replaces the one that would be sent by itself; repeatable",
    )
    add(
        "-d",
        dest="data",
        metavar="DATA|@FILE|-",
        action="append",
        default=[],
        help="send this text, a file's bytes, or standard input as the body; texts are joined by &",
    )
    add(
        "--form",
        metavar="K=V",
        action="append",
        default=[],
        type=_pair,
        help="send a form with this field; repeatable",
    )
    add(
        "--json",
        metavar="JSON|@FILE|-",
        action=options.Once,
        help="send this text, as it is, as application/json",
    )
    add(
        "--file",
        dest="uploads",
        metavar="NAME=PATH",
        action="append",
        default=[],
        type=_upload,
        help="upload a file in a multipart form; repeatable, goes with --form",
    )
    add(
        "--auth",
        metavar="USER:PASS",
        action=options.Once,
        help="basic authentication; never sent to another origin",
    )
    add(
        "--timeout",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="seconds for all of it (default: 10 to connect, 30 without a byte, 120 in all)",
    )
    add(
        "--max-bytes",
        metavar="N",
        action=options.Once,
        type=options.size,
        default=HttpOptions().max_bytes,
        help="stop after so many bytes of answer, like 10MB (default: 1 GiB)",
    )
    options.add_trust(parser)
    add("--no-follow", action="store_true", help="do not follow redirects")
    add(
        "--resend-body",
        action="store_true",
        help="let a redirect with status 307 or 308 carry the body to another origin",
    )
    add(
        "--output",
        metavar="FILE|FOLDER",
        action=options.OneFile,
        default="",
        help="write the answer's body to this file instead; overwrites it, follows no link; in a "
        "folder it is named as the answer says, and nothing is overwritten",
    )
    parser.set_defaults(parser=parser)


def run(args: Namespace) -> int:
    """Send, print, record."""
    request = request_of(args)
    target = "" if args.output in _STANDARD_OUTPUT else args.output
    return running.run(args, lambda desk: _send(desk, request, target))


def request_of(args: Namespace) -> HttpRequest:
    """Build the request; ends with a usage error where the words make none."""
    body = _body(args)
    method, url = _method_and_url(args, has_body=body.kind != "none")
    return HttpRequest(
        method,
        url,
        headers=tuple(args.headers),
        body=body,
        auth=_auth(args),
        options=_options(args),
    )


def _method_and_url(args: Namespace, *, has_body: bool) -> tuple[str, str]:
    default = "POST" if has_body else "GET"
    match args.what:
        case [url] if url in METHODS:
            args.parser.error(f"the URL is missing after {url}")
        case [url]:
            return default, url
        case [method, url] if _TOKEN.fullmatch(method):
            return method.upper() if method.upper() in METHODS else method, url
        case [first, _]:
            args.parser.error(f"{first!r} is no method; write METHOD before URL")
        case [_, _, third, *_]:
            args.parser.error(f"after METHOD and URL comes nothing more, but there is {third!r}")
    raise AssertionError(args.what)  # argparse leaves no empty list


def _body(args: Namespace) -> RequestBody:
    kinds = [bool(args.data), args.json is not None, bool(args.form or args.uploads)]
    if sum(kinds) > 1:
        args.parser.error("-d, --json and --form with --file are three kinds of body; choose one")
    fields = tuple(Field(name, value) for name, value in args.form)
    if args.uploads:
        uploads = tuple(Upload(name, path) for name, path in args.uploads)
        return RequestBody("multipart", fields=fields, uploads=uploads)
    if fields:
        return RequestBody("form", fields=fields)
    if args.json is not None:
        return _data(args, "--json", args.json) or RequestBody("json", text=args.json)
    if len(args.data) == 1:
        return _data(args, "-d", args.data[0]) or RequestBody("text", text=args.data[0])
    if any(_is_reference(text) for text in args.data):
        args.parser.error("-d with @FILE or - is the whole body and stands alone")
    return RequestBody("text", text="&".join(args.data)) if args.data else RequestBody()


def _is_reference(text: str) -> bool:
    return text == "-" or text.startswith("@")


def _data(args: Namespace, option: str, text: str) -> RequestBody | None:
    """Return the body that an option refers to; None where it is the text itself."""
    media_type = "application/json" if option == "--json" else ""
    if text == "-":
        return RequestBody("bytes", data=_standard_input(), media_type=media_type)
    if text == "@":
        args.parser.error(f"{option} @ lacks the name of a file; write {option} @FILE")
    return RequestBody("file", path=text[1:], media_type=media_type) if text[0:1] == "@" else None


def _standard_input() -> Body:
    """Take all of standard input; much of it goes to a private file."""
    spool = Spool()
    while output.is_open(0) and (data := os.read(0, 1 << 18)):
        spool.write(data)
    return spool.body()


def _auth(args: Namespace) -> Auth:
    if args.auth is None:
        return Auth()
    user, colon, secret = args.auth.partition(":")
    if not colon:
        args.parser.error("--auth takes USER:PASS, with a colon")
    return Auth("basic", user, secret)


def _options(args: Namespace) -> HttpOptions:
    usual = HttpOptions()
    limit = args.timeout
    return HttpOptions(
        connect_timeout=min(usual.connect_timeout, limit) if limit else usual.connect_timeout,
        idle_timeout=limit or usual.idle_timeout,
        total_timeout=limit or usual.total_timeout,
        follow_redirects=not args.no_follow,
        resend_body=args.resend_body,
        verify=not args.insecure,
        ca_file=args.cacert,
        max_bytes=args.max_bytes,
    )


def _header(text: str) -> Field:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no header; write 'Name: value'")
    return Field(name.strip(), value.strip(" \t"))


def _upload(text: str) -> tuple[str, str]:
    name, path = _pair(text)
    return name, options.file_name(path)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} lacks a name and an equals sign before it")
    return name, value


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
