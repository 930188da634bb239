"""An HTTP request as a script of its own for httpx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import BodyError
from ..history.entry import Entry
from ..http_request import Field, HttpOptions, HttpRequest, Upload
from .literals import literal, readable, text_or_bytes
from .messages import sent_headers
from .plan import Plan, media_type_of, plan

# A path and a query that httpx sends as they are; it rewrites others.
_USUAL: Final = re.compile(
    r"(?:/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?)+(?:\?(?:[A-Za-z0-9._~=&+-]|%[0-9A-F]{2})*)?"
)
# Codings that httpx takes off with a package more.
_EXTRA: Final = frozenset({"br", "zstd"})
_EXTRAS: Final = "# An answer in br or zstd needs: pip install 'httpx[brotli,zstd]'"
_MASKED: Final = "# Secrets are masked: put them in place of the stars."


def as_httpx(entry: Entry, *, reveal: bool = False) -> str:
    """Write a script that sends the same method, URL, headers and body and prints the answer.

    Raises:
        SondeError: The request cannot be sent as it is written, or its body is not kept.
    """
    request = entry.exchange.request
    if not isinstance(request, HttpRequest):
        raise BodyError("A session is no work for httpx.", hint="Copy it as a socket script.")
    sent = sent_headers(entry.exchange)
    made = plan(request, sent=sent, reveal=reveal)
    lines = [f"# {made.method} {made.url}"]
    if made != plan(request, sent=sent, reveal=True):
        lines.append(_MASKED)
    if made.accepts & _EXTRA:
        lines.append(_EXTRAS)
    lines += ["", *_imports(made), "", *_client(made)]
    return "\n".join(lines) + "\n"


def _imports(made: Plan) -> Iterator[str]:
    if made.options.verify and made.options.ca_file:
        yield "import ssl"
    yield "import sys"
    if made.path or made.uploads:
        yield "from pathlib import Path"
    yield ""
    yield "import httpx"


def _client(made: Plan) -> Iterator[str]:
    # A target that is sent as written would be sent again to the place of a redirect.
    exact = _USUAL.fullmatch(made.target) is None
    follows = made.options.follow_redirects
    yield "with httpx.Client("
    yield from (f"    {option}," for option in _options(made.options, follows and not exact))
    yield ") as client:"
    yield "    response = client.request("
    yield from (f"        {text}" for text in _arguments(made, exact=exact))
    yield "    )"
    if exact and follows:
        yield "    if response.next_request is not None:"
        yield "        following = response.next_request"
        yield '        following.extensions.pop("target", None)'
        yield "        response = client.send(following, follow_redirects=True)"
    yield "print(response.status_code, response.reason_phrase, file=sys.stderr)"
    yield "sys.stdout.buffer.write(response.content)"


def _options(options: HttpOptions, follows: bool) -> Iterator[str]:
    idle, connect = literal(options.idle_timeout), literal(options.connect_timeout)
    yield f"timeout=httpx.Timeout({idle}, connect={connect})"
    if follows:
        yield "follow_redirects=True"
    if options.follow_redirects:
        yield f"max_redirects={options.max_redirects}"
    if not options.verify:
        yield "verify=False"
    elif options.ca_file:
        yield f"verify=ssl.create_default_context(cafile={literal(options.ca_file)})"
    if not options.use_proxy:
        yield "trust_env=False"


def _arguments(made: Plan, *, exact: bool) -> Iterator[str]:
    yield f"{literal(made.method)},"
    yield f"{literal(made.url, indent=8)},"
    if made.headers:
        yield "headers=["
        yield from (f"    {_header(name, value)}," for name, value in made.headers)
        yield "],"
    if made.auth.kind == "basic":
        user, secret = (literal(text_or_bytes(part)) for part in (made.auth.user, made.auth.secret))
        yield f"auth=({user}, {secret}),"
    yield from _body(made)
    if exact:
        target = literal(made.target.encode("ascii"), indent=8)
        yield f'extensions={{"target": {target}}},'


def _header(name: str, value: str) -> str:
    plain = text_or_bytes(value)
    key = name if isinstance(plain, str) else name.encode("ascii")
    return f"({literal(key)}, {literal(plain, indent=12)})"


def _body(made: Plan) -> Iterator[str]:
    if made.path:
        yield f"content={_read(made.path)},"
    elif made.content:
        yield f"content={literal(readable(made.content), indent=8)},"
    elif made.fields or made.uploads:
        yield "files=["
        yield from (f"    {_field(row)}," for row in made.fields)
        yield from (f"    {_upload(upload)}," for upload in made.uploads)
        yield "],"


def _field(row: Field) -> str:
    value = text_or_bytes(row.value)
    return f"({literal(row.name)}, (None, {literal(value, indent=12)}))"


def _upload(upload: Upload) -> str:
    name, media_type = literal(Path(upload.path).name), literal(media_type_of(upload.path))
    return f"({literal(upload.name)}, ({name}, {_read(upload.path)}, {media_type}))"


def _read(path: str) -> str:
    return f"Path({literal(path)}).read_bytes()"
