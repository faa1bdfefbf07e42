"""What a person types stays theirs, whatever they do next."""

from streamlit.testing.v1 import AppTest

from dashboard.draft import Aim


def script() -> None:
    import streamlit as st

    from dashboard.draft import Sheet
    from dashboard.screens import compose, compose_steps

    sheet = Sheet(texts={"en": ("", "")})
    table = st.session_state.setdefault("table", compose.Desk("form", sheet, sheet))
    compose_steps.steps("form")
    compose_steps.show("form", table, lambda: None)
    compose_steps.turn("form")


def at_step(step: str) -> AppTest:
    page = AppTest.from_function(script)
    page.session_state["form.step"] = step
    return page.run()


def test_what_was_typed_is_kept_when_the_click_on_another_step_comes_with_it() -> None:
    page = at_step("audience")
    page.button_group(key="form.include").set_value("external_ids")
    page.run()
    # One message to the server, as when the browser is quicker than the page before: the text and the click.
    page.text_area(key="form.include.external_ids").set_value("ada, bob")
    page.button_group(key="form.step").set_value("launch")
    page.run()
    assert not page.exception
    assert page.session_state["table"].sheet.include == Aim("external_ids", ("ada", "bob"))
    assert [area.label for area in page.text_area] == []


def test_the_button_to_the_next_step_takes_what_was_typed_with_it() -> None:
    page = at_step("content")
    page.text_input(key="form.title.en").set_value("Hello")
    page.button(key="compose.next").click().run()
    assert page.session_state["table"].sheet.texts == {"en": ("Hello", "")}
    page.button(key="compose.previous").click().run()
    assert page.text_input(key="form.title.en").value == "Hello"
