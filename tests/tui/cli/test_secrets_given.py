from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Command, Requests

SECRETS = ("token-token", "word-word")


@pytest.fixture
def unkept(sonde: Command, web: Requests) -> Command:
    """Return the command with one entry that was recorded without its two secrets."""
    settings = sonde.folder / "settings" / "config.toml"
    settings.parent.mkdir()
    settings.write_text("[history]\nkeep_secrets = false\n")
    sonde.environment["SONDE_CONFIG"] = str(settings)
    result = sonde(
        *("send", f"{web.url}/json", "-H", "Authorization: Bearer token-token"),
        *("--json", '{"password": "word-word"}'),
    )
    assert (result.returncode, result.stdout) == (0, b'{"description": "a tool"}')
    return sonde


def holders(folder: Path) -> list[str]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    return [
        each.name for each in files if any(one.encode() in each.read_bytes() for one in SECRETS)
    ]


def test_nothing_is_sent_without_them(unkept: Command, web: Requests) -> None:
    assert holders(unkept.folder) == []
    result = unkept("replay", "@1")
    assert result.returncode != 0
    assert b"Authorization (1), password (2)" in result.stderr
    assert b"--secret" in result.stderr
    assert len(web) == 1


def test_flags_and_variables_give_them(unkept: Command, web: Requests) -> None:
    unkept.environment["SONDE_SECRET_PASSWORD"] = "word-word"
    result = unkept("replay", "@1", "--diff", "--secret", "authorization=token-token")
    assert result.returncode == 0, result.stderr
    assert web[1] == (*web[0][:2], web[1][2], b'{"password": "word-word"}')
    assert ("Authorization", "Bearer token-token") in web[1][2]
    assert holders(unkept.folder) == []


def test_an_environment_gives_them_to_a_test_of_many(unkept: Command, web: Requests) -> None:
    (unkept.folder / "settings" / "environments.toml").write_text(
        '[default]\npassword = "word-word"\nAuthorization = { secret = "token-token" }\n'
    )
    result = unkept("replay", "method:get or method:post", "--diff")
    assert result.returncode == 0, result.stderr
    assert ("Authorization", "Bearer token-token") in web[1][2]


def test_a_flag_that_names_nothing_is_refused(unkept: Command) -> None:
    assert unkept("replay", "@1", "--secret", "token-token").returncode == 2
