"""Persons of whom something is so, found once before devices are walked, so that these are asked for nothing more.

What is known of a person lies with the person: their devices are not in its order, and a copy on each device would
make every campaign read it. 28 bytes a person, and no more than that where they are many.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from push.audience.rules import PERSON, Rule

_WIDTH = "S28"
"""`per_` and 24 characters."""
_FEW = 100_000
"""So many are kept as they are, which is faster to ask."""


class Crowd:
    """A set of ids of persons."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        """Of what `packed` made."""
        self._sorted: Any = np.unique(np.concatenate(arrays)) if arrays else np.array([], dtype=_WIDTH)
        self._few = frozenset(self) if len(self._sorted) <= _FEW else None

    def __contains__(self, person_id: str) -> bool:
        if self._few is not None:
            return person_id in self._few
        wanted = np.bytes_(person_id.encode())
        place = int(np.searchsorted(self._sorted, wanted))
        return place < len(self._sorted) and bool(self._sorted[place] == wanted)

    def __len__(self) -> int:
        return len(self._sorted)

    def __iter__(self) -> Iterator[str]:
        """In order."""
        return (each.decode() for each in self._sorted.tolist())


def packed(person_ids: Sequence[str]) -> Any:
    """A part of a crowd."""
    return np.array(person_ids, dtype=_WIDTH)


Crowds = Mapping[bytes, Crowd]
"""By the key of the rule that is so of them."""
NO_CROWDS: Crowds = {}


def of_person(rule: Rule) -> bool:
    """Whether the rule itself asks what only persons have, not counting their names."""
    return rule.campaign_id is not None or rule.event is not None or (rule.field or "").startswith(PERSON)


def asked(rule: Rule) -> tuple[Rule, bool]:
    """The rule of a person that says the same or the contrary, and is so of known persons only; and whether it is the
    contrary."""
    if rule.op == "ne":
        return replace(rule, op="eq"), True
    if rule.op == "exists" and rule.value is False:
        return replace(rule, value=True), True
    if rule.did_not is not None:
        return replace(rule, did=rule.did_not, did_not=None), True
    return rule, False


def key(rule: Rule) -> bytes:
    """True and 1 are equal in Python, and not here."""
    return msgspec.json.encode(rule)


def wanted(rules: Iterable[Rule]) -> dict[bytes, Rule]:
    """What has to be found out about persons before these can be asked."""
    found = [asked(part)[0] for rule in rules for part in rule.all_parts() if of_person(part)]
    return {key(rule): rule for rule in found}


def speaks_of_persons(rule: Rule) -> bool:
    """It may mean somebody who has no device: it asks for what persons have, or for their names."""
    return any(of_person(part) or part.external_ids for part in rule.all_parts())
