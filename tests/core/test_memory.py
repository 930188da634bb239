"""What a process of ours may take."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sonde_core import memory


def run(code: str) -> str:
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return told.stdout.strip()


@pytest.mark.skipif(not memory.taken(), reason="the system does not tell what is taken")
def test_no_more_than_the_limit_can_be_taken_and_the_limit_may_change() -> None:
    code = """
from sonde_core import memory
first = memory.limit(memory.taken() + memory.LEAST)
try:
    bytes(2 * memory.LEAST)
except MemoryError:
    print("refused")
memory.limit(first + 4 * memory.LEAST)
print(len(bytes(2 * memory.LEAST)) == 2 * memory.LEAST)
"""
    assert run(code).split() == ["refused", "True"]


@pytest.mark.skipif(not memory.taken(), reason="the system does not tell what is free")
def test_no_limit_is_above_what_is_free() -> None:
    code = "from sonde_core import memory; print(memory.limit(1 << 50))"
    assert memory.LEAST <= int(run(code)) < 1 << 50
