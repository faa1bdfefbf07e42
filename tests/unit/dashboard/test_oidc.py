"""Who somebody is at an identity provider, as a role here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard import oidc
from dashboard.settings import BadSetting

GIVEN = {
    "FANFARE_DASHBOARD_URL": "https://push.shop.example/",
    "FANFARE_DASHBOARD_OIDC_METADATA_URL": "https://id.shop.example/.well-known/openid-configuration",
    "FANFARE_DASHBOARD_OIDC_CLIENT_ID": "fanfare",
    "FANFARE_DASHBOARD_OIDC_CLIENT_SECRET": "secret",
    "FANFARE_DASHBOARD_OIDC_COOKIE_SECRET": "x" * 32,
    "FANFARE_DASHBOARD_OIDC_ROLES": "head office=owner, marketing=marketer",
    "FANFARE_DASHBOARD_KEY_OWNER": "ffs_owner",
    "FANFARE_DASHBOARD_KEY_MARKETER": "ffs_marketer",
}


def provider() -> oidc.Oidc:
    found = oidc.from_environment(GIVEN)
    assert found is not None
    return found


def test_without_any_of_its_variables_there_is_no_provider() -> None:
    assert oidc.from_environment({"FANFARE_DASHBOARD_KEY_OWNER": "ffs_owner"}) is None


def test_streamlit_is_told_where_the_provider_sends_people_back_to() -> None:
    assert provider().secrets()["auth"]["redirect_uri"] == "https://push.shop.example/oauth2callback"


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["marketing"], "marketer"),
        (["marketing", "head office"], "owner"),
        ("marketing", "marketer"),
        (["Marketing"], None),
        (["owner"], None),
        ([], None),
        (None, None),
        ({"marketing": True}, None),
        ([["marketing"], 7], None),
    ],
)
def test_the_mightiest_role_of_the_groups_one_is_in(groups: Any, role: str | None) -> None:
    assert provider().role({"groups": groups}) == role


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        oidc.from_environment({other: value for other, value in GIVEN.items() if other != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FANFARE_DASHBOARD_OIDC_COOKIE_SECRET", "short"),
        ("FANFARE_DASHBOARD_OIDC_ROLES", "marketing"),
        ("FANFARE_DASHBOARD_OIDC_ROLES", "marketing=sender"),
        ("FANFARE_DASHBOARD_OIDC_ROLES", " , "),
        ("FANFARE_DASHBOARD_OIDC_METADATA_URL", "id.shop.example"),
        ("FANFARE_DASHBOARD_KEY_OWNER", "ffp_public"),
    ],
)
def test_what_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        oidc.from_environment({**GIVEN, name: value})


def test_who_signed_in_twelve_hours_ago_or_at_no_time_has_to_again() -> None:
    now = datetime(2026, 3, 4, 20, tzinfo=UTC)
    ago = {hours: (now - timedelta(hours=hours)).timestamp() for hours in (0, 11, 13)}
    assert [oidc.lapsed({"iat": at}, now) for at in ago.values()] == [False, False, True]
    assert oidc.lapsed({}, now)
    assert oidc.lapsed({"iat": "yesterday"}, now)
