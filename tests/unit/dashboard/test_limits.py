"""The limits on people in the compose form: asked where they matter, and kept where they are not shown."""

import pytest
from streamlit.testing.v1 import AppTest

LABELS = ["Push during quiet hours too", "Push also who has had enough promotion today"]


def script(kind: str) -> None:
    import streamlit as st

    from dashboard.screens import compose_form
    from sdk_contracts.wire.campaigns import Limits

    st.session_state["limits"] = compose_form.limits("form", Limits(ignore_quiet_hours=True), kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "asked"), [("promotion", 2), ("training", 1), ("service", 0)])
def test_a_limit_is_asked_about_where_the_kind_keeps_it(kind: str, asked: int) -> None:
    page = AppTest.from_function(script, args=(kind,)).run()
    assert not page.exception
    assert [toggle.label for toggle in page.toggle] == LABELS[:asked]
    assert page.session_state["limits"].ignore_quiet_hours


def test_what_is_switched_is_what_is_saved() -> None:
    page = AppTest.from_function(script, args=("promotion",)).run()
    page.toggle[0].set_value(False)
    page.toggle[1].set_value(True).run()
    chosen = page.session_state["limits"]
    assert (chosen.ignore_quiet_hours, chosen.ignore_frequency_cap, chosen.expires_at) == (False, True, None)
