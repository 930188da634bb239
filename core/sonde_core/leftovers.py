"""Private files of processes that were killed before they could remove them."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

# As `body.PrivateFile` names them.
_NAME: Final = re.compile(r"sonde-([1-9][0-9]{0,9})-[a-z0-9_]+")
# So many names of the temporary folder are looked at: a start must not wait for more.
_LOOKED_AT: Final = 20_000


def remove(folder: Path | None = None) -> int:
    """Remove the private files of dead processes of ours; never raises.

    Args:
        folder: The temporary folder unless given.

    Returns:
        How many files are gone.
    """
    gone = 0
    with suppress(OSError), os.scandir(folder or tempfile.gettempdir()) as names:
        for each in islice(names, _LOOKED_AT):
            found = _NAME.fullmatch(each.name)
            if found and _is_dead(int(found[1])):
                gone += _removed(each.path)
    return gone


def _is_dead(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _removed(path: str) -> bool:
    """Remove a plain file of ours that nobody has locked; tell whether it is gone.

    The lock tells of a process that lives in another container, where it has another number.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
