"""What a person types stays theirs, whatever they do next."""

from datetime import UTC, datetime

import msgspec
from streamlit.testing.v1 import AppTest

from dashboard.draft import Aim
from tests.unit.dashboard.tiny_api import TinyApi


def script() -> None:
    import msgspec
    import streamlit as st

    from dashboard import session
    from dashboard.client import Client, connect
    from dashboard.draft import Sheet
    from dashboard.screens import compose, compose_steps
    from sdk_contracts.wire.apps import Me
    from sdk_contracts.wire.campaigns import Campaign
    from tests.unit.dashboard.tiny_api import CAMPAIGN

    if "api" in st.session_state:
        me = Me(app_id="app_1", app_name="Shop", role="owner")
        session.sign_in(session.Account(Client(connect(st.session_state["api"]), "ffs_key"), me))
    sheet = Sheet(texts={"en": ("", "")})
    table = st.session_state.setdefault("table", compose.Desk("form", sheet, sheet))
    compose_steps.steps("form")
    saved = msgspec.convert(CAMPAIGN, Campaign)
    compose_steps.show("form", table, lambda: saved)
    compose_steps.turn("form")


def at_step(step: str, api: TinyApi | None = None) -> AppTest:
    page = AppTest.from_function(script)
    if api is not None:
        page.session_state["api"] = api.url
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


def test_what_an_iphone_is_told_beside_the_words_is_taken_in() -> None:
    page = at_step("content")
    page.text_input(key="form.subtitle.en").set_value("This week")
    page.selectbox(key="form.ios.interruption").set_value("passive")
    page.text_input(key="form.android.icon").set_value("ic_bell").run()
    assert not page.exception
    shown = page.session_state["table"].sheet.platforms
    assert shown.subtitles == {"en": "This week"}
    assert (shown.ios.interruption_level, shown.android.icon) == ("passive", "ic_bell")


def test_conditions_are_added_filled_in_and_taken_away() -> None:
    page = at_step("audience")
    page.button_group(key="form.include").set_value("rows").run()
    page.button(key="form.include.boxes.add.0").click().run()
    first, second = (box.key for box in page.selectbox if (box.key or "").endswith(".what"))
    assert second is not None
    page.selectbox(key=second).set_value("person").run()
    page.text_input(key=f"{second.removesuffix('.what')}.person.name").set_value("orders")
    page.selectbox(key=f"{second.removesuffix('.what')}.person.op").set_value("gte").run()
    page.text_input(key=f"{second.removesuffix('.what')}.person.value").set_value("3")
    page.button_group(key="form.include.join.0").set_value("or").run()
    assert not page.exception
    rule = page.session_state["table"].sheet.include.rule()
    assert msgspec.to_builtins(rule) == {
        "or": [
            {"field": "device.platform", "op": "eq", "value": "android"},
            {"field": "person.orders", "op": "gte", "value": 3},
        ]
    }
    assert first is not None
    page.button(key=f"{first.removesuffix('.what')}.away").click().run()
    rule = page.session_state["table"].sheet.include.rule()
    assert msgspec.to_builtins(rule) == {"field": "person.orders", "op": "gte", "value": 3}


def test_versions_are_added_and_say_what_is_typed_in_them() -> None:
    page = at_step("content")
    page.text_input(key="form.title.en").set_value("Hello").run()
    page.toggle(key="form.trial").set_value(True).run()
    page.button(key="form.arms.add").click().run()
    page.text_input(key="form.arm.2.title.en").set_value("Howdy").run()
    page.button(key="form.arm.1.remove").click().run()
    assert not page.exception
    experiment = page.session_state["table"].sheet.draft().experiment
    assert [(arm.name, arm.content.translations["en"].title) for arm in experiment.variants] == [
        ("a", "Hello"), ("c", "Howdy")
    ]  # fmt: skip


def test_a_schedule_is_put_together_from_friendly_choices(api: TinyApi) -> None:
    starts = {"timezone": "UTC", "local_time": False, "starts": ["2126-11-30T09:00:00Z"]}
    api.answer("POST /v1/schedule/preview", 200, starts)
    page = at_step("schedule", api)
    page.radio(key="form.when").set_value("repeat").run()
    page.button_group(key="form.every").set_value("week").run()
    page.button_group(key="form.days").set_value(["MO", "FR"]).run()
    assert not page.exception
    plan = page.session_state["table"].sheet.plan
    assert (plan.mode, plan.rule) == ("repeat", "FREQ=WEEKLY;BYDAY=MO,FR")
    assert plan.needs(datetime.now(UTC)) == []
    assert "30 Nov 2126 09:00" in " ".join(element.proto.body for element in page.get("html"))


def test_a_segment_is_chosen_by_name_and_conditions_are_kept_as_another(api: TinyApi) -> None:
    at = "2026-11-29T09:00:00Z"
    kept = {
        "id": "seg_1", "name": "Lapsed", "rule": {"topics": ["news"]}, "created_at": at, "changed_at": at,
        "last_used_at": None, "campaigns": 0, "segments": 0,
    }  # fmt: skip
    api.answer("GET /v1/segments", 200, {"items": [kept], "next_cursor": None})
    api.answer("POST /v1/segments", 201, {**kept, "id": "seg_2"})
    page = at_step("audience", api)
    page.button_group(key="form.include").set_value("segment").run()
    assert [need.key for need in page.session_state["table"].sheet.include.needs()] == ["need.row_segment"]
    page.selectbox(key="form.include.segment").set_value("seg_1").run()
    assert page.session_state["table"].sheet.include == Aim("segment", ("seg_1",))
    page.button_group(key="form.include").set_value("rows").run()
    page.text_input(key="form.include.segment_name").set_value("On Android").run()
    page.button(key="form.include.segment_keep").click().run()
    assert not page.exception
    (asked,) = (each for each in api.asked if each.method == "POST" and each.path == "/v1/segments")
    rule = {"field": "device.platform", "op": "eq", "value": "android"}
    assert asked.body == {"name": "On Android", "rule": rule}


def test_a_test_is_sent_to_those_named_once_the_draft_is_saved(api: TinyApi) -> None:
    api.answer("POST /v1/campaigns/cmp_1/test", 202, {"message_id": "cmp_2"})
    page = at_step("test", api)
    page.button(key="compose.test").click().run()
    assert "Name somebody" in page.error[0].value
    page.text_area(key="form.test.external_ids").set_value("ada, bob")
    page.button(key="compose.test").click().run()
    (asked,) = (each for each in api.asked if each.path.endswith("/test"))
    assert asked.body == {"external_ids": ["ada", "bob"]}
    assert asked.headers["idempotency-key"]


def desks() -> None:
    import msgspec
    import streamlit as st

    from dashboard.screens import compose

    table = compose.lay(compose.blank())
    compose.lay(compose.blank())
    st.session_state["after nothing typed"] = st.session_state.get("desk.aside")
    table = compose.desk()
    table.sheet = msgspec.structs.replace(table.sheet, name="Spring")
    compose.put_aside()
    other = compose.desk()
    other.sheet = msgspec.structs.replace(other.sheet, name="Summer")
    compose.take_back()
    st.session_state["names"] = (compose.desk().sheet.name, st.session_state["desk.aside"].sheet.name)


def test_beginning_another_campaign_lays_aside_what_was_typed_and_not_saved() -> None:
    page = AppTest.from_function(desks).run()
    assert not page.exception
    assert page.session_state["after nothing typed"] is None
    assert page.session_state["names"] == ("Spring", "Summer")


def beside() -> None:
    import streamlit as st

    from dashboard import session
    from dashboard.client import Client, connect
    from dashboard.draft import Sheet
    from dashboard.screens import compose_side
    from sdk_contracts.wire.apps import Me

    me = Me(app_id="app_1", app_name="Shop", role="author")
    session.sign_in(session.Account(Client(connect(st.session_state["api"]), "ffs_key"), me))
    compose_side.show(Sheet(texts={"en": ("Hi", "")}, channels=("push", "email")))


def test_beside_the_form_stand_numbers_a_forecast_whether_somebody_is_meant_and_a_letter(api: TinyApi) -> None:
    numbers = {
        "people": 9, "devices": 12, "by_channel": {"push": 9, "email": 3}, "by_platform": {"ios": 12},
        "excluded": {"frequency_capped": 2}, "now": 5, "deferred": 4,
        "deferred_until": {"earliest": "2126-03-05T07:00:00Z", "latest": "2126-03-05T07:00:00Z"},
        "as_of": "2026-03-05T07:00:00Z", "exact": False, "complete": False,
    }  # fmt: skip
    api.answer("POST /v1/audience/estimate", 200, numbers)
    why = {"external_id": "bob", "meant": False, "words": "Out, because.", "device_id": None, "devices": []}
    api.answer("POST /v1/audience/explain", 200, {**why, "reasons": []})
    page = AppTest.from_function(beside)
    page.session_state["api"] = api.url
    page.run()
    page.text_input(key="compose.among").set_value("bob")
    page.button_group(key="compose.surface").set_value("email").run()
    assert not page.exception
    shown = " ".join(element.proto.body for element in page.get("html"))
    assert "Push: 5 now, 4 deferred to 5 Mar 2126 07:00, 2 capped, having had enough today." in shown
    assert "≥ 12" in shown
    assert "Still counting" in shown
    assert "Out, because." in shown
    assert "ff-on-email" in shown


def test_everything_typed_at_a_step_is_there_after_a_visit_to_another() -> None:
    page = at_step("content")
    page.text_input(key="form.image").set_value("https://shop.example/a.png")
    page.text_input(key="form.button.0.label").set_value("Look").run()
    page.toggle(key="form.trial").set_value(True).run()
    page.text_input(key="form.arm.1.title.en").set_value("Howdy")
    page.button(key="compose.next").click().run()
    page.button(key="compose.next").click().run()
    page.radio(key="form.when").set_value("event").run()
    page.text_input(key="form.event").set_value("cart")
    page.button(key="compose.previous").click().run()
    page.button(key="compose.previous").click().run()
    assert not page.exception
    assert page.text_input(key="form.image").value == "https://shop.example/a.png"
    assert page.text_input(key="form.button.0.label").value == "Look"
    assert page.text_input(key="form.arm.1.title.en").value == "Howdy"
    sheet = page.session_state["table"].sheet
    assert (sheet.image_url, sheet.plan.event) == ("https://shop.example/a.png", "cart")
    page.button_group(key="form.step").set_value("schedule").run()
    assert page.text_input(key="form.event").value == "cart"
