"""The words of an HTTP request on the command line: METHOD, URL and what goes with them."""

from __future__ import annotations

import argparse
import re
from argparse import Namespace
from typing import Final

from sonde_core.body import Body, Spool
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload

from . import options, standard_input

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
# A method is a token (RFC 9110, section 9.1).
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def add(parser: options.Parser) -> None:
    """Describe them."""
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
    parser.set_defaults(parser=parser)


def read(args: Namespace) -> HttpRequest:
    """Build the request; ends with a usage error where the words make none.

    Raises:
        SondeError: Standard input cannot be read, or there is no room for it.
    """
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
        case [url] if url in _METHODS:
            args.parser.error(f"the URL is missing after {url}")
        case [url]:
            return default, url
        case [method, url] if _TOKEN.fullmatch(method):
            return method.upper() if method.upper() in _METHODS else method, url
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
    for data in standard_input.slices(1 << 18):
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
