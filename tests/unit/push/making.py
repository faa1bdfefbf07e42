"""Devices and campaigns for the tests of rules, with everything that a test does not speak of left ordinary."""

from datetime import UTC, datetime
from typing import Any

from push.audience.rules import Audience, Rule
from push.campaigns.model import Campaign
from push.content.model import Content, Translation
from push.devices.model import Device, FcmToken
from push.ids import new_id
from push.people.model import Gate

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
APP = new_id("app")


def device(**fields: Any) -> Device:
    """A phone that may be sent anything."""
    given = {
        "id": new_id("dev"),
        "app_id": APP,
        "person_id": new_id("per"),
        "platform": "android",
        "created_at": NOON,
        "last_seen_at": NOON,
        "address": FcmToken(token="token"),
        "gate": Gate(consent=True),
        **fields,
    }
    return Device(**given)


def campaign(**fields: Any) -> Campaign:
    """A draft to everybody on both channels."""
    given = {
        "id": new_id("cmp"),
        "app_id": APP,
        "type": "campaign",
        "state": "draft",
        "name": "Hello",
        "kind": "service",
        "category": None,
        "content": content(),
        "audience": Audience(include=Rule(all=True)),
        "channels": ("push", "inbox"),
        "created_at": NOON,
        **fields,
    }
    return Campaign(**given)


def content(title: str = "Hello", **fields: Any) -> Content:
    return Content(default_locale="en", translations={"en": Translation(title=title)}, **fields)
