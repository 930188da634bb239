from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time

import pytest

from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Direction, EventKind, Exchange, Outcome
from sonde_core.search.query import PatternError
from sonde_core.serving.responder import WINDOW
from sonde_core.serving.rule import Rule
from sonde_core.serving.rule_text import read_rules
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import MessageKind, SendStep
from sonde_core.transport.listener import Listener
from tests.clients import as_client, read_to_end, read_until, serving
from tests.holding import lets_go_on


def ruled(text: str, address: str = "tcp://:0") -> ListenRequest:
    return ListenRequest(address, rules=read_rules(text))


async def ended(listener: Listener, number: int = 0) -> Exchange:
    async with asyncio.timeout(10):
        await listener.sessions[number].finished()
    return listener.sessions[number].exchange()


def notes(exchange: Exchange) -> list[str]:
    return [event.text for event in exchange.events() if event.kind is EventKind.NOTE]


async def test_every_message_of_a_session_is_answered() -> None:
    def talk(sock: socket.socket) -> bytes:
        heard = read_until(sock, b"220 hi\n")
        sock.sendall(b"HELO me\r\nPI")
        heard += read_until(sock, b"hello me\n")
        sock.sendall(b"NG\r\nwhat\r\nPING\r\nQUIT\r\n")
        return heard + read_to_end(sock)

    rules = (
        r"@connect=220 hi\n"
        "\n"
        r"/^HELO (\S+)/=hello {{1}}\n"
        "\n"
        r"PING=PONG {{counter}}\n"
        "\n"
        r"^QUIT$=bye\n!close"
        "\n"
        r"*=what is {{message}}"
    )
    async with serving(ruled(rules)) as listener:
        heard = await as_client(listener, talk)
        exchange = await ended(listener)
    assert heard == b"220 hi\nhello me\nPONG 1\nwhat is what\r\nPONG 2\nbye\n"
    assert exchange.outcome is Outcome.DONE
    assert listener.sessions[0].answered == 6


async def test_a_client_without_line_ends_is_answered_and_heard_on() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"Hello, server!")
        heard = read_until(sock, b"client!")
        sock.sendall(b"Hello, server!")
        return heard + read_until(sock, b"client!")

    async with serving(ruled("Hello=Hello, client!")) as listener:
        assert await as_client(listener, talk) == b"Hello, client!" * 2


async def test_captures_are_bytes_and_never_templates() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"SAY {{uuid}}\xff\n")
        return read_until(sock, b">")

    async with serving(ruled(r"/SAY (.*)$/=<{{1}}>")) as listener:
        assert await as_client(listener, talk) == b"<{{uuid}}\xff>"


@pytest.mark.parametrize(
    ("action", "outcome"), [("!close", Outcome.DONE), ("!reset", Outcome.DONE)]
)
async def test_a_rule_may_end_the_session(action: str, outcome: Outcome) -> None:
    def talk(sock: socket.socket) -> tuple[bytes, bool]:
        sock.sendall(b"x\n")
        data = b""
        try:
            while piece := sock.recv(100):
                data += piece
        except ConnectionResetError:
            return data, True
        return data, False

    async with serving(ruled(f"x={action}")) as listener:
        assert await as_client(listener, talk) == (b"", action == "!reset")
        assert (await ended(listener)).outcome is outcome


async def test_a_delay_is_kept_and_ends_when_the_client_resets() -> None:
    def talk(sock: socket.socket) -> float:
        start = time.monotonic()
        sock.sendall(b"slow\n")
        read_until(sock, b"done")
        took = time.monotonic() - start
        sock.sendall(b"never\n")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return took

    async with serving(ruled("slow=!delay:0.2;done\nnever=!delay:3000;done")) as listener:
        assert await as_client(listener, talk) >= 0.19
        await asyncio.wait_for(listener.attended(listener.sessions[0]), 10)


async def test_a_half_close_still_hears_the_client() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"end\n")
        heard = read_to_end(sock)
        sock.sendall(b"still here")
        return heard

    async with serving(ruled("end=last!half-close")) as listener:
        assert await as_client(listener, talk) == b"last"
        exchange = await ended(listener)
    assert exchange.received == len(b"end\nstill here")


@pytest.mark.parametrize("last", [b"more\n", b"more\nand more\n", b"TLS\n", b""])
async def test_what_follows_a_half_close_is_no_failure(last: bytes) -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"HC\n")
        heard = read_to_end(sock)
        sock.sendall(last)
        sock.shutdown(socket.SHUT_WR)
        return heard

    rules = "HC=bye!half-close\nTLS=!upgrade\n@end=over"
    async with serving(ruled(f"{rules}\n*=what" if last else rules)) as listener:
        assert await as_client(listener, talk) == b"bye"
        exchange = await ended(listener)
    assert exchange.outcome is Outcome.DONE
    assert exchange.problem is None
    assert exchange.received == len(b"HC\n" + last)
    assert notes(exchange) == ["our end was sent, so what the rules would still say is not said"]


async def test_a_line_that_is_cut_is_noted_once() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"x" * 3 * WINDOW + b"\nQUIT\n")
        return read_to_end(sock)

    async with serving(ruled("^QUIT$=bye\\n!close\n\n*=what\\n")) as listener:
        assert (await as_client(listener, talk)).count(b"what") > 1
        exchange = await ended(listener)
    assert [note for note in notes(exchange) if "longer than 64 KiB" in note] == notes(exchange)
    assert len(notes(exchange)) == 1


async def test_the_end_of_a_client_may_be_answered() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"rest")
        sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)

    async with serving(ruled("rest=[{{0}}]\n@end=bye")) as listener:
        assert await as_client(listener, talk) == b"[rest]bye"


async def test_a_reply_that_cannot_be_sent_is_noted_and_the_next_one_is_sent() -> None:
    wrong = Rule("text", b"bad", (SendStep(b"{{nobody}}", template=True),))
    request = ListenRequest("tcp://:0", rules=(wrong, *read_rules("good=yes")))

    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"bad\ngood\n")
        return read_until(sock, b"yes")

    async with serving(request) as listener:
        assert await as_client(listener, talk) == b"yes"
        events = [e.text for e in listener.sessions[0].exchange().events()]
    assert any("nobody" in text for text in events)


async def test_datagrams_are_answered_one_by_one() -> None:
    async with serving(ruled("PING=PONG\n*=what?", "udp://:0")) as listener:

        def talk() -> list[bytes]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(10)
                sock.connect(("127.0.0.1", listener.bound.port))
                answers = []
                for data in (b"PING", b"", b"a PING b"):
                    sock.send(data)
                    answers.append(sock.recv(100))
                return answers

        assert await asyncio.to_thread(talk) == [b"PONG", b"what?", b"PONG"]


async def test_a_client_that_never_reads_is_not_answered_for_ever() -> None:
    def talk(sock: socket.socket) -> int:
        sock.settimeout(0.5)
        sent = 0
        try:
            while True:
                sent += sock.send(b"x\n" * 5000)
        except TimeoutError:
            return sent

    async with serving(ruled("x=" + "y" * 500)) as listener:
        sent = await as_client(listener, talk)
        session = listener.sessions[0]
        assert session.queued < 1 << 20
        assert session.recorder.received < sent + 1


async def test_a_flood_behind_a_close_does_not_hold_it_up() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"x" * 5_000_000)
        sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)

    async with serving(ruled("@connect=no!close")) as listener:
        assert await as_client(listener, talk) == b"no"
        exchange = await ended(listener)
    assert (exchange.received, exchange.outcome) == (5_000_000, Outcome.DONE)


async def test_a_slow_pattern_is_left_out_and_told() -> None:
    def talk(sock: socket.socket) -> bytes:
        for _ in range(3):
            sock.sendall(b"a" * 5000 + b"b\n")
        return read_until(sock, b"BBB")

    async with serving(ruled("/(a|aa)+(a|aa)+(a|aa)+$/=A\nb=B")) as listener:
        assert await as_client(listener, talk) == b"BBB"
        assert any("too long" in text for text in notes(listener.sessions[0].exchange()))


async def test_a_wrong_pattern_is_told_when_it_is_bound() -> None:
    listener = Listener(ListenRequest("tcp://:0", rules=(Rule("regex", b"("),)))
    with pytest.raises(PatternError):
        await listener.start()
    assert listener.exchange().outcome is Outcome.FAILED


async def test_five_hundred_clients_have_counters_in_common() -> None:
    async with serving(ruled(r"n={{counter}}\n!close")) as listener:

        async def one() -> int:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
            writer.write(b"n\n")
            number = int(await reader.read())
            writer.close()
            return number

        numbers = await asyncio.gather(*(one() for _ in range(500)))
    assert sorted(numbers) == list(range(1, 501))


async def test_a_rule_may_go_on_with_tls_and_forgets_what_came_before() -> None:
    request = ruled("STARTTLS=ready\\n!upgrade\nPING=PONG\nQUIT=bye!close")

    def talk(sock: socket.socket) -> tuple[bytes, bytes]:
        sock.sendall(b"STARTTLS\nQUIT\n")  # the second one is forged
        plain = read_until(sock, b"ready\n")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(sock) as tls:
            tls.sendall(b"PING\n")
            return plain, tls.recv(100)

    async with serving(request) as listener:
        assert await as_client(listener, talk) == (b"ready\n", b"PONG")
        exchange = listener.sessions[0].exchange()
    assert exchange.tls is not None


async def test_an_upgrade_that_is_impossible_is_noted() -> None:
    async with serving(ruled("a=b!upgrade\nc=d", "udp://:0")) as listener:

        def talk() -> bytes:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(10)
                sock.connect(("127.0.0.1", listener.bound.port))
                sock.send(b"a")
                answer = sock.recv(10)
                sock.send(b"c")
                return answer + sock.recv(10)

        assert await asyncio.to_thread(talk) == b"bd"


async def test_an_upgrade_after_the_clients_end_is_noted_and_the_rest_is_said() -> None:
    async with serving(ruled("STARTTLS=!delay:0.05;go!upgrade;sorry")) as listener:

        def talk(sock: socket.socket) -> bytes:
            sock.sendall(b"STARTTLS\n")
            sock.shutdown(socket.SHUT_WR)
            return read_to_end(sock)

        assert await as_client(listener, talk) == b"gosorry"
        exchange = await ended(listener)
    assert exchange.outcome is Outcome.DONE
    told = [event.text for event in exchange.events() if event.kind is EventKind.ERROR]
    assert told == ["The peer sent its end, so TLS cannot begin."]


async def test_messages_of_a_web_socket_are_answered_in_their_kind() -> None:
    async with serving(ruled("PING=PONG\n*=!echo", "ws://:0")) as listener:
        client = Session(SessionRequest(str(listener.bound)))
        await client.open()
        await client.send(b"PING")
        await client.send(b"ping", MessageKind.PING)
        await client.send(b"text", MessageKind.BINARY)
        assert isinstance(await client.expect(2, seconds=10), Match)
        await client.close()
        chunks = [
            each for each in client.exchange().chunks() if each.direction is Direction.RECEIVED
        ]
    said = [(each.kind, each.data) for each in chunks if not each.kind.is_control]
    assert said == [(MessageKind.TEXT, b"PONG"), (MessageKind.BINARY, b"text")]


async def test_a_flood_of_lines_that_no_rule_answers_holds_nobody_up() -> None:
    rules = "\n".join(f"/^word{number} (.*)/=x" for number in range(20)) + "\nend=done"

    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"\n" * 10_000 + b"end\n")
        return read_until(sock, b"done")

    async with serving(ruled(rules)) as listener:
        talking = asyncio.ensure_future(as_client(listener, talk))
        assert await lets_go_on(talking.done)
        assert await talking == b"done"
