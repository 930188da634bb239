"""HTML and XML indented, and not a byte of them lost."""

from __future__ import annotations

import time
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.shaping.markup import MAX_INDENT, MarkupShaper


def shaped(data: bytes, kind: Literal["html", "xml"], sizes: list[int] | None = None) -> bytes:
    shaper, made, position = MarkupShaper(kind), b"", 0
    for size in sizes or [len(data)]:
        made += shaper.feed(data[position : position + size])
        position = min(position + size, len(data))
        assert 0 <= shaper.held <= position
    return made + shaper.feed(data[position:]) + shaper.finish(broken=False)


def bare(data: bytes) -> bytes:
    return b"".join(data.split())


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            '<?xml version="1.0"?><a x="1>2"><b>one</b><b/><c><d>two</d></c></a>',
            '<?xml version="1.0"?>|<a x="1>2">|  <b>one</b>|  <b/>'
            "|  <c>|    <d>two</d>|  </c>|</a>",
        ),
        ("<a>\n\n  <b>  one  </b>\n</a>\n", "<a>|  <b>one</b>|</a>"),
        ("<a><b></b></a>", "<a>|  <b></b>|</a>"),
        ("<p>one <b>two</b> three</p>", "<p>one <b>two</b> three</p>"),
        ("<p>one<b>two</b>three</p>", "<p>one<b>two</b>three</p>"),
        ("<a><!-- x\n  y --><b/></a>", "<a>|  <!-- x|  y -->|  <b/>|</a>"),
        ("<a><![CDATA[ <b> ]]></a>", "<a><![CDATA[ <b> ]]></a>"),
        ("<a>one\n   two</a>", "<a>one|  two|</a>"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a/>', '<!DOCTYPE a [<!ENTITY x "y">]>|<a/>'),
        ("<a>1 < 2 & 3 > 2</a>", "<a>1 < 2 & 3 > 2</a>"),
        ("<Ä><é>x</é></Ä>", "<Ä>|  <é>x</é>|</Ä>"),
    ],
)
def test_xml(source: str, lines: str) -> None:
    assert shaped(source.encode(), "xml").decode().split("\n") == lines.split("|")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "<!doctype html><html><head><meta charset=utf-8><title>T</title></head>"
            "<body><p>Hello <b>you</b>!<br>Bye<hr><img src=x></body></html>",
            "<!doctype html>|<html>|  <head>|    <meta charset=utf-8>|    <title>T</title>"
            "|  </head>|  <body>|    <p>Hello <b>you</b>!<br>Bye|    <hr>|    <img src=x>"
            "|  </body>|</html>",
        ),
        ("<ul><li>one<li>two</ul>", "<ul>|  <li>one|  <li>two|</ul>"),
        ("<div><pre> a\n  b </pre></div>", "<div>|  <pre> a|  b </pre>|</div>"),
        (
            "<script>if (a<b) {\n  x('</p>')\n}</script>x",
            "<script>if (a<b) {|  x('</p>')|}</script>|x",
        ),
        ("<SCRIPT>a</SCRIPT><p>b", "<SCRIPT>a</SCRIPT>|<p>b"),
        ("<style> p > a {} </style>", "<style> p > a {} </style>"),
        ("<textarea>\n <b>\n</textarea>", "<textarea>| <b>|</textarea>"),
        ("<div>text<p>more</p></div>", "<div>text|  <p>more</p>|</div>"),
        ("<p title=it's>one</p><p>two</p>", "<p title=it's>one</p>|<p>two</p>"),
        ("<p>a<!-- x -->b <!-- y --></p>", "<p>a<!-- x -->b|  <!-- y -->|</p>"),
        ("</p></div><b>x", "</p>|</div>|<b>x"),
        ("<div><p></div><p>x</p>", "<div>|  <p>|</div>|<p>x</p>"),
    ],
)
def test_html(source: str, lines: str) -> None:
    assert shaped(source.encode(), "html").decode().split("\n") == lines.split("|")


def test_a_long_line_of_text_and_links_ends_where_it_may() -> None:
    made = shaped(b"<nav>" + b"<a href=x>link</a> " * 50 + b"</nav>", "html")
    assert max(len(line) for line in made.split(b"\n")) < 150
    assert made.count(b"\n") > 5


def test_indentation_has_a_limit() -> None:
    made = shaped(b"<a>" * 5000 + b"x" + b"</a>" * 5000, "xml")
    assert max(len(line) - len(line.lstrip()) for line in made.split(b"\n")) == 2 * MAX_INDENT
    assert made.endswith(b"\n</a>")


PIECES = st.sampled_from(
    b"<a> </a> <b/> <p> </p> <li> <b> </b> <pre> </pre> <script> </script> text &amp; <!-- --> "
    b"<![CDATA[ ]]> <?x ?> <!x> <!x[ ]> < > </ <! <br> <a_b='>'> <q_t=\"x <td>"
    b" </td> =' \xff".split()
) | st.sampled_from([b" ", b"\n", b"\r\n  "])


@given(
    st.lists(PIECES, max_size=30).map(b"".join),
    st.sampled_from(["html", "xml"]),
    st.lists(st.integers(1, 20), max_size=30),
)
def test_no_rubbish_loses_a_byte(
    data: bytes, kind: Literal["html", "xml"], sizes: list[int]
) -> None:
    assert bare(shaped(data, kind)) == bare(data)
    assert bare(shaped(data, kind, sizes)) == bare(data)


@given(st.binary(max_size=100), st.sampled_from(["html", "xml"]))
def test_any_bytes_come_through(data: bytes, kind: Literal["html", "xml"]) -> None:
    assert bare(shaped(data, kind)) == bare(data)


@pytest.mark.parametrize(
    "unit",
    [
        b"<",
        b"<a",
        b'<a b="',
        b"<!--",
        b"<![CDATA[",
        b"</a>",
        b"<p>",
        b"<?",
        b"<script>",
        b"<!x[",
        b"<a ='",
    ],
)
def test_rubbish_takes_no_longer_than_markup(unit: bytes) -> None:
    data = unit * (200_000 // len(unit))
    begun = time.process_time()
    made = shaped(data, "html", [1 << 17] * 10)
    assert bare(made) == bare(data)
    assert time.process_time() - begun < 5
