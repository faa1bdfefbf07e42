"""A rule made ready to be asked about many: it comes to what `meaning` says."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from push.audience.crowds import NO_CROWDS, Crowds, asked, key, of_person
from push.audience.meaning import holds, known_of_device
from push.audience.rules import Rule, followed
from push.devices.model import Device

Test = Callable[[Device | None, str, str | None], bool]
"""About a device, or none; the id of its person; and the external id, if they have one."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Matcher:
    def __init__(self, rule: Rule | None, now: datetime = _LONG_AGO, crowds: Crowds = NO_CROWDS) -> None:
        """`crowds` are those that `wanted` names. Without a rule nobody is meant. Raises ValueError for a segment."""
        self._test = _nobody if rule is None else _made(rule, now, crowds)

    def __call__(self, device: Device) -> bool:
        return self._test(device, device.person_id, device.external_id)

    def person(self, person_id: str, external_id: str | None) -> bool:
        """Whether the rule means this person where they have no device."""
        return self._test(None, person_id, external_id)


def _nobody(_device: Device | None, _person: str, _name: str | None) -> bool:
    return False


def _everybody(_device: Device | None, _person: str, _name: str | None) -> bool:
    return True


def _made(rule: Rule, now: datetime, crowds: Crowds) -> Test:
    if rule.all:
        return _everybody
    if rule.parts:
        return _put_together(rule, [_made(part, now, crowds) for part in rule.parts])
    if rule.segment_id is not None:
        raise ValueError(f"Nobody has said what {rule.segment_id} means.")
    if rule.external_ids:
        names = frozenset(rule.external_ids)
        return lambda _device, _person, name: name in names
    if rule.device_ids:
        ids = frozenset(rule.device_ids)
        return lambda device, _person, _name: device is not None and device.id in ids
    if rule.topics:
        topics = frozenset(followed(rule.topics))
        return lambda device, _person, _name: device is not None and not topics.isdisjoint(device.topics)
    if of_person(rule):
        positive, contrary = asked(rule)
        crowd = crowds[key(positive)]
        if contrary:
            return lambda _device, person, _name: person not in crowd
        return lambda _device, person, _name: person in crowd
    return _of_device(rule, now)


def _put_together(rule: Rule, tests: list[Test]) -> Test:
    if rule.not_ is not None:
        (test,) = tests
        return lambda *about: not test(*about)
    if rule.and_:
        return lambda *about: all(test(*about) for test in tests)
    return lambda *about: any(test(*about) for test in tests)


def _of_device(rule: Rule, now: datetime) -> Test:
    field: Any = rule.field

    def test(device: Device | None, _person: str, _name: str | None) -> bool:
        return holds(rule, known_of_device(field, device), now)

    return test
