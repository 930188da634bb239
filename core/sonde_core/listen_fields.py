"""What a listener may be told, as a person writes it: a text for each field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from . import option_texts, payload, quantity
from .endpoint import SESSION_SCHEMES, STREAM_SCHEMES, WEB_SOCKET_SCHEMES, parse
from .errors import RequestError
from .option_texts import NO, YES
from .session_request import SessionOptions, TlsVersion

if TYPE_CHECKING:
    from .serving.rule import Rule

BY_HAND, ECHO, RULES, HTTP, RECORDING, FORWARD = MANNERS = (
    "by hand",
    "echo",
    "rules",
    "HTTP",
    "recording",
    "forward",
)

_TLS: Final = frozenset({"tls", "wss", "tcp", "unix"})  # a plain session may be upgraded
_SWITCH: Final = (YES, NO)
MOST_CLIENTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class ListenField:
    """One thing that a listener is told.

    Attributes:
        label: What it is, in a word or three.
        hint: What can be written.
        manner: Where it means something; empty for every one.
        schemes: Where it means something.
        choices: The only texts there are; empty for any.
        usual: What stands there when nobody wrote anything.
    """

    name: str
    label: str
    hint: str = ""
    manner: str = ""
    schemes: frozenset[str] = SESSION_SCHEMES
    choices: tuple[str, ...] = ()
    usual: str = ""


_OWN: Final = (
    ListenField("rules", "rules", manner=RULES),
    ListenField(
        "framing", "cut a stream", "", RULES, STREAM_SCHEMES, ("auto", "lines", "stream"), "auto"
    ),
    ListenField("status", "status", "200 to 999", HTTP, usual="200"),
    ListenField("body", "body", r"text, with \r \n \xHH; or @ and a file", HTTP),
    ListenField("pace", "pace", "", RECORDING, choices=("fast", "recorded"), usual="fast"),
    ListenField("strict", "let go if different", "", RECORDING, choices=(NO, YES), usual=NO),
    ListenField("forward", "to", "tcp://host:port   tls://   udp://   ws://   unix:/path", FORWARD),
    ListenField("there", "faults on the way there", "delay 0.2, rate 10 KB, cut 1 MB", FORWARD),
    ListenField("back", "faults on the way back", "delay 0.2, rate 10 KB, slice 1", FORWARD),
    ListenField("fill", "fill in the greeting", "", choices=_SWITCH, usual=YES),
    ListenField("idle", "let idle clients go", "after seconds; empty for never"),
    ListenField("max_clients", "clients at most", "more are refused", usual="1000"),
    ListenField("certificate", "certificate", "PEM file; empty makes one", schemes=_TLS),
    ListenField("key", "key", "PEM file; empty when it stands with the chain", schemes=_TLS),
    ListenField("client_ca", "ask clients for one", "PEM file of its issuers", schemes=_TLS),
    ListenField("alpn", "ALPN", "protocols we speak, such as h2, http/1.1", schemes=_TLS),
    ListenField(
        "min_tls",
        "oldest TLS",
        schemes=_TLS,
        choices=get_args(TlsVersion),
        usual=SessionOptions().min_tls,
    ),
    ListenField("subprotocols", "subprotocols", "that we speak", schemes=WEB_SOCKET_SCHEMES),
    ListenField("compression", "compression", "", "", WEB_SOCKET_SCHEMES, _SWITCH, YES),
)
# Options of sockets that mean something for those that are accepted.
OF_SOCKETS: Final = ("nodelay", "keepalive", "linger", "send_buffer", "receive_buffer", "interface")


def _of_sockets() -> tuple[ListenField, ...]:
    usual = SessionOptions()
    return tuple(
        ListenField(
            each.name,
            each.label,
            each.hint,
            schemes=each.schemes,
            choices=each.choices,
            usual=option_texts.text_of(usual, each.name),
        )
        for each in option_texts.OPTIONS
        if each.name in OF_SOCKETS
    )


FIELDS: Final = (*_OWN, *_of_sockets())
USUAL: Final[Mapping[str, str]] = {each.name: each.usual for each in FIELDS}


def fields_of(scheme: str, manner: str) -> list[ListenField]:
    """Return what means something for a scheme and a manner, in order."""
    return [each for each in FIELDS if scheme in each.schemes and each.manner in ("", manner)]


def read_field(name: str, text: str, names: Collection[str] | None = ()) -> object:
    """Read one field from its text.

    Args:
        name: Of the field.
        text: As it was written.
        names: What the replies of rules may name besides what they catch; None for any name.

    Raises:
        SondeError: It is none; the sentence says what is wrong with it.
    """
    text = text if name in ("rules", "body") else text.strip()
    if name in OF_SOCKETS or name in ("alpn", "subprotocols", "compression"):
        return getattr(option_texts.read_options({name: text}), name)
    return _rules(text, names) if name == "rules" else _READ.get(name, str)(text)


def _yes(text: str) -> bool:
    return text == YES


def _rules(text: str, names: Collection[str] | None) -> tuple[Rule, ...]:
    from .serving.rule_text import read_rules

    rules = read_rules(text, names)
    if not rules:
        raise RequestError(
            "There are no rules yet.", hint=r"Write one a line, such as PING=PONG\r\n."
        )
    return rules


def _status(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 3 and int(text) >= 200):
        raise RequestError(
            f"The status is none: {text!r}.", hint="Choose one from 200 to 999 to answer with."
        )
    return int(text)


def _body(text: str) -> str | bytes:
    """Return the bytes, or the name of the file that they stand in."""
    if not text.startswith("@"):
        return payload.unescape(text)
    if not text[1:]:
        raise RequestError("There is no file behind the @.", hint=r"To send an @, write \x40.")
    return text[1:]


def _far(text: str) -> str:
    if not text:
        raise RequestError(
            "There is no address to forward to yet.", hint="Write one, such as tcp://host:80."
        )
    parse(text)
    return text


def _faults(text: str) -> object:
    from .serving.fault_text import read_faults

    return read_faults(text)


def _idle(text: str) -> float | None:
    return quantity.seconds(text, "The time until idle clients go") if text else None


def _clients(text: str) -> int:
    number = quantity.count(text, "The most clients", most=MOST_CLIENTS)
    if not number:
        raise RequestError("A listener for no client is none.", hint="Let one in at least.")
    return number


_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "status": _status,
    "body": _body,
    "strict": _yes,
    "forward": _far,
    "there": _faults,
    "back": _faults,
    "fill": _yes,
    "idle": _idle,
    "max_clients": _clients,
}
