from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sonde_core import full_paths
from sonde_core.exchange import Exchanger
from sonde_core.http_request import HttpOptions, HttpRequest, RequestBody, Upload
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Outcome
from sonde_core.practice.server import PracticeServer
from sonde_core.serving.forward import Forward
from sonde_core.session_request import SessionOptions, SessionRequest
from tests.peers import Peer, echo, throwaway_tls
from tests.watching import until

TYPED = SessionOptions(ca_file="ca.pem", certificate="~/own.pem", key="../key.pem")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    return tmp_path


def full(folder: Path) -> SessionOptions:
    return SessionOptions(
        ca_file=f"{folder}/ca.pem", certificate="/home/me/own.pem", key=f"{folder}/../key.pem"
    )


def test_files_of_a_session_become_whole(tmp_path: Path) -> None:
    request = full_paths.of_session(SessionRequest("tls://h:1", TYPED))
    assert request == SessionRequest("tls://h:1", full(tmp_path))
    assert full_paths.of_session(request) is request


def test_files_of_a_call_become_whole_and_contents_stay(tmp_path: Path) -> None:
    body = RequestBody("multipart", text="a.txt", uploads=(Upload("f", "~/a.txt"),), path="b")
    request = HttpRequest("POST", "a/b", body=body, options=HttpOptions(ca_file="c.pem"))
    found = full_paths.of_call(request)
    assert found.url == "a/b"
    assert found.body.text == "a.txt"
    # That is where it is read: the shell makes a home of it, or nobody does.
    assert found.body.uploads == (Upload("f", f"{tmp_path}/~/a.txt"),)
    assert found.body.path == f"{tmp_path}/b"
    assert found.options.ca_file == f"{tmp_path}/c.pem"
    assert full_paths.of_call(found) is found


def test_files_and_sockets_of_a_listener_become_whole(tmp_path: Path) -> None:
    request = ListenRequest(
        "unix:near",
        certificate="cert.pem",
        key="key.pem",
        client_ca="ca.pem",
        forward=Forward("unix://far", TYPED),
    )
    found = full_paths.of_listener(request)
    assert found == ListenRequest(
        f"unix:{tmp_path}/near",
        certificate=f"{tmp_path}/cert.pem",
        key=f"{tmp_path}/key.pem",
        client_ca=f"{tmp_path}/ca.pem",
        forward=Forward(f"unix:{tmp_path}/far", full(tmp_path)),
    )


@pytest.mark.parametrize(
    "address", ["unix:/tmp/s", "unix:@abstract", "tcp://h:1", "unix:", "no address", "tcp://:0"]
)
def test_other_addresses_stay_as_they_are(address: str) -> None:
    request = SessionRequest(address)
    assert full_paths.of_session(request) is request


def test_a_socket_whose_whole_path_is_too_long_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.chdir(deep)
    request = SessionRequest("unix:short")
    assert full_paths.of_session(request) is request


def test_a_folder_that_is_gone_leaves_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert full_paths.of_options(SessionOptions(ca_file="ca.pem")).ca_file == "ca.pem"


async def test_a_session_is_recorded_so_that_it_can_be_replayed_from_elsewhere(
    exchanger: Exchanger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with throwaway_tls() as (tls, issuers), Peer(echo, tls=tls) as peer:
        shutil.copy(issuers, tmp_path / "ca.pem")
        request = SessionRequest(
            peer.address, SessionOptions(ca_file="ca.pem", server_name="localhost")
        )
        for _ in range(2):
            session = exchanger.session(request)
            await session.open()
            await session.close()
            entry = await exchanger.recorded(session)
            assert entry.exchange.outcome is Outcome.DONE
            assert isinstance(entry.exchange.request, SessionRequest)
            request = entry.exchange.request
            assert request.options.ca_file == f"{tmp_path}/ca.pem"
            monkeypatch.chdir("/")


async def test_a_call_records_where_its_body_was(
    exchanger: Exchanger, practice: PracticeServer, tmp_path: Path
) -> None:
    (tmp_path / "body").write_bytes(b"content")
    body = RequestBody("file", path="body")
    call = exchanger.call(HttpRequest("POST", f"{practice.http}/anything", body=body))
    entry = await exchanger.run(call)
    assert isinstance(entry.exchange.request, HttpRequest)
    assert entry.exchange.request.body.path == f"{tmp_path}/body"


async def test_a_listener_at_a_path_tells_its_clients_the_whole_of_it(
    exchanger: Exchanger, tmp_path: Path
) -> None:
    listener = exchanger.listener(ListenRequest("unix:s", echo=True))
    await listener.start()
    assert str(listener.bound) == f"unix:{tmp_path}/s"
    session = exchanger.session(SessionRequest("unix:s"))
    await session.open()
    await until(listener, lambda: listener.sessions)
    assert listener.sessions[0].request.address == f"unix:{tmp_path}/s"
    await session.close()
    await listener.close(1.0)
