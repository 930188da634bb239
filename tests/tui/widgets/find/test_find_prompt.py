import pytest
from rich.style import Style
from textual.app import App

from sonde_core.search import Query
from sonde_tui.widgets.find.find_prompt import FindPrompt, past_of


def opened(*past: Query) -> FindPrompt:
    prompt = FindPrompt()
    prompt.open(list(past))
    return prompt


def typed(prompt: FindPrompt, text: str) -> FindPrompt:
    for char in text:
        prompt.press(char, char)
    return prompt


def drawn(prompt: FindPrompt, width: int, told: str = "") -> str:
    return prompt.draw(width, told, Style(), Style(), Style()).text


def test_keys_change_what_is_typed() -> None:
    prompt = typed(opened(), "two words")
    assert prompt.query == Query("two words")
    prompt.press("backspace", None)
    assert prompt.text == "two word"
    prompt.press("ctrl+w", None)
    assert prompt.text == "two "
    prompt.press("ctrl+w", None)
    assert prompt.text == ""
    typed(prompt, "x").press("ctrl+u", None)
    assert prompt.text == ""


def test_tab_and_shift_tab_change_how_it_is_meant() -> None:
    prompt = typed(opened(), "x")
    prompt.press("tab", "\t")
    assert prompt.query == Query("x", regex=True)
    cases = []
    for _ in range(3):
        prompt.press("shift+tab", None)
        cases.append(prompt.query.case)
    assert cases == ["exact", "ignore", "smart"]
    prompt.press("tab", "\t")
    assert prompt.query == Query("x")


def test_what_it_means_is_kept_for_the_next_time() -> None:
    prompt = typed(opened(), "x")
    prompt.press("tab", "\t")
    prompt.close(keep=True)
    prompt.open([])
    assert prompt.query == Query("", regex=True)


def test_up_and_down_go_through_earlier_searches_and_back_to_the_new_one() -> None:
    prompt = typed(opened(Query("a"), Query("b", regex=True)), "new")
    seen = []
    for key in ("up", "up", "up", "down", "down", "down"):
        assert prompt.press(key, None)
        seen.append(prompt.query)
    a, b, new = Query("a"), Query("b", regex=True), Query("new")
    assert seen == [b, a, a, b, new, new]


def test_what_was_looked_for_is_kept_once_and_the_last_one_comes_first() -> None:
    past: list[Query] = []
    prompt = FindPrompt()
    for text in ("a", "b", "a", ""):
        prompt.open(past)
        typed(prompt, text).close(keep=True)
    prompt.open(past)
    typed(prompt, "left").close(keep=False)
    assert past == [Query("b"), Query("a")]


def test_a_key_that_means_nothing_here_is_left_to_others() -> None:
    prompt = opened()
    assert not prompt.press("pagedown", None)
    assert not prompt.press("escape", "\x1b")
    prompt.close(keep=False)
    assert not prompt.press("x", "x")


@pytest.mark.parametrize("pasted", ["b\x1bc\r\nd", "b\x1bc\rd", "\r\nb\x1bc\n"])
def test_only_the_first_line_of_a_paste_is_taken(pasted: str) -> None:
    prompt = typed(opened(), "a")
    prompt.paste(pasted)
    assert prompt.text == "ab\x1bc"
    assert "␛" in drawn(prompt, 40)


@pytest.mark.parametrize("width", [12, 20, 40, 80, 120])
def test_it_fills_its_row_and_shows_the_end_of_what_is_typed(width: int) -> None:
    prompt = typed(opened(), "a漢" * 50 + "end")
    shown = prompt.draw(width, "3 of 12,345", Style(), Style(), Style())
    assert shown.cell_length == width
    assert shown.text.startswith("/…")
    if width >= 40:
        assert "end▏" in shown.text
        assert "3 of 12,345" in shown.text


def test_the_keys_tell_how_it_is_meant_where_there_is_room() -> None:
    prompt = typed(opened(), "x")
    assert "text (tab) · smart case (shift+tab)" in drawn(prompt, 100)
    prompt.press("tab", "\t")
    prompt.press("shift+tab", None)
    assert "regex (tab) · exact case (shift+tab)" in drawn(prompt, 100)
    assert ".*" in drawn(prompt, 40)


def test_each_app_has_a_past_of_its_own() -> None:
    one, two = App[None](), App[None]()
    past_of(one).append(Query("x"))
    assert past_of(one) == [Query("x")]
    assert past_of(two) == []


def test_a_long_word_about_it_leaves_room_for_what_is_typed() -> None:
    prompt = typed(opened(), "z[y]9[0-")
    shown = drawn(prompt, 71, "The pattern is wrong at character 9: unterminated character set.")
    assert shown.startswith("/z[y]9[0-▏")
    assert shown.rstrip().endswith("…")
