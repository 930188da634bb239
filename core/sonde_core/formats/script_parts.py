"""Pieces of Python that scripts of sessions are put together from.

Each is written as a person would: it needs `connection`, which is open, and `TIMEOUT`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A function or class of a script.

    Attributes:
        modules: What it imports.
        needs: The parts that it calls, which stand before it.
    """

    source: str
    modules: tuple[str, ...] = ()
    needs: tuple[Part, ...] = ()


SHOW = Part(
    """\
def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()""",
    ("sys",),
)
RECEIVE = Part(
    '''\
def receive(size):
    """Print as many bytes as the recording had here; fewer when the peer ends."""
    while size > 0 and (data := connection.recv(min(size, 65536))):
        show(data)
        size -= len(data)''',
    needs=(SHOW,),
)
RECEIVE_ALL = Part(
    '''\
def receive_all():
    """Print what comes, to the peer's end."""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            show(data)''',
    ("contextlib",),
    needs=(SHOW,),
)
RECEIVE_MESSAGES = Part(
    '''\
def receive(count):
    """Print as many messages as the recording had here."""
    for _ in range(count):
        show(connection.recv(65535) or bytes())''',
    needs=(SHOW,),
)
RECEIVE_ALL_MESSAGES = Part(
    '''\
def receive_all():
    """Print what comes, to the peer's end."""
    while (data := connection.recv(65535)) is not None:
        show(data)''',
    needs=(SHOW,),
)
HEAR_ON = Part(
    '''\
def hear_on(seconds):
    """Print what comes after our last word, to the peer's end or for so long."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError, TimeoutError):
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            if not (data := connection.recv(65536)):
                return
            show(data)''',
    ("contextlib", "time"),
    needs=(SHOW,),
)
HEAR_ON_MESSAGES = Part(
    '''\
def hear_on(seconds):
    """Print what comes after our last word, to the peer's end or for so long."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError, TimeoutError):
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            if (data := connection.recv(65535)) is None:
                return
            show(data)''',
    ("contextlib", "time"),
    needs=(SHOW,),
)

# For steps that a person wrote: what was received and not expected yet is kept for the next one.
MORE = Part(
    '''\
pending = bytearray()
total = 0


def more():
    """Receive more of what is expected, and print it."""
    global total
    if not (data := connection.recv(65536)):
        sys.exit("The peer ended before it said what is expected.")
    show(data)
    pending.extend(data)
    total += len(data)''',
    ("sys",),
    needs=(SHOW,),
)
EXPECT_COUNT = Part(
    '''\
def receive(size):
    """Wait for as many bytes."""
    while len(pending) < size:
        more()
    del pending[:size]''',
    needs=(MORE,),
)
EXPECT_TOTAL = Part(
    '''\
def receive_until(size):
    """Wait until as many bytes came in all."""
    while total < size:
        more()''',
    needs=(MORE,),
)
PASS_OVER = Part(
    '''\
def pass_over():
    """Leave out the rest of an answer that may go on: what is there before we say more."""
    global total
    pending.clear()
    connection.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        while data := connection.recv(65536):
            show(data)
            total += len(data)
    connection.settimeout(TIMEOUT)''',
    ("contextlib",),
    needs=(MORE,),
)
PASS_OVER_MESSAGES = Part(
    '''\
def pass_over():
    """Leave out the messages that are there before we say more."""
    connection.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        while (data := connection.recv(65535)) is not None:
            show(data)
    connection.settimeout(TIMEOUT)''',
    ("contextlib",),
    needs=(SHOW,),
)
EXPECT_ALL = Part(
    '''\
def receive_all():
    """Print what comes, to the peer's end."""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            show(data)
    pending.clear()''',
    ("contextlib",),
    needs=(MORE,),
)
EXPECT = Part(
    '''\
def expect(wanted):
    """Wait for just these bytes."""
    while len(pending) < len(wanted) and wanted.startswith(pending):
        more()
    if not pending.startswith(wanted):
        sys.exit(f"Expected {wanted!r}, not {bytes(pending)!r}.")
    del pending[: len(wanted)]''',
    ("sys",),
    needs=(MORE,),
)
EXPECT_MATCH = Part(
    '''\
def expect_match(pattern):
    """Wait for bytes in which the pattern is found, maybe after more of what was before."""
    while not (found := re.search(pattern, pending, re.MULTILINE)):
        more()
    del pending[: found.end()]''',
    ("re",),
    needs=(MORE,),
)
EXPECT_MESSAGE = Part(
    '''\
def expect_match(pattern, passing=False):
    """Wait for a message in which the pattern is found; `passing` over others before it."""
    while True:
        data = connection.recv(65535)
        if data is None:
            sys.exit("The peer ended before it said what is expected.")
        show(data)
        if re.search(pattern, data, re.MULTILINE):
            return
        if not passing:
            sys.exit(f"Expected {pattern!r}, not {data!r}.")''',
    ("re", "sys"),
    needs=(SHOW,),
)
