from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sonde_core.history.troubles import PathError, check_path, unwritable, words


@pytest.mark.parametrize("text", ["~", "~nobody/x", "a\0b", "\ud800", "x/\udfff"])
def test_a_path_that_can_name_no_file_is_refused(text: str) -> None:
    with pytest.raises(PathError):
        check_path(Path(text))


@pytest.mark.parametrize("text", ["/x/~y", "a b", "ä", "\udc80"])
def test_other_paths_are_fine(text: str) -> None:
    check_path(Path(text))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "no room left"),
        (errno.EDQUOT, "no room left"),
        (errno.EFBIG, "no room left"),
        (errno.EACCES, "not allowed"),
        (errno.EROFS, "not allowed"),
        (errno.ELOOP, "symbolic link"),
        (errno.EIO, "input/output error"),
    ],
)
def test_each_code_is_told_in_words(code: int, said: str) -> None:
    error = OSError(code, os.strerror(code), "/a/history.json.lock")
    assert said in words(error)
    assert unwritable(error, Path("/a/history.json")).message.startswith(
        "/a/history.json.lock could not be written: "
    )
    assert words(OSError()) == "it failed"
