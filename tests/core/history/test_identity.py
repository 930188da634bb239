from __future__ import annotations

import threading
import time
import uuid

from sonde_core.history.identity import Identities, new_id


def test_ids_are_version_seven_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(Identities().new())
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_grow_though_the_clock_stands_or_goes_back() -> None:
    ids = Identities()
    made = [ids.new(5_000_000)] + [ids.new(4_000_000) for _ in range(5000)]
    made.append(ids.new(5_000_001))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_two_processes_in_one_millisecond_differ() -> None:
    assert Identities().new(1) != Identities().new(1)


def test_threads_never_get_the_same() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(new_id() for _ in range(500))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4000
