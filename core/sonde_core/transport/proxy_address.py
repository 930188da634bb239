"""Text ⇄ the address of a proxy, with the credentials kept out of what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import unquote

from ..endpoint import join_host, parse
from ..errors import EndpointSyntaxError, RequestError
from ..quoting import quoted
from ..secrets import MASK

_HINT: Final = "Write socks5://[user:password@]host:port or http://[user:password@]host:port."
# With SOCKS5 the proxy looks names up, as curl does for socks5h.
_SCHEMES: Final[dict[str, Literal["socks5", "http"]]] = {
    "socks5": "socks5",
    "socks5h": "socks5",
    "http": "http",
}


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """Where a proxy is; as text it shows no credentials."""

    scheme: Literal["socks5", "http"]
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        return join_host(self.host, self.port)

    def __str__(self) -> str:
        who = f"{MASK}@" if self.user or self.password else ""
        return f"{self.scheme}://{who}{self.address}"


def parse_proxy(text: str) -> ProxyAddress:
    """Read a proxy's address; special characters of user and password are percent-encoded.

    Raises:
        RequestError: It is none; what it says holds no credentials.
    """
    scheme, sign, rest = text.strip().partition("://")
    who, _, where = rest.removesuffix("/").rpartition("@")
    known = _SCHEMES.get(scheme.lower()) if sign else None
    if known is None:
        shown = quoted(f"{scheme}://" if sign else scheme.rpartition("@")[2])
        raise RequestError(f"{shown} begins no proxy address.", hint=_HINT, phase="request")
    try:
        endpoint = parse(f"tcp://{where}")
    except EndpointSyntaxError as error:
        text = f"{quoted(where)} is no address of a proxy."
        raise RequestError(text, hint=_HINT, phase="request") from error
    user, _, password = who.partition(":")
    # As bytes they are what was typed, be that UTF-8 or not.
    user, password = (unquote(part, errors="surrogateescape") for part in (user, password))
    return ProxyAddress(known, endpoint.host, endpoint.port, user, password)
