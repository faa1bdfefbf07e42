"""What templates may speak of."""

from typing import Any

from push.devices.model import Device
from push.people.model import Person


def facts_of(device: Device | None, app: dict[str, Any], person: Person | None) -> dict[str, Any]:
    """`app`, `person` and `device`; what is not known of them is empty."""
    known = {**person.attributes, "external_id": person.external_id} if person else {}
    if device is None:
        return {"app": app, "person": known, "device": {}}
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
    }
