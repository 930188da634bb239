import pytest

from sonde_core.search.weight import weight


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", 0),
        ("abc", 3),
        (r"\d[a-z]", 2),
        ("a{10}", 10),
        ("(a{10}b){10}", 110),
        ("(?:a{100}){100}x", 10_003),
        ("[]{9}]", 1),
        (r"\{9}", 4),
        ("a{,7}", 7),
        ("a{2,}", 2),
        ("(ab)(cd){3}", 8),
        (")a{3}", 4),
    ],
)
def test_repeats_of_repeats_multiply(pattern: str, expected: int) -> None:
    assert abs(weight(pattern) - expected) <= expected // 10 + 2
