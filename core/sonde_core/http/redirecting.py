"""Where a redirect leads, and what of the request goes there (RFC 9110, section 15.4)."""

from __future__ import annotations

from typing import Final

from ..body import EMPTY
from ..errors import EndpointSyntaxError, HttpError
from ..http_request import HttpOptions
from ..model import HttpResponse
from ..quoting import brief, quoted
from ..secrets import is_secret_header, mask_url
from . import urls
from .outgoing import Outgoing, ascii_host

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OF_THE_BODY: Final = frozenset(
    {"content-type", "content-length", "content-encoding", "transfer-encoding"}
)


def leads_on(status: int, location: str, options: HttpOptions) -> bool:
    """Whether an answer sends us on to another place."""
    return options.follow_redirects and status in _REDIRECTS and bool(location)


def next_request(
    before: Outgoing, head: HttpResponse, followed: int, options: HttpOptions
) -> Outgoing | None:
    """Return the request that an answer sends us on to; None when it does not.

    Args:
        before: What was answered.
        head: The answer's.
        followed: Redirects on the way here.
        options: What the person wants of redirects.

    Raises:
        HttpError: It leads nowhere, or there were too many.
    """
    location = head.header("location")
    if not leads_on(head.status, location, options):
        return None
    if followed >= options.max_redirects:
        raise HttpError(
            f"More than {options.max_redirects} redirects; the last one leads to "
            f"{quoted(brief(mask_url(location)))}.",
            hint="The server may send us round in circles; see the redirects.",
            phase="receive",
        )
    try:
        after = redirected(before, head.status, location)
    except EndpointSyntaxError:
        after = None
    if after is None:
        raise HttpError(
            f"The redirect leads to {quoted(brief(mask_url(location)))}, which is no HTTP URL.",
            hint="The answer is shown as it came.",
            phase="receive",
        )
    return after


def redirected(before: Outgoing, status: int, location: str) -> Outgoing | None:
    """Return the request that a redirect asks for; None for no URL.

    Credentials, cookies and tokens go to the same scheme, host and port only.

    Raises:
        EndpointSyntaxError: The host cannot be one.
    """
    url = urls.follow(before.url, location)
    if url is None:
        return None
    host = ascii_host(url.endpoint.host)
    leaves = url.origin != before.url.origin
    drop_body = (status == 303 and before.method != "HEAD") or (
        status in (301, 302) and before.method == "POST"
    )
    headers = [("Host", urls.host_header(url.endpoint.scheme, host, url.endpoint.port))]
    for name, value in before.headers:
        lowered = name.lower()
        secret = leaves and is_secret_header(name)
        if lowered != "host" and not secret and not (drop_body and lowered in _OF_THE_BODY):
            headers.append((name, value))
    method = "GET" if drop_body else before.method
    return Outgoing(method, url, host, tuple(headers), EMPTY if drop_body else before.body)


def carries_body_away(before: Outgoing, after: Outgoing) -> bool:
    """Whether a redirect would give the body to another origin."""
    return bool(after.body.size) and after.url.origin != before.url.origin
