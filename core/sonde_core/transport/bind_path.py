"""Unix sockets to listen on, with an error that says what is in the way."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
import sys
from pathlib import Path
from typing import Final

from ..endpoint import Endpoint
from ..errors import BindError
from ..session_request import SessionOptions
from . import sockopts
from .bound import Bound
from .edge import explain
from .holder import is_path_held, path_holder
from .unix import address

BACKLOG: Final = 512


async def bind_path(endpoint: Endpoint, options: SessionOptions) -> Bound:
    """Bind a socket path or an abstract name, for streams or datagrams, and listen.

    A path that nobody listens on any more is taken; nobody else may use what is bound.

    Raises:
        BindError: It is taken, or it cannot be made.
    """
    try:
        return _bind(endpoint, options)
    except FileExistsError as error:
        who = await asyncio.to_thread(path_holder, endpoint.path)
        raise _live(endpoint, who) from error
    except FileNotFoundError as error:
        raise BindError(
            f"Could not listen on {endpoint}: its folder is not there.",
            hint="Make the folder, or choose another one.",
            phase="bind",
        ) from error
    except PermissionError as error:
        raise BindError(
            f"Could not listen on {endpoint}: you may not write into its folder.",
            hint="Choose a folder of yours.",
            phase="bind",
        ) from error
    except OSError as error:
        told = explain(error, endpoint, "bind")
        hint = "Choose another path." if told.advice == BindError.hint else told.advice
        raise BindError(told.message, hint=hint, phase="bind") from error


def _bind(endpoint: Endpoint, options: SessionOptions) -> Bound:
    """Bind a path or an abstract name; raises FileExistsError when a server has it."""
    path = Path(endpoint.path)
    abstract = endpoint.path.startswith("@")
    if not abstract:
        _clear_stale(endpoint, path)
    kind = socket.SOCK_DGRAM if endpoint.is_message else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_UNIX, kind)
    try:
        sock.setblocking(False)
        sockopts.apply(sock, options)
        if sys.platform == "linux":  # it makes the file so: open to others at no time
            os.fchmod(sock.fileno(), 0o600)
        sock.bind(address(endpoint.path))
        if not abstract:
            path.chmod(0o600)
        if kind is socket.SOCK_STREAM:
            sock.listen(BACKLOG)
        if abstract:
            return Bound(endpoint, (sock,))
        mine = path.lstat()
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:  # it came between our look and our bind
            raise FileExistsError from error
        raise
    return Bound(endpoint, (sock,), release=lambda: _remove(path, mine))


def _clear_stale(endpoint: Endpoint, path: Path) -> None:
    """Remove a socket that nobody listens on; asyncio's own way removes live ones as well."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise BindError(
            f"{endpoint.path} is there already and is no socket.",
            hint="Choose another path; a file is never removed for you.",
            phase="bind",
        )
    # A server takes our asking for a client that leaves at once, so the kernel is asked first.
    if is_path_held(endpoint.path) or _answers(endpoint.path):
        raise FileExistsError
    _remove(path, found)


def _answers(path: str) -> bool:
    """Tell whether somebody listens on a socket path; if in doubt, somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError as error:
            # A datagram socket refuses a stream; a full queue would block. Both are alive.
            if error.errno in (errno.EPROTOTYPE, errno.EAGAIN):
                return True
            raise
    return True


def _live(endpoint: Endpoint, who: str) -> BindError:
    return BindError(
        f"{endpoint.path} is in use by {who or 'a server that runs'}.",
        hint="Choose another path, or stop that server.",
        phase="bind",
    )


def _remove(path: Path, known: os.stat_result) -> None:
    """Remove a socket file if it is still the one we know."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        if (found.st_ino, found.st_dev) == (known.st_ino, known.st_dev):
            path.unlink()
