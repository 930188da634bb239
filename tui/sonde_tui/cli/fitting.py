"""Whether flags fit what a session is opened to: else they would be left out without a word."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from sonde_core.endpoint import DATAGRAM_SCHEMES, SESSION_SCHEMES, parse
from sonde_core.errors import RequestError, SondeError, TlsError
from sonde_core.listen_request import ListenRequest
from sonde_core.session_request import SessionOptions
from sonde_core.steps import UpgradeStep

from . import session_options

_SECURE: Final = ("tls", "wss")
_OF_LISTENERS: Final = {
    "cert": "certificate",
    "key": "key",
    "client_ca": "certificate",
    "alpn": "alpn",
    "accept_tls": "min_tls",
    "subprotocol": "subprotocols",
}


def refuse_foreign(args: Namespace, address: str, *, upgrades: bool) -> None:
    """Refuse flags, most of `session_options.add`, that mean nothing for an address.

    Args:
        args: The flags.
        address: Where to; one that is none is left to who opens it.
        upgrades: Whether TLS is put on the session later.

    Raises:
        RequestError: One of them is given.
    """
    fields = {name: field for name, field in session_options.FIELDS.items() if name != "proxy"}
    try:
        scheme = parse(address).scheme
    except SondeError:
        return
    if scheme in DATAGRAM_SCHEMES and getattr(args, "half_close", False):
        raise _foreign("half_close", scheme, SESSION_SCHEMES - DATAGRAM_SCHEMES)
    _refuse(args, fields, scheme, upgrades=upgrades)


def refuse_foreign_of_listener(args: Namespace, request: ListenRequest) -> None:
    """Refuse flags of `sonde listen` that mean nothing for where it listens.

    Raises:
        RequestError: One of them is given.
    """
    actions = (step for rule in request.rules for step in rule.actions)
    upgrades = any(isinstance(step, UpgradeStep) for step in (*actions, *request.script))
    fields = dict(_OF_LISTENERS)
    if args.forward is None:  # else they are for the far side as well
        names = session_options.OF_LISTENERS
        fields |= {name: session_options.FIELDS[name] for name in names}
    try:
        scheme = request.endpoint.scheme
    except SondeError:
        return
    _refuse(args, fields, scheme, upgrades=upgrades)


def _refuse(args: Namespace, fields: dict[str, str], scheme: str, *, upgrades: bool) -> None:
    """Refuse flags, each with the option of `SessionOptions` that it is like."""
    given = [name for name in fields if _is_given(getattr(args, name, None))]
    if not given:
        return
    from sonde_core.option_texts import OPTIONS
    from sonde_core.upgrading import TLS_OPTIONS

    known = {each.name: each.schemes for each in OPTIONS}
    for name in given:
        field = fields[name]
        if scheme not in known[field]:
            raise _foreign(name, scheme, known[field])
        if field in TLS_OPTIONS and scheme not in _SECURE and not upgrades:
            raise RequestError(
                f"{_flag(name)} means nothing for {_written(scheme)} as long as there is no TLS.",
                hint="Use tls:// or wss://, or put TLS on the session where it is to begin.",
            )


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value not in ("", [])


def _foreign(name: str, scheme: str, schemes: Collection[str]) -> RequestError:
    return RequestError(
        f"{_flag(name)} means nothing for {_written(scheme)}.",
        hint=f"It is for {', '.join(map(_written, sorted(schemes)))}.",
    )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _written(scheme: str) -> str:
    return f"{scheme}:" if scheme.startswith("unix") else f"{scheme}://"


def check_certificates(chosen: SessionOptions) -> None:
    """Make sure that files of certificates can be used, before anything is sent.

    Raises:
        RequestError: One cannot.
    """
    if not (chosen.certificate or chosen.key or chosen.ca_file):
        return
    from sonde_core.tls_contexts import client_context

    with _as_usage():
        client_context(
            chosen.verify, chosen.ca_file, certificate=chosen.certificate, key=chosen.key
        )


def check_certificates_of_listener(request: ListenRequest) -> None:
    """Make sure that a listener's files of certificates can be used, before it listens.

    Raises:
        RequestError: One cannot.
    """
    if not (request.certificate or request.client_ca):
        return
    from sonde_core.tls_contexts import server_context

    with _as_usage():
        server_context(request.certificate, request.key, client_ca=request.client_ca)


@contextmanager
def _as_usage() -> Iterator[None]:
    try:
        yield
    except TlsError as error:
        raise RequestError(error.message, hint=error.advice) from error
