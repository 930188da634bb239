from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError, SondeError
from sonde_core.search.query import PatternError
from sonde_core.serving.rule import Rule
from sonde_core.serving.rule_text import read_rule, read_rules, write_rule, write_rules
from sonde_core.steps import CloseStep, HalfCloseStep, SendStep, Step, UpgradeStep, WaitStep

ECHO = SendStep(b"{{message}}", template=True)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (r"PING=PONG\r\n", Rule("text", b"PING", (SendStep(b"PONG\r\n"),))),
        ("^GET =no", Rule("prefix", b"GET ", (SendStep(b"no"),))),
        ("^QUIT$=bye!close", Rule("equal", b"QUIT", (SendStep(b"bye"), CloseStep()))),
        ("0x0001=0x00 02", Rule("text", b"\0\1", (SendStep(b"\0\2"),))),
        ("^0x0001$=", Rule("equal", b"\0\1")),
        (
            r"/^HELO (\S+)/i=250 hi {{1}}\n",
            Rule("regex", rb"^HELO (\S+)", (SendStep(b"250 hi {{1}}\n", template=True),), True),
        ),
        ("/a=b/=c", Rule("regex", b"a=b", (SendStep(b"c"),))),
        (r"/a\/=b/=c", Rule("regex", b"a/=b", (SendStep(b"c"),))),
        ("*=!echo", Rule("any", actions=(ECHO,))),
        (
            "*=a!delay:0.5;!reset",
            Rule("any", actions=(SendStep(b"a"), WaitStep(0.5), CloseStep(True))),
        ),
        ("@connect=220 hi", Rule("connect", actions=(SendStep(b"220 hi"),))),
        ("@end=!half-close", Rule("end", actions=(HalfCloseStep(),))),
        (r"a\=b=c=d", Rule("text", b"a=b", (SendStep(b"c=d"),))),
        (
            "STARTTLS=go!upgrade;on",
            Rule("text", b"STARTTLS", (SendStep(b"go"), UpgradeStep(), SendStep(b"on"))),
        ),
        ("hello=Hello, client!", Rule("text", b"hello", (SendStep(b"Hello, client!"),))),
        (r"a=it is \!closed", Rule("text", b"a", (SendStep(b"it is !closed"),))),
        (r"a=\\!close", Rule("text", b"a", (SendStep(b"\\"), CloseStep()))),
        (r"\@conect=\!clsoe\;\=", Rule("text", b"@conect", (SendStep(b"!clsoe;="),))),
        (r"^\@all\$=\x30xzz", Rule("prefix", b"@all$", (SendStep(b"0xzz"),))),
        ("@ann said=it is 10!", Rule("text", b"@ann said", (SendStep(b"it is 10!"),))),
        ("0x00 0x01=0x02,03", Rule("text", b"\0\1", (SendStep(b"\2\3"),))),
        (r"a=\x21close", Rule("text", b"a", (SendStep(b"!close"),))),
        ("ä=ö", Rule("text", "ä".encode(), (SendStep("ö".encode()),))),
    ],
)
def test_rules_are_read(text: str, rule: Rule) -> None:
    assert read_rule(text) == rule
    assert read_rule(write_rule(rule)) == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("PING", "no ="),
        ("=x", "empty"),
        ("^$=x", "empty"),
        ("/abc=x", "does not end"),
        (r"PING=a\q", "character 7"),
        (r"P\qNG=a", "character 2"),
        ("PING=abc!delay:soon;", "character 9"),
        ("PING=abc!close now", "character 9"),
        ("0x012=a", "odd number"),
        ("/(/=a", "character 2"),
        ("/(a)/=a{{2}}", "{{2}} at byte 2"),
        ("PING=a{{nobody}}", "{{nobody}} at byte 2"),
        ("@conect=hi", "character 1: '@conect' is no event"),
        ("PING=PONG!clsoe", "character 10: '!clsoe' is no action"),
        ("PING=!echotext", "character 6: '!echotext' is no action"),
        ("0xzz=a", "character 3: 'z' is no hex digit"),
        ("PING=0x01zz", "character 10: 'z' is no hex digit"),
        ("PING=!close;0x", "character 13: 0x has no digits"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(SondeError, match=told.replace("{", r"\{")) as caught:
        read_rule(text)
    assert caught.value.kind == "syntax"
    assert caught.value.advice


def test_a_reply_may_name_what_is_known_besides() -> None:
    text = "/a(b)/={{1}} {{user}}"
    assert read_rules(text, {"user"}) == read_rules(text, None)
    with pytest.raises(SondeError, match=r"\{\{user\}\}"):
        read_rules(text, {"other"})
    for names in ((), None):
        with pytest.raises(SondeError, match=r"\{\{random:x\}\}"):
            read_rules("a={{random:x}}", names)


@pytest.mark.parametrize("text", ["/a/={{1}}", "/(a)/={{2}}", "a={{1}}", "*={{1}}"])
def test_a_group_that_a_pattern_does_not_have_is_told(text: str) -> None:
    for names in ((), None):
        with pytest.raises(PayloadSyntaxError, match="a group that the pattern does not have"):
            read_rules(text, names)


def test_a_list_of_rules_has_comments_and_tells_the_line() -> None:
    text = "# greets\n@connect=hi\n\n  PING=PONG\r\n"
    assert [rule.on for rule in read_rules(text)] == ["connect", "text"]
    assert read_rules(text)[1].actions == (SendStep(b"PONG"),)
    with pytest.raises(PayloadSyntaxError, match="line 3"):
        read_rules("a=b\n\nc")
    with pytest.raises(PayloadSyntaxError, match="more than 500"):
        read_rules("a=b\n" * 501)


def test_a_wrong_pattern_is_told_as_such() -> None:
    with pytest.raises(PatternError):
        read_rule("/(a/=b")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@conect=hi", r"Did you mean @connect? To mean it as text, write \@conect."),
        ("@x=hi", r"There are @connect, @end. To mean it as text, write \@x."),
        ("a=!clsoe", r"Did you mean !close? To send it as text, write \!clsoe."),
        ("0xzz=a", r"To begin with 0x as text, write \x30x."),
    ],
)
def test_a_word_that_is_not_known_has_a_near_one_and_a_way_to_say_it(text: str, told: str) -> None:
    with pytest.raises(PayloadSyntaxError) as caught:
        read_rule(text)
    assert caught.value.advice == told


payloads = st.one_of(
    st.binary(min_size=1, max_size=20),
    st.text("ab!=^$*@/#0x\\ ;:\r\n\tcloser-", min_size=1, max_size=16).map(str.encode),
).filter(lambda data: b"{{" not in data)
sends = payloads.map(SendStep)
others: st.SearchStrategy[Step] = st.sampled_from(
    [CloseStep(), CloseStep(reset=True), HalfCloseStep(), UpgradeStep(), ECHO, WaitStep(0.25)]
)


@st.composite
def actions(draw: st.DrawFn) -> tuple[Step, ...]:
    """Actions in which no two texts stand side by side: they are one."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(0, 4))):
        after_text = bool(steps) and isinstance(steps[-1], SendStep) and steps[-1] != ECHO
        steps.append(draw(others if after_text else st.one_of(sends, others)))
    return tuple(steps)


@given(
    st.lists(
        st.one_of(
            st.builds(Rule, st.sampled_from(["text", "prefix", "equal"]), payloads, actions()),
            st.builds(Rule, st.sampled_from(["any", "connect", "end"]), actions=actions()),
            st.builds(
                Rule,
                st.just("regex"),
                st.sampled_from([rb"a/b", rb"x=(\d+)$", rb"\\/=", rb"[^/]+", rb"a/=b", rb"\r\n"]),
                actions(),
                st.booleans(),
            ),
        ),
        max_size=4,
    )
)
def test_rules_that_are_written_read_back_the_same(rules: list[Rule]) -> None:
    assert read_rules(write_rules(rules)) == tuple(rules)


@given(st.text("PING=/^$*@\\x0{}!;:dcelaoy \t", max_size=30))
def test_any_text_is_a_rule_or_an_error(text: str) -> None:
    try:
        rule = read_rule(text)
    except SondeError:
        return
    assert read_rule(write_rule(rule)) == rule
