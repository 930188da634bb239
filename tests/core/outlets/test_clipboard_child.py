"""The child's exit status says what came of a copy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sonde_core.outlets.clipboard_child import NO_CLIPBOARD, UNVERIFIED, VERIFIED


@pytest.mark.parametrize(
    ("display", "script", "status"),
    [
        (":99", 'case "$*" in *-o*) cat "$FAKE";; *) cat > "$FAKE";; esac', VERIFIED),
        (":99", "cat > /dev/null; exit 1", UNVERIFIED),
        (":99", 'case "$*" in *-o*) printf "\\377";; *) cat > /dev/null;; esac', UNVERIFIED),
        ("", "exit 1", NO_CLIPBOARD),
    ],
)
def test_status(tmp_path: Path, display: str, script: str, status: int) -> None:
    helper = tmp_path / "xclip"
    helper.write_text(f"#!/bin/sh\n{script}\n")
    helper.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sonde_core.outlets.clipboard_child"],
        input="é\n".encode(),
        env={**kept, "DISPLAY": display, "PATH": path, "FAKE": str(tmp_path / "kept")},
        check=False,
        capture_output=True,
    )
    assert done.returncode == status
    assert done.stdout == b""
