from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.text.languages import LOOKED_AT, is_wanting, language_of, prepare, tokens

LANGUAGES = ("css", "graphql", "javascript", "python", "shell", "sql", "toml", "yaml")


def parts(language: str, line: str) -> list[tuple[str, str]]:
    prepare(language)
    return [(line[start:end], token) for start, end, token in tokens(language, line)]


@pytest.mark.parametrize(
    ("media_type", "language"),
    [
        ("text/javascript; charset=utf-8", "javascript"),
        ("application/x-javascript", "javascript"),
        ("TEXT/CSS", "css"),
        ("application/yaml", "yaml"),
        ("text/x-yaml", "yaml"),
        ("application/vnd.oai.openapi+yaml", "yaml"),
        ("application/toml", "toml"),
        ("application/graphql", "graphql"),
        ("application/x-sh", "shell"),
        ("application/sql", "sql"),
        ("text/x-python", "python"),
        ("text/plain", ""),
        ("", ""),
    ],
)
def test_a_media_type_names_a_language(media_type: str, language: str) -> None:
    assert language_of(media_type) == language


@pytest.mark.parametrize(
    ("language", "line", "some"),
    [
        ("javascript", "const x = 'a'; // b", {("const", "attribute"), ("'a'", "string")}),
        ("javascript", "const x = 'a'; // b", {("// b", "comment")}),
        ("css", "  color: red;", {("color", "attribute")}),
        ("css", "a.b:hover { color: red }", {("a", "key")}),
        ("yaml", "name: 'x' # c", {("name", "key"), ("'x'", "string"), ("# c", "comment")}),
        ("toml", 'port = 80 # "c"', {("80", "number"), ('# "c"', "comment")}),
        ("graphql", "query A { b(c: 1) }", {("query", "attribute"), ("1", "number")}),
        ("shell", "if true; then echo 'a'; fi", {("if", "attribute"), ("'a'", "string")}),
        ("sql", "SELECT a FROM b -- c", {("SELECT", "attribute"), ("-- c", "comment")}),
        ("python", "def f(): return 1.5", {("def", "attribute"), ("1.5", "number")}),
    ],
)
def test_a_line_has_parts(language: str, line: str, some: set[tuple[str, str]]) -> None:
    assert some <= set(parts(language, line))


@pytest.mark.parametrize("language", LANGUAGES)
@given(line=st.text(max_size=60))
def test_no_text_is_too_odd(language: str, line: str) -> None:
    place = 0
    prepare(language)
    for start, end, token in tokens(language, line):
        assert place <= start < end <= len(line)
        assert token
        place = end


def test_only_the_beginning_of_a_long_line_is_looked_at() -> None:
    prepare("javascript")
    assert all(end <= LOOKED_AT for _, end, _ in tokens("javascript", "x = 1; " * 100_000))
    assert len(tokens("javascript", "+-" * 100_000)) <= LOOKED_AT


def test_an_unknown_language_has_no_parts() -> None:
    prepare("klingon")
    assert not is_wanting("klingon")
    assert tokens("klingon", "x = 1") == []


def test_nothing_is_imported_before_it_is_wanted() -> None:
    code = (
        "import sys\n"
        "from sonde_core.text.languages import is_wanting, prepare, tokens\n"
        "assert tokens('css', 'a') == [] and 'pygments' not in sys.modules\n"
        "assert is_wanting('css')\n"
        "prepare('css')\n"
        "assert not is_wanting('css') and tokens('css', 'a {}')\n"
        "assert 'pygments.lexers.python' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
