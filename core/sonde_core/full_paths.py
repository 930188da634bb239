"""Paths of files and sockets as they are recorded: whole.

What a person types may be relative to the folder they are in; a replay may begin in another one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from .endpoint import UNIX_PATH_LIMIT, parse
from .errors import EndpointSyntaxError
from .http_request import HttpRequest
from .listen_request import ListenRequest
from .session_request import SessionOptions, SessionRequest


def of_call(request: HttpRequest) -> HttpRequest:
    """Return a request whose body, uploads and issuers are found from any folder."""
    body, options = request.body, request.options
    uploads = tuple(replace(upload, path=_full(upload.path)) for upload in body.uploads)
    if (path := _full(body.path)) != body.path or uploads != body.uploads:
        request = replace(request, body=replace(body, path=path, uploads=uploads))
    if (issuers := _full_pem(options.ca_file)) != options.ca_file:
        request = replace(request, options=replace(options, ca_file=issuers))
    return request


def of_session(request: SessionRequest) -> SessionRequest:
    """Return a request whose socket and certificates are found from any folder."""
    address, options = _full_address(request.address), of_options(request.options)
    if address == request.address and options is request.options:
        return request
    return replace(request, address=address, options=options)


def of_listener(request: ListenRequest) -> ListenRequest:
    """Return a request whose sockets and certificates are found from any folder."""
    forward = request.forward
    if forward is not None:
        address, options = _full_address(forward.address), of_options(forward.options)
        forward = replace(forward, address=address, options=options)
    return replace(
        request,
        address=_full_address(request.address),
        certificate=_full_pem(request.certificate),
        key=_full_pem(request.key),
        client_ca=_full_pem(request.client_ca),
        forward=forward,
    )


def of_options(options: SessionOptions) -> SessionOptions:
    """Return options whose certificates are found from any folder."""
    full = replace(
        options,
        ca_file=_full_pem(options.ca_file),
        certificate=_full_pem(options.certificate),
        key=_full_pem(options.key),
    )
    return options if full == options else full


def _full_address(address: str) -> str:
    """Return an address with the whole path of its socket, where that is not too long for one."""
    try:
        endpoint = parse(address, listening=True)
    except EndpointSyntaxError:
        return address  # who opens it tells
    if not endpoint.is_unix or endpoint.path.startswith("@"):
        return address
    path = _full(endpoint.path)
    if path == endpoint.path or len(os.fsencode(path)) > UNIX_PATH_LIMIT:
        return address
    return f"{endpoint.scheme}:{path}"


def _full_pem(path: str) -> str:
    """Return the same path for any folder; `~` is the person's own, as where it is read."""
    try:
        return _full(str(Path(path).expanduser())) if path.startswith("~") else _full(path)
    except RuntimeError:  # nobody has that home
        return path


def _full(path: str) -> str:
    if not path or os.path.isabs(path):
        return path
    try:
        return str(Path(path).absolute())
    except OSError:  # the folder we are in is gone
        return path
