from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.option_texts import options_of
from sonde_core.session_request import SessionOptions
from sonde_tui.screens.session import SocketTab
from sonde_tui.screens.session_options import SessionOptionsScreen
from tests.peers import Peer, echo
from tests.relays import Relay, packed, udp_echo
from tests.tui.driving import Driver, driving


def tab(driver: Driver) -> SocketTab:
    assert isinstance(driver.app.tab, SocketTab)
    return driver.app.tab


async def shown(driver: Driver) -> None:
    await driver.press("escape", "O")
    await driver.until(lambda: isinstance(driver.app.screen, SessionOptionsScreen))


async def closed(driver: Driver) -> None:
    await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_what_is_chosen_counts_when_it_is_opened_and_is_seen(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=(80, 24)) as driver:
            await shown(driver)
            await driver.press("ctrl+u", "3", "down", *"45", "ctrl+j")
            await closed(driver)
            assert "connect within 3 s · idle at most 45 s · O changes it" in driver.drawn()
            await driver.press("ctrl+j")
            await driver.until(lambda: driver.status().startswith("open"))
            session = tab(driver).pane.session
            assert session is not None
            assert session.request.options == SessionOptions(connect_timeout=3, idle_timeout=45)


async def test_a_mistake_is_told_while_it_is_typed_and_not_taken(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="tcp://127.0.0.1:1") as driver:
        await shown(driver)
        await driver.press("x")
        await driver.until(lambda: "The connect time-out is no time" in driver.drawn())
        await driver.press("enter")
        await driver.pilot.pause()
        assert isinstance(driver.app.screen, SessionOptionsScreen)
        await driver.press("backspace")
        await driver.until(lambda: "is no time" not in driver.drawn())
        await driver.press("escape")
        await closed(driver)
        assert tab(driver).options == SessionOptions()


async def test_verification_is_one_choice_in_two_places(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="tls://127.0.0.1:1") as driver:
        await shown(driver)
        await driver.press("tab", "tab", "space", "ctrl+j")
        await closed(driver)
        assert "verify TLS: no" in driver.drawn()
        assert not tab(driver).options.verify


@pytest.mark.parametrize(
    ("scheme", "there", "missing"),
    [("udp", "multicast hops", "no delay"), ("unix", "send buffer", "proxy")],
)
async def test_only_what_fits_the_scheme_is_there(
    tmp_path: Path, scheme: str, there: str, missing: str
) -> None:
    async with driving(tmp_path, endpoint=f"{scheme}://x:1") as driver:
        await shown(driver)
        await driver.until(lambda: there in driver.drawn())
        assert missing not in driver.drawn()


async def test_all_rows_are_reached_in_a_small_window(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="wss://127.0.0.1:1/", size=(80, 24)) as driver:
        await shown(driver)
        await driver.press(*["down"] * (len(options_of("wss")) - 1))
        await driver.until(lambda: driver.app.focused and driver.app.focused.id == "compression")
        await driver.press("space", "down", *"X-A", "tab", *"hello")
        await driver.until(lambda: "X-A" in driver.drawn() and "hello" in driver.drawn())
        await driver.press("ctrl+j")
        await closed(driver)
        assert tab(driver).options == SessionOptions(headers=(("X-A", "hello"),), compression=False)


async def test_headers_of_a_handshake_are_rows(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="ws://127.0.0.1:1/") as driver:
        await shown(driver)
        screen = driver.app.screen
        screen.query_one("#row-name").focus()
        await driver.press(*"X-A", "tab", *"b c", "ctrl+j")
        await closed(driver)
        assert tab(driver).options.headers == (("X-A", "b c"),)
        assert "1 header" in driver.drawn()
        await shown(driver)
        await driver.press("f9", "ctrl+j")
        await closed(driver)
        assert tab(driver).options == SessionOptions()


async def test_the_password_of_a_proxy_is_not_drawn(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="tcp://127.0.0.1:1") as driver:
        await shown(driver)
        driver.app.screen.query_one("#proxy").focus()
        await driver.type("socks5://me:s3cret@127.0.0.1:1080")
        await driver.press("ctrl+j")
        await closed(driver)
        assert "proxy socks5://***@127.0.0.1:1080" in driver.drawn()
        await shown(driver)
        assert "s3cret" not in driver.drawn()


async def test_datagrams_go_through_the_proxy_of_the_options(tmp_path: Path) -> None:
    relay = Relay()
    with udp_echo() as port, Peer(relay) as proxy:
        async with driving(tmp_path, endpoint=f"udp://127.0.0.1:{port}") as driver:
            await shown(driver)
            driver.app.screen.query_one("#proxy").focus()
            await driver.type(f"socks5://127.0.0.1:{proxy.port}")
            await driver.press("ctrl+j")
            await closed(driver)
            await driver.press("ctrl+j")
            await driver.until(lambda: driver.status().startswith("open"))
            await driver.press(*"hi", "enter")
            await driver.until(lambda: "HI" in driver.drawn())
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
    assert relay.heard == [bytes(3) + packed(("127.0.0.1", port)) + b"hi\n"]


async def test_options_of_an_entry_are_for_its_address(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await shown(driver)
            await driver.press("ctrl+u", "7", "ctrl+j")
            await closed(driver)
            await driver.press("ctrl+j")
            await driver.until(lambda: driver.status().startswith("open"))
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
            entry = driver.app.tab.entry
        async with driving(tmp_path, tab="socket") as driver:
            assert entry is not None
            driver.app.tab.edit(entry)
            await driver.until(lambda: "connect within 7 s" in driver.drawn())
            assert tab(driver).options.connect_timeout == 7
            await driver.press("0")
            await driver.until(lambda: "connect within 7 s" not in driver.drawn())
            assert tab(driver).options == SessionOptions()


async def test_options_that_do_not_fit_the_scheme_are_in_no_record(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="wss://127.0.0.1:1/") as driver:
        await shown(driver)
        driver.app.screen.query_one("#row-name").focus()
        await driver.press(*"X-A", "tab", *"b", "ctrl+j")
        await closed(driver)
        await driver.press("ctrl+l", "tab", "space")
        await driver.until(lambda: not tab(driver).options.verify)
        path = tmp_path / "peer"
        with Peer(echo) as stream, Peer(echo, path=str(path)) as unix:
            for address in (f"udp://127.0.0.1:{stream.port}", unix.address, stream.address):
                tab(driver).address.value = address
                await driver.press("ctrl+l", "ctrl+j")
                await driver.until(lambda: driver.status().startswith("open"))
                session = tab(driver).pane.session
                assert session is not None
                assert session.request.options.headers == ()
                # Plain streams can be upgraded to TLS.
                assert session.request.options.verify is address.startswith("udp")
                await driver.press("f8")
                await driver.until(lambda: driver.app.tab.entry)


async def test_headers_go_to_the_host_and_port_they_were_typed_for(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="ws://127.0.0.1:1/a", size=(80, 24)) as driver:
        await shown(driver)
        driver.app.screen.query_one("#row-name").focus()
        await driver.press(*"Authorization", "tab", *"t0ken", "ctrl+j")
        await closed(driver)
        tab(driver).address.value = "ws://127.0.0.1:1/b"
        await driver.until(lambda: "1 header ·" in driver.drawn())
        assert tab(driver).options.headers == (("Authorization", "t0ken"),)
        tab(driver).address.value = "ws://127.0.0.1:2/a"
        await driver.until(lambda: "1 header kept for 127.0.0.1:1" in driver.drawn())
        assert tab(driver).options.headers == ()
        tab(driver).address.value = "tcp://127.0.0.1:2"
        await driver.until(lambda: "kept" not in driver.drawn())
        tab(driver).address.value = "ws://127.0.0.1:1"
        assert tab(driver).options.headers == (("Authorization", "t0ken"),)


async def test_secrets_are_masked_until_they_are_asked_for(tmp_path: Path) -> None:
    proxy = "socks5://me:hush@127.0.0.1:2"
    options = SessionOptions(proxy=proxy, headers=(("Authorization", "t0ken"),))
    taken: list[SessionOptions | None] = []
    async with driving(tmp_path) as driver:
        screen = SessionOptionsScreen(options, "ws", reveal=False)
        driver.app.push_screen(screen, taken.append)
        await driver.until(lambda: "Authorization" in driver.drawn())
        assert not any(word in driver.drawn() for word in ("hush", "t0ken"))
        await driver.press("ctrl+g")
        await driver.until(lambda: "me:hush@" in driver.drawn() and "t0ken" in driver.drawn())
        await driver.press("ctrl+g")
        await driver.until(lambda: "hush" not in driver.drawn() and "t0ken" not in driver.drawn())
        await driver.press("ctrl+j")
        await closed(driver)
        assert taken == [options]
