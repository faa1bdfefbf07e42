"""A rule made ready to be asked about many."""

from push.audience.rules import Rule, followed
from push.devices.model import Device


class Matcher:
    def __init__(self, rule: Rule | None) -> None:
        self._all = rule is not None and rule.all
        self._topics = frozenset(followed(rule.topics)) if rule else frozenset()
        self._external_ids = frozenset(rule.external_ids) if rule else frozenset()
        self._device_ids = frozenset(rule.device_ids) if rule else frozenset()

    def __call__(self, device: Device) -> bool:
        return (
            self._all
            or device.id in self._device_ids
            or device.external_id in self._external_ids
            or not self._topics.isdisjoint(device.topics)
        )

    def names(self, external_id: str | None) -> bool:
        """Whether the rule means this person by name, with or without a device."""
        return self._all or external_id in self._external_ids
