from __future__ import annotations

import json
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.comparing.change import Change
from sonde_core.comparing.places import Places, parse
from sonde_core.comparing.report import Report
from sonde_core.comparing.structure import compare
from sonde_core.comparing.watch import StoppedError, Watch

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-1, 1) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


def changes(before: str, after: str, *ignore: str) -> list[Change]:
    report = Report()
    places = parse(ignore) if ignore else Places()
    assert compare(before.encode(), after.encode(), report, places)
    return report.changes


def shown(before: str, after: str, *ignore: str) -> list[tuple[str, str | None, str | None]]:
    return [(each.path, each.before, each.after) for each in changes(before, after, *ignore)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("100", "1e2"),
        ("100", "1E+2"),
        ("0.10", "0.1"),
        ("0", "-0.0"),
        ("12e-1", "1.2"),
        ("1" + "0" * 5000, "1e5000"),
        ("0e999999999999999999999", "0e999999999999999999999"),
    ],
)
def test_numbers_are_equal_by_value_and_it_is_told_how_they_are_spelled(
    one: str, other: str
) -> None:
    report = Report()
    assert compare(b"[%b]" % one.encode(), b"[%b]" % other.encode(), report, Places())
    assert report.changes == []
    told = [(each.path, each.note) for each in report.found.facts]
    assert told == ([("[0]", "the same number, spelled differently")] if one != other else [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "-1"),
        ("9007199254740993", "9007199254740992"),
        ("0.1", "0.1000000000000000000001"),
        ("1e400", "1e401"),
        ("1e99999999999999999999", "1e99999999999999999998"),
        ("1" * 5000, "1" * 4999 + "2"),
        ("1", "true"),
        ("0", "false"),
        ("1", '"1"'),
        ("null", "0"),
    ],
)
def test_numbers_that_differ_are_told_apart(one: str, other: str) -> None:
    assert len(changes(one, other)) == 1
    assert changes(one, other)[0].before != changes(one, other)[0].after


def test_places_are_paths() -> None:
    before = '{"users": [{"name": "Ann"}, {"name": "Bob"}], "a key": 1, "gone": [1, {"x": null}]}'
    after = '{"a key": 2, "users": [{"name": "Ann"}, {"name": "Eve"}], "new": "é"}'
    assert shown(before, after) == [
        ("users[1].name", '"Bob"', '"Eve"'),
        ('["a key"]', "1", "2"),
        ("gone", '[1, {"x": null}]', None),
        ("new", None, '"é"'),
    ]


def test_items_that_stay_are_lined_up() -> None:
    assert shown("[1, 2, 3, 4]", "[2, 3, 4]") == [("[0]", "1", None)]
    assert shown('[{"id": 1}, {"id": 2}]', '[{"id": 0}, {"id": 1}, {"id": 2}]') == [
        ("[0]", None, '{"id": 0}')
    ]
    assert shown('[{"id": 1, "t": 5}]', '[{"t": 6, "id": 1}]') == [("[0].t", "5", "6")]


def test_a_repeated_name_counts_each_time() -> None:
    assert changes('{"a": 1, "a": 2}', '{"a": 1, "a": 2}') == []
    assert shown('{"a": 1, "a": 2}', '{"a": 1, "a": 3}') == [("a (time 2)", "2", "3")]
    assert shown('{"a": 1, "a": 2}', '{"a": 2}') == [("a", "1", "2"), ("a (time 2)", "2", None)]


def test_left_out_places() -> None:
    before = '{"time": 1, "items": [{"id": 1, "v": 1}, {"id": 2, "v": 1}], "x": {"a": 1, "b": 1}}'
    after = '{"time": 2, "items": [{"id": 8, "v": 1}, {"id": 9, "v": 2}], "x": {"a": 2, "b": 1}}'
    assert shown(before, after, "body.time", "body.items[*].id", "body.x.*") == [
        ("items[1].v", "1", "2")
    ]
    assert shown("[1, 2]", "[3, 4]", "body[1]") == [("[0]", "1", "3")]
    assert shown('{"a": 1}', '{"a": 2}', "body[0]", "body.b", "body.a.x") == [("a", "1", "2")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "{",
        '{"a": 1,}',
        "[NaN]",
        '"\n"',
        "[1] x",
        "[" * 100_000 + "]" * 100_000,
        "[" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" + "0," * 4_000_000 + "0]",
    ],
)
def test_what_cannot_be_read_is_left_to_others(text: str) -> None:
    assert not compare(text.encode(), b"[1]", Report(), Places())
    assert not compare(b"[1]", text.encode(), Report(), Places())


def test_bytes_that_are_no_utf8_are_left_to_others() -> None:
    assert not compare(b'"\xff"', b'"a"', Report(), Places())


def test_deepest_nesting_is_walked() -> None:
    before, after = ('{"a":[' * 75 + value + "]}" * 75 for value in ("1", "2"))
    assert [change.before for change in changes(before, after)] == ["1"]


def test_deeper_nesting_is_left_to_others_and_nothing_is_told_twice() -> None:
    deep, deep_end = '{"a":[' * 450, "]}" * 450
    before, after = (f'{{"x": {value}, "y": {deep}{value}{deep_end}}}' for value in ("1", "2"))
    report = Report()
    assert not compare(before.encode(), after.encode(), report, Places())
    assert report.changes == []


def moves(before: str, after: str) -> list[tuple[str, str]]:
    return [(each.path, each.to) for each in changes(before, after) if each.to]


def test_items_that_moved_are_told() -> None:
    items = [f'{{"id": {number}, "v": "x"}}' for number in range(6)]
    before = f'{{"a": [{", ".join(items)}]}}'
    after = f'{{"a": [{", ".join([*items[1:], items[0]])}]}}'
    assert moves(before, after) == [("a[0]", "body.a[5]")]
    assert len(changes(before, after)) == 1
    assert moves("[1, 2, 3, 4]", "[1, 3, 2, 4]") == [("[2]", "body[1]")] or moves(
        "[1, 2, 3, 4]", "[1, 3, 2, 4]"
    ) == [("[1]", "body[2]")]


def test_a_thing_that_moved_and_changed_is_known_by_its_id() -> None:
    before = '[{"id": 1, "v": 1}, {"id": 2}, {"id": 3}, {"id": 4}]'
    after = '[{"id": 2}, {"id": 3}, {"id": 4}, {"id": 1, "v": 2}]'
    found = changes(before, after)
    assert [(each.path, each.before, each.after, each.to) for each in found] == [
        ("[0]", '{"id": 1, "v": 1}', None, "body[3]"),
        ("[3].v", "1", "2", ""),
    ]


def test_of_equal_items_nobody_knows_which_moved() -> None:
    assert moves("[0, 0, 1, 2]", "[1, 2, 0, 0]") == []


def test_items_are_lined_up_by_what_their_numbers_mean() -> None:
    report = Report()
    assert compare(b'["x", 1.0, 2.50, 3]', b"[1, 2.5, 3e0]", report, Places())
    assert [(each.path, each.before, each.after) for each in report.changes] == [
        ("[0]", '"x"', None)
    ]
    assert [each.path for each in report.found.facts] == ["[0]", "[1]", "[2]"]


def test_what_is_left_out_is_counted_and_kept_apart() -> None:
    report = Report()
    before = b'{"t": 1, "items": [{"id": 1, "v": 1}, {"id": 2}], "gone": 1, "a": [1, 2]}'
    after = b'{"t": 2, "items": [{"id": 5, "v": 1}, {"id": 2}], "come": 1, "a": [1, 3]}'
    ignore = ["body.t", "body.items[].id", "body.gone", "body.come", "body.a[1]"]
    assert compare(before, after, report, parse(ignore))
    assert report.changes == []
    paths = [each.path for each in report.found.ignored]
    assert paths == ["t", "items[0].id", "a[1]", "gone", "come"] or sorted(paths) == sorted(
        ["t", "items[0].id", "gone", "come", "a[1]"]
    )
    assert report.found.left_out == 5
    assert report.unlisted == ["5 changes left out by rules"]


def test_repeated_names_are_told() -> None:
    report = Report()
    assert compare(b'{"a": 1, "a": 2}', b'{"a": 1, "a": 3}', report, Places())
    assert report.found.notes == ['Names that an object repeats were compared each time: "a".']


def test_what_is_not_compared_in_time_is_told() -> None:
    before = b"[" + b",".join(b'{"a": %d}' % each for each in range(1000)) + b"]"
    report = Report(watch=Watch(seconds=0))
    assert compare(before, before.replace(b"a", b"b"), report, Places())
    assert not report.found.told.get("place in the JSON body", 0) >= 1000
    assert "not compared in time" in report.parts[-1]
    assert report.found.notes[0].startswith("After 0 s the rest of the JSON, from body[")


def test_it_stops_when_it_is_told_to() -> None:
    watch = Watch()
    watch.stop()
    with pytest.raises(StoppedError):
        compare(b"[1]", b"[2]", Report(watch=watch), Places())


def test_it_tells_how_far_it_is() -> None:
    told: list[str] = []
    before = b"[" + b",".join(b"%d" % each for each in range(200)) + b"]"
    report = Report(watch=Watch(on_progress=told.append))
    assert compare(before, before.replace(b"1", b"2"), report, Places())
    assert told[:2] == ["reading JSON", "comparing"]
    assert told[2] == "comparing JSON, 0 %"
    assert told[-1].endswith("9 %") or told[-1].endswith("8 %")


@given(VALUES, VALUES)
def test_nothing_differs_exactly_when_the_values_are_equal(one: Json, other: Json) -> None:
    assert changes(json.dumps(one), json.dumps(one, indent=3, ensure_ascii=False)) == []
    plain = [json.loads(json.dumps(each), parse_int=float) for each in (one, other)]
    same = json.dumps(plain[0], sort_keys=True) == json.dumps(plain[1], sort_keys=True)
    found = changes(json.dumps(one), json.dumps(other))
    if "-0.0" not in json.dumps(plain):
        assert (not found) == same


def test_long_values_are_shown_where_they_differ() -> None:
    text = "a" * 100_000
    [(_, before, after)] = shown(json.dumps(text + "x"), json.dumps(text + "y"))
    assert before is not None
    assert after is not None
    assert len(before) < 500
    assert before.endswith('ax"')
    assert after.endswith('ay"')
    [(_, whole, _)] = shown(json.dumps([text] * 9), "1")
    assert whole is not None
    assert len(whole) < 500


SECRETS = (
    '{"access_token": "old-1", "a": {"password": 17}, "gone": [{"jwt": "old-2"}], "key": "k1"}',
    '{"access_token": "new-1", "a": {"password": 18}, "come": {"secret": "new-2"}, "key": "k2"}',
)


def test_members_that_give_access_are_told_to_differ_and_not_shown() -> None:
    found = changes(*SECRETS)
    assert [each.path for each in found] == ["access_token", "a.password", "gone", "key", "come"]
    told = str(found)
    assert not any(secret in told for secret in ("old-", "new-", "17", "18"))
    assert all("differ" in each.note for each in found[:2])
    assert "k1" in told
    assert not changes('{"password": 1}', '{"password": 1.0}')


def test_they_are_shown_when_they_are_to_be() -> None:
    report = Report(reveal=True)
    assert compare(SECRETS[0].encode(), SECRETS[1].encode(), report, Places())
    assert all(secret in str(report.changes) for secret in ("old-1", "new-2", "17"))


def test_what_is_left_out_of_secrets_is_counted() -> None:
    report = Report()
    one, other = b'{"token": "old"}', b'{"token": "new"}'
    assert compare(one, other, report, parse(["body.token"]))
    assert (report.changes, report.found.left_out) == ([], 1)
    assert "old" not in str(report.found.ignored)
