"""An HTTP request as a curl command for a POSIX shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..errors import BodyError
from ..history.entry import Entry
from ..http_request import HttpOptions, HttpRequest
from ..secret_contents import FORM
from .messages import sent_headers
from .plan import Plan, media_type_of, plan
from .shell import is_plain, printf, quote

# Linux takes 128 KiB for one argument of a command (execve(2)).
_ARGUMENT: Final = 100_000
# From here on curl asks the server first, with a header that we do not send.
_EXPECTING: Final = 1 << 20
# What curl says of data when it is told nothing else.
_OF_DATA: Final = ("Content-Type", FORM)
_GLOB: Final = re.compile(r"[\[\]{}]")
_ONE_LINE: Final = 100
_FOR_EVER: Final = 1e6  # seconds


def as_curl(entry: Entry, *, reveal: bool = False) -> str:
    """Write a command that sends the same method, URL, headers and body.

    There is no line feed at its end, so that pasting it does not run it.

    Raises:
        SondeError: The request cannot be sent as it is written, or its body is not kept.
    """
    request = entry.exchange.request
    if not isinstance(request, HttpRequest):
        raise BodyError("A session is no work for curl.", hint="Copy it as Python code.")
    made = plan(request, sent=sent_headers(entry.exchange), reveal=reveal)
    words = list(_words(made))
    if made.content is not None and not _fits_argument(made.content):
        words.insert(0, f"{printf(made.content)} | curl")
    else:
        words.insert(0, "curl")
    line = " ".join(words)
    return line if len(line) <= _ONE_LINE and "\n" not in line else " \\\n  ".join(words)


def _words(made: Plan) -> Iterator[str]:
    yield from _method(made)
    if _GLOB.search(made.url):
        yield "--globoff"
    if made.has_dot_segments:
        yield "--path-as-is"
    if made.accepts:
        yield "--compressed"
    yield from _options(made.options)
    if made.auth.kind == "basic":
        yield f"--user {quote(f'{made.auth.user}:{made.auth.secret}')}"
    yield from _headers(made)
    yield from _body(made)
    yield quote(made.url)


def _method(made: Plan) -> Iterator[str]:
    has_body = made.content is not None or made.path or _is_multipart(made)
    if made.method == "HEAD" and not has_body:
        yield "--head"
    elif made.method != ("POST" if has_body else "GET"):
        yield f"-X {quote(made.method)}"


def _options(options: HttpOptions) -> Iterator[str]:
    if not options.verify:
        yield "--insecure"
    if options.ca_file:
        yield f"--cacert {quote(options.ca_file)}"
    if options.follow_redirects:
        yield f"--location --max-redirs {options.max_redirects}"
    if options.total_timeout is not None and options.total_timeout < _FOR_EVER:
        yield f"--max-time {options.total_timeout:.3f}".rstrip("0").rstrip(".")
    if not options.use_proxy:
        yield "--noproxy '*'"


def _headers(made: Plan) -> Iterator[str]:
    has_data = made.content is not None or bool(made.path)
    for name, value in made.headers:
        if not (has_data and (name, value) == _OF_DATA):
            yield f"-H {quote(f'{name}: {value}' if value else f'{name};')}"
    # What curl would add by itself: a type that makes a form of anything, and a question.
    if has_data and not made.named("content-type"):
        yield "-H 'Content-Type:'"
    if made.content and len(made.content) >= _EXPECTING and not made.named("expect"):
        yield "-H 'Expect:'"


def _body(made: Plan) -> Iterator[str]:
    if made.path:
        yield f"--data-binary {quote('@' + _file(made.path))}"
    elif made.content is None:
        for row in made.fields:
            yield f"--form-string {quote(f'{_form_name(row.name)}={row.value}')}"
        for upload in made.uploads:
            path = _file(upload.path).replace("\\", "\\\\").replace('"', '\\"')
            source = f'@"{path}";type={media_type_of(upload.path)}'
            yield f"--form {quote(f'{_form_name(upload.name)}={source}')}"
    elif _fits_argument(made.content):
        yield f"--data-raw {quote(made.content.decode('utf-8'))}"
    else:
        yield "--data-binary @-"


def _is_multipart(made: Plan) -> bool:
    return bool(made.fields or made.uploads)


def _fits_argument(content: bytes) -> bool:
    return len(content) <= _ARGUMENT and is_plain(content)


def _file(path: str) -> str:
    """Name a file so that it is not taken for standard input."""
    return "./-" if path == "-" else path


def _form_name(name: str) -> str:
    if "=" in name:
        raise BodyError(
            f"The form field {name!r} cannot be named to curl, because of its equals sign.",
            hint="Copy it as Python code.",
        )
    return name
