from __future__ import annotations

import pytest

from sonde_core.errors import PayloadSyntaxError
from sonde_core.script.draft import read_draft, variables_in
from sonde_core.script.text import StepsSyntaxError
from sonde_core.templates import Values

TEXT = """\
# by hand
send "one\\n"
    "two\\n"

expect regex /(?P<token>[a-z]+)/
# wait 1s
send! "{{token}} {{user}}"
"""


def test_each_step_has_its_line() -> None:
    draft = read_draft(TEXT, Values({"user": b"ann"}))
    assert len(draft.steps) == 3
    assert draft.lines == (2, 5, 7)
    assert [draft.index_at(line) for line in (1, 2, 5, 6, 7, 8)] == [0, 0, 1, 2, 2, 3]


def test_what_is_not_known_is_told_at_its_line() -> None:
    with pytest.raises(StepsSyntaxError, match=r"Line 7, column 1: .*\{\{user\}\}") as caught:
        read_draft(TEXT, Values())
    assert caught.value.line == 7


def test_a_name_that_is_not_filled_in_is_remarked_at_its_line() -> None:
    text = 'expect regex /(?P<n>a)/\n\nsend "{{n}} {{other}}"\nsend! "{{n}}"\nsend "{{later}}"\n'
    told = "Line 3: {{n}} is sent as it stands here; send! fills it in."
    assert read_draft(text, Values()).remark == told
    assert read_draft('send "{{other}}"', Values()).remark == ""
    assert read_draft('ping "{{other}}"', Values({"other": b""})).remark.endswith(
        "ping! fills it in."
    )


def test_a_wrong_pattern_is_told_at_its_line() -> None:
    text = 'send "a"\n' * 5 + "expect regex /(/\n" + 'send "b"\n' * 5
    with pytest.raises(StepsSyntaxError) as caught:
        read_draft(text, Values())
    assert caught.value.line == 6


def test_variables_are_read_from_one_line() -> None:
    assert variables_in('user=ann greeting="good morning" empty=') == {
        "user": b"ann",
        "greeting": b"good morning",
        "empty": b"",
    }
    assert variables_in("  ") == {}


@pytest.mark.parametrize("text", ["user", "=x", 'a="b', "a-b=c"])
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(PayloadSyntaxError):
        variables_in(text)
