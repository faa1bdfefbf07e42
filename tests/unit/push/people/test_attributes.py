"""An attribute has one type in an app."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.errors import Invalid
from push.people.attributes import merged, type_of, typed

SCALARS = st.text(max_size=20) | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.booleans()


@given(SCALARS)
def test_a_value_fits_its_own_type_and_no_other(value: str | float | bool) -> None:
    own = type_of(value)
    assert typed({"a": value}, {"a": own}) == {"a": value}
    for other in {"string", "number", "bool"} - {own}:
        with pytest.raises(Invalid):
            typed({"a": value}, {"a": other})  # type: ignore[dict-item]


@given(st.text(max_size=30))
def test_a_date_is_a_time_or_refused(text: str) -> None:
    try:
        kept = typed({"a": text}, {"a": "date"})["a"]
    except Invalid:
        return
    assert isinstance(kept, datetime)
    assert kept.tzinfo is not None


def test_a_day_begins_at_midnight_utc() -> None:
    assert typed({"a": "2024-02-29"}, {"a": "date"}) == {"a": datetime(2024, 2, 29, tzinfo=UTC)}


def test_nothing_takes_an_attribute_away_whatever_its_type() -> None:
    assert merged({"a": 1, "b": 2}, typed({"a": None}, {})) == {"b": 2}
