"""May this one be sent this, on this channel? The reasons are those of the vocabulary, in the order they are told."""

from datetime import datetime

from push.devices.model import Device
from push.people.model import Gate

PUSH = "push"
INBOX = "inbox"
EMAIL = "email"


def person_gate(gate: Gate, kind: str, category: str | None, channel: str) -> str | None:
    """Why this person must not be sent this, or None."""
    if kind == "promotion" and not gate.consent:
        return "no_consent"
    if category is not None and f"{channel}:{category}" in gate.muted:
        return "category_muted"
    return None


def push_gate(device: Device, kind: str, category: str | None, at: datetime) -> str | None:
    """Why this device must not be pushed this at that moment, or None."""
    if not device.opted_in:
        return "opted_out"
    if device.address is None:
        return "address_gone" if device.address_gone_at else "no_address"
    if device.lapsed(at):
        return "address_gone"
    return person_gate(device.gate, kind, category, PUSH)
