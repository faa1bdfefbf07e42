"""One screen by itself in Streamlit's test runner, signed in; what it asks goes to a tiny API."""

from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.client import Client, connect
from sdk_contracts.wire.apps import Me, Role


def screen(api_url: str, name: str, role: Role = "owner") -> AppTest:
    page = AppTest.from_string(f"from dashboard.screens import {name}\n{name}.show()", default_timeout=20)
    me = Me(app_id="app_1", app_name="Corner shop", role=role)
    page.session_state["account"] = session.Account(Client(connect(api_url), "ffs_right"), me)
    return page


def shown(page: AppTest) -> str:
    """All that is read on it, HTML as it was sent."""
    kinds = ("error", "info", "warning", "caption", "markdown")
    return " ".join([
        *(element.value for kind in kinds for element in page.get(kind)),
        *(element.proto.body for element in page.get("html")),
    ])  # fmt: skip
