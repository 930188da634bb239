"""Build the wheel, install it alone, and start the command beside a foreign `core` folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Fail loudly when the built wheel does not work on its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [sys.executable, "-m", "build", "--wheel", "--outdir", name, str(ROOT)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (wheel,) = folder.glob("*.whl")
        venv.create(folder / "alone", with_pip=True)
        python = folder / "alone" / "bin" / "python"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, str(wheel)], check=True)
        elsewhere = folder / "elsewhere"
        (elsewhere / "core").mkdir(parents=True)
        (elsewhere / "core" / "__init__.py").write_text("raise RuntimeError('a foreign core')\n")
        sonde = folder / "alone" / "bin" / "sonde"
        for arguments in (["--version"], ["send", "--help"]):
            run = [str(sonde), *arguments]
            print(subprocess.check_output(run, cwd=elsewhere, text=True).splitlines()[0])  # noqa: T201
        subprocess.run([str(python), "-c", "import sonde_tui.app"], cwd=elsewhere, check=True)


if __name__ == "__main__":
    main()
