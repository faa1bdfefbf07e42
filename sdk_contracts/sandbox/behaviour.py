"""What a stand-in does instead of saying yes: rules, latency, outage, quota. Switched while it runs."""

import random
import time
from collections.abc import Collection
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

Seconds = Annotated[float, Meta(ge=0)]


class Rule(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which requests get which answer. Without `token` and `prefix` it means every one."""

    answer: str
    """A name from the stand-in's table of answers."""
    token: str | None = None
    """Exactly this address."""
    prefix: str | None = None
    """Every address that begins so."""
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """How much of what it matches, drawn anew for each request."""
    times: Annotated[int, Meta(ge=1)] | None = None
    """How often before the rule is used up."""
    retry_after: str | None = None
    """The `Retry-After` header: seconds or an HTTP date."""
    seconds: Seconds = 3600.0
    """How long `hang` and `endless` last."""


class Quota(Struct, kw_only=True, forbid_unknown_fields=True):
    """A token bucket, like FCM's 600,000 messages a minute."""

    per_minute: Annotated[float, Meta(gt=0)]
    burst: Annotated[float, Meta(ge=1)] | None = None
    """The bucket's size; a minute's worth unless given."""


class Behaviour(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that can be switched on a stand-in. The first rule that matches answers; none: yes."""

    rules: list[Rule] = []
    latency: Seconds = 0.0
    """Seconds before each answer."""
    latency_spread: Seconds = 0.0
    """Seconds added on top, evenly between none and this."""
    outage: str | None = None
    """While set, every message gets this answer, and nothing is checked."""
    quota: Quota | None = None
    decrypt: bool = True
    """Web Push: off saves 150 µs a message where only their number matters. What phones listen for is decrypted."""


class UnknownAnswer(ValueError):
    """The stand-in has no answer of that name."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(f"No answer is called {name!r}. Known: {', '.join(sorted(known))}.")


class Switchboard:
    """The behaviour in force. `calm` says that nothing is switched on, so the fast path need not ask."""

    def __init__(self, answers: Collection[str], seed: int = 0) -> None:
        self._answers = answers
        self._random = random.Random(seed)
        self.set(Behaviour())

    @property
    def behaviour(self) -> Behaviour:
        """A copy, with what is left of each rule's `times`."""
        return replace(self._behaviour, rules=[replace(rule) for rule in self._rules])

    def set(self, behaviour: Behaviour) -> None:
        """Put `behaviour` in force. Raises UnknownAnswer, and then changes nothing."""
        named = [rule.answer for rule in behaviour.rules] + ([behaviour.outage] if behaviour.outage else [])
        for name in named:
            if name not in self._answers:
                raise UnknownAnswer(name, self._answers)
        self._behaviour = behaviour
        self._rules = [replace(rule) for rule in behaviour.rules]
        self._bucket = Bucket(behaviour.quota) if behaviour.quota else None
        self._settle()

    def add(self, rule: Rule) -> None:
        """Put one more rule behind the others. Raises UnknownAnswer."""
        if rule.answer not in self._answers:
            raise UnknownAnswer(rule.answer, self._answers)
        self._rules.append(replace(rule))
        self._settle()

    def _settle(self) -> None:
        wanted = self._behaviour
        self.calm = not (self._rules or wanted.latency or wanted.latency_spread or wanted.outage or wanted.quota)

    @property
    def decrypts(self) -> bool:
        return self._behaviour.decrypt

    @property
    def outage(self) -> str | None:
        return self._behaviour.outage

    def latency(self) -> float:
        """Seconds to wait before this answer."""
        return self._behaviour.latency + self._random.random() * self._behaviour.latency_spread

    def choose(self, address: str) -> Rule | None:
        """The rule for this request, used up by one; None is a yes."""
        for rule in self._rules:
            if rule.token is not None and rule.token != address:
                continue
            if rule.prefix is not None and not address.startswith(rule.prefix):
                continue
            if rule.share < 1 and self._random.random() >= rule.share:
                continue
            if rule.times is not None:
                self._use(rule, rule.times)
            return rule
        return None

    def _use(self, rule: Rule, times: int) -> None:
        rule.times = times - 1
        if rule.times <= 0:
            self._rules = [other for other in self._rules if other is not rule]
            self._settle()

    def over_quota(self) -> float:
        """0 when this message is within the quota, else seconds until the next one would be."""
        return self._bucket.take() if self._bucket else 0.0


class Bucket:
    """A token bucket that starts full."""

    def __init__(self, quota: Quota) -> None:
        self._rate = quota.per_minute / 60
        self._size = quota.burst or quota.per_minute
        self._level = self._size
        self._at = time.monotonic()

    def take(self) -> float:
        """0 and one less in the bucket, or seconds until there is one."""
        now = time.monotonic()
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return (1 - self._level) / self._rate
