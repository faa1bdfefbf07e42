"""Whether an audience means one person, and which of its rules decide that."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from push.audience.crowds import speaks_of_persons
from push.audience.meaning import Facts, matches
from push.audience.rules import Audience, Rule
from push.audience.words import told
from push.devices.model import Device

_TOLD = 5


class Reason(Struct, frozen=True, kw_only=True):
    """One rule that decides it."""

    pointer: str
    """JSON Pointer (RFC 6901) into the audience, with its segments in their places."""
    holds: bool
    words: str


class Explained(Struct, frozen=True, kw_only=True):
    """They are meant where one of their devices is, or they are without any."""

    meant: bool
    excluded: bool
    """Some of it is for them, and all of that is taken away."""
    device_id: str | None
    """Of which the reasons speak."""
    devices: tuple[str, ...]
    """Those that are meant."""
    reasons: tuple[Reason, ...]

    @property
    def why(self) -> str:
        words = list(dict.fromkeys(reason.words for reason in self.reasons))
        more = f"; and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
        return "; ".join(words[:_TOLD]) + more

    @property
    def words(self) -> str:
        if self.excluded:
            return f"Out, because those are left out of whom this is so: {self.why}."
        return f"{'In' if self.meant else 'Out'}, because {self.why}."


def explain(audience: Audience, person: Facts, devices: Sequence[Device]) -> Explained:
    """The audience has its segments in their places; `person` are the facts without a device."""
    shown = [replace(person, device=device) for device in devices] or [person]
    included = [facts for facts in shown if matches(audience.include, facts)]
    exclude = audience.exclude
    left = [facts for facts in included if exclude is None or not matches(exclude, facts)]
    if not devices and not speaks_of_persons(audience.include):
        nobody = Reason(pointer="/include", holds=False, words="they have no device")
        return Explained(meant=False, excluded=False, device_id=None, devices=(), reasons=(nobody,))
    facts = (left or included or shown)[0]
    excluded = bool(included) and not left
    decides, pointer = (exclude, "/exclude") if excluded and exclude else (audience.include, "/include")
    return Explained(
        meant=bool(left),
        excluded=excluded,
        device_id=facts.device.id if facts.device else None,
        devices=tuple(each.device.id for each in left if each.device),
        reasons=tuple(_decisive(decides, facts, pointer)),
    )


def _decisive(rule: Rule, facts: Facts, pointer: str) -> Iterator[Reason]:
    """The rules that suffice: the first that fails of those which must all hold, the first that holds of others."""
    holds = matches(rule, facts)
    if rule.not_ is not None:
        yield from _decisive(rule.not_, facts, f"{pointer}/not")
    elif rule.parts:
        kind = "and" if rule.and_ else "or"
        parts = list(enumerate(rule.parts))
        if holds is not (kind == "and"):
            parts = [(at, part) for at, part in parts if matches(part, facts) is holds][:1]
        for at, part in parts:
            yield from _decisive(part, facts, f"{pointer}/{kind}/{at}")
    else:
        yield Reason(pointer=pointer, holds=holds, words=told(rule, facts, holds))
