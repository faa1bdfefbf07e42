"""What templates may speak of."""

from datetime import datetime
from typing import Any

from push.devices.model import Device
from push.people.model import Person

Facts = dict[str, Any]


def facts_of(device: Device | None, app: Facts, person: Person | None, event: Facts | None = None) -> Facts:
    """`app`, `person`, `device`, and the `event` that set it off; what is not known of them is empty."""
    known = {**person.attributes, "external_id": person.external_id} if person else {}
    if device is None:
        return {"app": app, "person": known, "device": {}, "event": event or {}}
    return {
        "app": app,
        "person": known or {"external_id": device.external_id},
        "device": {
            "platform": device.platform,
            "locale": device.locale,
            "timezone": device.timezone,
            "app_version": device.app_version,
            "model": device.model,
            "tags": device.tags,
        },
        "event": event or {},
    }


def sample_event(name: str, at: datetime) -> Facts:
    """An event as there will be some, for looking at what is said about it."""
    return {"name": name, "value": 49.9, "currency": "EUR", "at": at}
