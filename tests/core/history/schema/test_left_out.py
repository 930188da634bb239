from __future__ import annotations

import pytest

from sonde_core.history.schema.left_out import from_hidden, from_left_out, to_hidden, to_left_out
from sonde_core.history.schema.values import dumps, loads
from sonde_core.left_out import Hidden, LeftOut


def test_what_is_written_comes_back() -> None:
    secrets = (LeftOut(1, "Authorization", ("request headers", "sent")), LeftOut(2, "\udcff"))
    assert from_left_out(loads(dumps(to_left_out(secrets)))) == secrets


def test_an_entry_without_it_has_none() -> None:
    assert from_left_out(None) == ()


@pytest.mark.parametrize("value", [1, [1], [{"number": "1"}], [{"number": 1, "places": 1}]])
def test_another_shape_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_left_out(value)


def test_places_come_back() -> None:
    places = (Hidden(0, 5), Hidden(7, 1 << 40))
    assert from_hidden(loads(dumps(to_hidden(places)))) == places
    assert from_hidden(None) == ()
    with pytest.raises(ValueError, match="start"):
        from_hidden([[1]])
