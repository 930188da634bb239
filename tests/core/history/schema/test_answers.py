from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given

from sonde_core.history.schema.answers import (
    from_hop,
    from_problem,
    from_response,
    from_timing,
    from_tls,
    to_hop,
    to_problem,
    to_response,
    to_timing,
    to_tls,
)
from sonde_core.history.schema.values import dumps, loads
from sonde_core.model import Hop, HttpResponse, Problem, Timing, TlsFacts
from tests.strategies import HOPS, JSON, PROBLEMS, RESPONSES, TIMINGS, TLS


@given(RESPONSES)
def test_a_response_comes_back_equal(response: HttpResponse) -> None:
    assert from_response(loads(dumps(to_response(response, None, 0))), None) == response


@given(HOPS)
def test_a_hop_comes_back_equal(hop: Hop) -> None:
    assert from_hop(loads(dumps(to_hop(hop)))) == hop


@given(TLS)
def test_tls_comes_back_equal(tls: TlsFacts) -> None:
    assert from_tls(loads(dumps(to_tls(tls)))) == tls


@given(TIMINGS)
def test_timing_comes_back_equal(timing: Timing) -> None:
    assert from_timing(loads(dumps(to_timing(timing)))) == timing


@given(PROBLEMS)
def test_a_problem_comes_back_equal(problem: Problem) -> None:
    assert from_problem(loads(dumps(to_problem(problem)))) == problem


READERS: list[Callable[[object], object]] = [
    from_hop,
    from_tls,
    from_timing,
    from_problem,
    lambda value: from_response(value, None),
]


@pytest.mark.parametrize("reader", READERS)
@given(value=JSON)
def test_anything_else_is_a_value_error(reader: Callable[[object], object], value: object) -> None:
    with suppress(ValueError):
        reader(value)


def test_tls_of_a_file_that_knew_one_certificate_is_read() -> None:
    old = {
        "version": "TLSv1.3",
        "verified": True,
        "certificate": {"subject": "CN=x", "names": ["x"], "sha256": "ab", "serial": "1"},
    }
    facts = from_tls(old)
    assert facts.certificate is not None
    assert facts.certificate.subject == "CN=x"
    assert (facts.certificate.key, facts.chain[1:], facts.more) == ("", (), 0)
    assert from_tls({"version": "TLSv1.3", "certificate": None}).chain == ()
