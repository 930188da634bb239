"""Hold the store of the history to full branch coverage: `python -m tests.covered`.

It runs the tests of the modules that the store is made of, and no others.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.torture.report import folder

ROOT: Final = Path(__file__).resolve().parent.parent
MODULES: Final = (
    "begun",
    "bodies",
    "compaction",
    "disk",
    "identity",
    "lines",
    "lock",
    "pending",
    "recovery",
    "retrying",
    "snapshot",
    "store",
    "telling",
    "torn",
    "troubles",
)


def main() -> int:
    """Run the tests and print what no test went through; returns the exit status."""
    place = ROOT / "tests/core/history"
    tests = [str(path) for name in MODULES if (path := place / f"test_{name}.py").exists()]
    python = [sys.executable, "-m"]
    with folder() as where:
        environment = {**os.environ, "COVERAGE_FILE": str(where / "coverage")}
        run = [*python, "pytest", "-q", "-n", "3", *tests]
        run += ["--cov=sonde_core.history", "--cov-branch", "--cov-report="]
        failed = subprocess.run(run, cwd=ROOT, env=environment, check=False).returncode
        wanted = ",".join(f"core/sonde_core/history/{name}.py" for name in MODULES)
        report = [*python, "coverage", "report", "-m", f"--include={wanted}", "--fail-under=100"]
        short = subprocess.run(report, cwd=ROOT, env=environment, check=False).returncode
    return failed or short


if __name__ == "__main__":
    sys.exit(main())
