"""Signing in through an identity provider (OpenID Connect): who somebody is there decides which role they have here.

Streamlit speaks the protocol and keeps who signed in in a signed cookie. The dashboard has one secret key for each
role and acts with that of the person's; so the API refuses by role as it does for everybody.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from dashboard.settings import BadSetting, web_address
from sdk_contracts.wire.apps import Role

PREFIX = "FANFARE_DASHBOARD_OIDC_"
ROLES: tuple[Role, ...] = ("owner", "marketer", "author", "analyst")
"""The mightiest first: who is in the groups of several has the first of these."""
LASTS = timedelta(hours=12)
"""Then one signs in again, and whoever left the organisation meanwhile does not."""
_LEAST_SECRET = 32


class Oidc(Struct, frozen=True, kw_only=True):
    metadata_url: str
    client_id: str
    client_secret: str
    cookie_secret: str
    dashboard_url: str
    """How browsers reach the dashboard."""
    claim: str
    groups: dict[str, Role]
    """By what the claim says."""
    keys: dict[Role, str]

    def secrets(self) -> dict[str, Any]:
        """As Streamlit's `secrets.toml` would have it."""
        return {
            "auth": {
                "redirect_uri": f"{self.dashboard_url}/oauth2callback",
                "cookie_secret": self.cookie_secret,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": self.metadata_url,
            }
        }

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The mightiest role of the groups they are in, of those there is a key for."""
        said = claims.get(self.claim)
        groups = [said] if isinstance(said, str) else said if isinstance(said, list | tuple) else []
        roles = {self.groups.get(group) for group in groups if isinstance(group, str)}
        return next((role for role in ROLES if role in roles), None)


def from_environment(environ: Mapping[str, str]) -> Oidc | None:
    """None unless any of the variables is set; then all must be. Raises BadSetting."""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    if not given:
        return None
    needed = ("METADATA_URL", "CLIENT_ID", "CLIENT_SECRET", "COOKIE_SECRET", "ROLES")
    for name in needed:
        if not given.get(PREFIX + name):
            raise BadSetting(f"{PREFIX}{name} is missing: signing in through a provider needs it.")
    if len(given[PREFIX + "COOKIE_SECRET"]) < _LEAST_SECRET:
        raise BadSetting(f"{PREFIX}COOKIE_SECRET is too short: {_LEAST_SECRET} characters at least, made at random.")
    groups = _groups(given[PREFIX + "ROLES"])
    return Oidc(
        metadata_url=web_address(PREFIX + "METADATA_URL", given[PREFIX + "METADATA_URL"]),
        client_id=given[PREFIX + "CLIENT_ID"],
        client_secret=given[PREFIX + "CLIENT_SECRET"],
        cookie_secret=given[PREFIX + "COOKIE_SECRET"],
        dashboard_url=web_address("FANFARE_DASHBOARD_URL", environ.get("FANFARE_DASHBOARD_URL", "")),
        claim=given.get(PREFIX + "CLAIM", "groups"),
        groups=groups,
        keys=_keys(environ, set(groups.values())),
    )


def _groups(text: str) -> dict[str, Role]:
    """`marketing=marketer,head office=owner`."""
    groups: dict[str, Role] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        group, _, role = (part.strip() for part in pair.rpartition("="))
        if not group or role not in ROLES:
            raise BadSetting(f"{PREFIX}ROLES: {pair!r} is not GROUP=ROLE, of {', '.join(ROLES)}.")
        groups[group] = role
    if not groups:
        raise BadSetting(f"{PREFIX}ROLES names no group.")
    return groups


def _keys(environ: Mapping[str, str], roles: set[Role]) -> dict[Role, str]:
    """One for each role that anybody may have."""
    keys: dict[Role, str] = {}
    for role in roles:
        name = f"FANFARE_DASHBOARD_KEY_{role.upper()}"
        if not environ.get(name, "").startswith("ffs_"):
            raise BadSetting(f"{name} is no secret key: one of that role is needed, it starts with ffs_.")
        keys[role] = environ[name]
    return keys


def lapsed(claims: Mapping[str, Any], now: datetime) -> bool:
    """Whether they signed in too long ago (`iat`, OpenID Connect Core 1.0, section 2)."""
    issued = claims.get("iat")
    return not isinstance(issued, int | float) or now.timestamp() - issued > LASTS.total_seconds()
