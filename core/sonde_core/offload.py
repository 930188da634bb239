"""Work on a large body in a process of its own: file in, file out, so that no frame is lost.

The process is this module, run with `python -m`. Its memory is limited: indenting can make a body
many times larger.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from . import memory
from .body import Body, PrivateFile
from .errors import BodyError, SondeError
from .safetext import utf8_type

SECONDS: Final = 60.0
Task: TypeAlias = Literal["pretty"]

# Of a body; room for the interpreter and the result comes with it.
_COPIES: Final = 6
# How a process ends where the system has no memory left, and a library that does not expect it.
_SHORT_OF_MEMORY: Final = frozenset({-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT})
_FAILED: Final[dict[Task, tuple[str, str]]] = {
    "pretty": ("Formatting the body", "It is shown as received."),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What the process made; no body means: as it was."""

    body: Body | None = None
    note: str = ""
    hint: str = ""


async def offload(task: Task, body: Body, *, seconds: float = SECONDS) -> Done:
    """Run a task on a body; the process ends with the caller's cancellation.

    Raises:
        BodyError: The task failed, or took too long.
    """
    source, result = await asyncio.to_thread(_files, body)
    job = {
        "task": task,
        "source": str(source.path if source else body.path),
        "result": str(result.path),
        "size": body.size,
        "type": body.media_type,
    }
    answer = await _run(task, json.dumps(job).encode(), seconds)
    if "error" in answer:
        raise BodyError(str(answer["error"]), hint=str(answer["hint"]))
    made = None
    if "sha256" in answer:
        size, sha256 = int(str(answer["size"])), str(answer["sha256"])
        made = Body.in_file(result.path, size, sha256, owner=result)
        made = made.described(media_type=utf8_type(body.media_type))
    return Done(made, str(answer["note"]), str(answer["hint"]))


def _files(body: Body) -> tuple[PrivateFile | None, PrivateFile]:
    source = None
    try:
        if body.path is None:
            data = body.read()
            source = PrivateFile()
            source.stream.write(data)
            source.stream.flush()
        return source, PrivateFile()
    except OSError as error:
        raise BodyError(
            f"Could not format the body: {error.strerror}.",
            hint="Free some space in the temporary folder.",
        ) from error


async def _run(task: Task, job: bytes, seconds: float) -> dict[str, object]:
    try:
        # -P: the folder we stand in must not lend its modules to the process.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise BodyError(f"Could not start a process for it: {error.strerror}.") from error
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(job)
    except TimeoutError:
        what, hint = _FAILED[task]
        raise BodyError(f"{what} was not done within {seconds:g} s.", hint=hint) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode in _SHORT_OF_MEMORY:
        what, hint = _FAILED[task]
        raise BodyError(f"{what} was ended by the system: the memory is short.", hint=hint)
    if process.returncode != 0:
        raise BodyError(f"The process for it ended with {process.returncode}.")
    answer: dict[str, object] = json.loads(output)
    return answer


def main() -> None:
    """Do one job from stdin and tell on stdout what came of it."""
    from .pretty import render

    job = json.load(sys.stdin)
    source, size = Path(job["source"]), int(job["size"])
    gc.disable()  # one job, and millions of objects that all are wanted
    limit = memory.limit(memory.LEAST + _COPIES * size)
    try:
        data = source.read_bytes()[:size]
        done = render(data, job["type"], measured=False)
        answer = {"note": done.note, "hint": done.hint}
        if done.text is not None:
            Path(job["result"]).write_bytes(done.text)
            digest = hashlib.sha256(done.text).hexdigest()
            answer |= {"size": str(len(done.text)), "sha256": digest}
    except SondeError as error:
        answer = {"error": error.message, "hint": error.advice}
    except OSError as error:
        answer = {"error": f"Could not format the body: {error.strerror}.", "hint": ""}
    except MemoryError:
        answer = _out_of_memory(job["task"], limit)
    sys.stdout.write(json.dumps(answer))


def _out_of_memory(task: Task, limit: int) -> dict[str, str]:
    from .words import size

    what, hint = _FAILED[task]
    return {"error": f"{what} takes more than {size(limit)} of memory, the limit.", "hint": hint}


if __name__ == "__main__":
    main()
