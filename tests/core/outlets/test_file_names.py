from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.outlets.file_names import (
    LONGEST,
    free_beside,
    named,
    safe_name,
    stem_of,
    suffix_of,
    suggested,
)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="report.pdf"', "report.pdf"),
        ("attachment; filename=report.pdf", "report.pdf"),
        ("inline;FileName = report.pdf ;size=3", "report.pdf"),
        ('attachment; filename="a \\"b\\" \\\\ c.txt"', 'a "b" \\ c.txt'),
        ('attachment; filename="semi;colon.txt"', "semi;colon.txt"),
        ("attachment; filename=two words.txt", "two words.txt"),
        ("attachment; filename*=UTF-8''%e2%82%ac%20rates.txt", "€ rates.txt"),
        ("attachment; filename*=iso-8859-1'en'%A3%20rates.txt", "£ rates.txt"),
        ("attachment; filename=plain.txt; filename*=utf-8''b%C3%A9.txt", "bé.txt"),
        ("attachment; filename*=utf-8''b%C3%A9.txt; filename=plain.txt", "bé.txt"),
        ("attachment; filename=plain.txt; filename*=rot13''cynva.gkg", "plain.txt"),
        ("attachment; filename=plain.txt; filename*=nonsense", "plain.txt"),
        ('attachment; filename="unfinished', "unfinished"),
        ("attachment; filename=\udcfcber.txt", "über.txt"),
        ("attachment", ""),
        ("", ""),
        (";;;=;filename", ""),
    ],
)
def test_a_name_is_read_as_the_header_means_it(header: str, name: str) -> None:
    assert named(header) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\evil.exe", "evil.exe"),
        ("..", ""),
        ("...", ""),
        ("a/..", ""),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("~root", "root"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("line\nfeed.txt", "line feed.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("NUL", "_NUL"),
        ("com1.txt", "_com1.txt"),
        ("console.txt", "console.txt"),
        ("what? <a>:b|c*.txt", "what_ _a_b_c_.txt"),
        ("$(reboot).sh", "_(reboot).sh"),
        ("trailing. . ", "trailing"),
        ("   ", ""),
        ("", ""),
        ("\udcff.bin", "bin"),
        ("e\u0301t\u00e9.txt", "été.txt"),
    ],
)
def test_a_stranger_can_only_give_a_plain_name(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(st.characters() | st.sampled_from("./\\~-:\x00\u202e\ud800"), max_size=400))
def test_no_text_gives_a_path_or_hides_anything(text: str) -> None:
    name = safe_name(text)
    assert not set(name) & set("/\\\0\n")
    assert not name.startswith((".", "-", "~", " "))
    assert len(name.encode()) <= LONGEST
    assert all(unicodedata.category(char)[0] not in "C" for char in name)
    assert safe_name(name) == name or not name


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("é" * 500 + ".json")
    assert name.endswith("é.json")
    assert len(name.encode()) <= LONGEST
    assert len(suggested(url=f"http://a/{'x' * 400}", suffix=".json").encode()) <= LONGEST


@pytest.mark.parametrize(
    ("url", "disposition", "suffix", "name"),
    [
        ("http://a.org/files/data.json?x=1#y", "", ".bin", "data.json"),
        ("http://a.org/files/data", "", ".json", "data.json"),
        ("http://a.org/v1.2", "", ".json", "v1.2.json"),
        ("http://a.org/files/", "", ".json", "files.json"),
        ("http://a.org/", "", ".html", "a.org.html"),
        ("http://u:p@a.org:80", "", ".html", "a.org_80.html"),
        ("http://[::1]:80/", "", ".html", "_1_80.html"),
        ("http://a.org/%2e%2e%2fetc%2fpasswd", "", ".txt", "passwd.txt"),
        ("http://a.org/x", "attachment; filename=../y.zip", ".bin", "y.zip"),
        ("http://a.org/x", "attachment; filename=..", ".bin", "x.bin"),
        ("", "", ".bin", "body.bin"),
    ],
)
def test_the_best_name_at_hand_is_suggested(
    url: str, disposition: str, suffix: str, name: str
) -> None:
    assert suggested(disposition=disposition, url=url, suffix=suffix) == name


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("application/json; charset=utf-8", ".json"),
        ("application/problem+json", ".json"),
        ("image/svg+xml", ".svg"),
        ("application/atom+xml", ".xml"),
        ("TEXT/HTML", ".html"),
        ("text/x-anything", ".txt"),
        ("application/octet-stream", ".bin"),
        ("", ".bin"),
    ],
)
def test_a_media_type_has_a_suffix(media_type: str, suffix: str) -> None:
    assert suffix_of(media_type) == suffix


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.json", "a"), ("127.0.0.1_80", "127.0.0.1_80"), ("v1.2", "v1.2"), ("a", "a"), ("", "")],
)
def test_a_name_has_a_stem(name: str, stem: str) -> None:
    assert stem_of(name) == stem


def test_a_free_name_is_found_beside_one_that_is_taken(tmp_path: Path) -> None:
    for name in ("a.json", "a-2.json", "b", "c.tar.gz", ".d"):
        (tmp_path / name).touch()
    assert free_beside(tmp_path / "a.json").name == "a-3.json"
    assert free_beside(tmp_path / "b").name == "b-2"
    assert free_beside(tmp_path / "c.tar.gz").name == "c-2.tar.gz"
    assert free_beside(tmp_path / ".d").name == ".d-2"
