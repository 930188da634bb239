"""Hold the modules of the history to full branch coverage: `python -m tests.covered`.

It runs their own tests, and no others.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.torture.report import folder

ROOT: Final = Path(__file__).resolve().parent.parent
TESTS: Final = "tests/core/history"
# Also what a process does that a test starts, up to its end.
_SETTINGS: Final = """
[run]
branch = true
source = sonde_core.history
data_file = {where}/coverage
parallel = true
patch =
    subprocess
    _exit
"""


def main() -> int:
    """Run the tests and print what no test went through; returns the exit status."""
    python = [sys.executable, "-m"]
    with folder() as where:
        settings = where / "settings.ini"
        settings.write_text(_SETTINGS.format(where=where))
        measured = [*python, "coverage", "run", f"--rcfile={settings}", "-m"]
        failed = _run(*measured, "pytest", "-q", "-n", "3", TESTS)
        _run(*python, "coverage", "combine", "--quiet", f"--rcfile={settings}")
        for left in where.glob("coverage.*"):
            left.unlink()  # in pieces: of a process that was killed
        report = [*python, "coverage", "report", f"--data-file={where / 'coverage'}"]
        short = _run(*report, "--show-missing", "--skip-covered", "--fail-under=100")
    return failed or short


def _run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
