"""A crash leaves a report that only we can read, without the values of any variable."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from . import __version__
from .secrets import mask_url
from .settings import APP


def write(error: BaseException) -> Path:
    """Write where a crash happened; falls back to the temporary folder.

    Raises:
        OSError: No folder could be written.
    """
    # What an error says may hold a URL, or what a peer was told.
    text = f"{APP} {__version__}\n" + mask_url("".join(traceback.format_exception(error)))
    try:
        import platformdirs

        folder = Path(platformdirs.user_log_dir(APP, appauthor=False))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _write(folder, text)
    except OSError:
        return _write(Path(tempfile.gettempdir()), text)


def _write(folder: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix="sonde-crash-", suffix=".txt", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
    return Path(name)
