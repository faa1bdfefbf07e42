"""What an audience comes to by a roster: the same numbers as by walking, from the same gates.

A gate is asked once for all devices that are alike to it; what they are is counted in arrays.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from push.audience.crowds import speaks_of_persons
from push.audience.gates import EMAIL, INBOX, PUSH, person_gate, push_gate
from push.audience.roster.asking import Asking, Crowds
from push.audience.roster.columns import Codes, Fingerprints, Mask, milliseconds
from push.audience.roster.roster import FCM, GONE, UNREACHABLE, WEB, Roster
from push.audience.tally import Counted, Question
from push.devices.model import LAPSES_AFTER, Device, FcmToken, WebPush
from push.people.model import Gate
from sdk_contracts.wire.campaigns import EstimateRequest

_LAPSED = 4
_STATES = 10
"""Five ways to be reached, or not, and each opted in or not."""
_NOW, _LATER, _TOO_LATE = range(3)


def count(
    roster: Roster, question: Question, crowds: Crowds, capped: Fingerprints | None, *, complete: bool
) -> Counted:
    """`crowds` are of what people did; `capped` are people who have had as much promotion as they may have. Unless it
    is `complete`, not all that is asked for has been read: who is not known is left out. Raises NotKept."""
    request = question.request
    rows = np.flatnonzero(_meant(roster, question, crowds, complete=complete))
    persons = roster.person.first(roster.devices.count)[rows]
    seen = np.zeros(roster.people.count, np.bool_)
    seen[persons] = True
    counted = Counted(request.channels)
    counted.devices, counted.people = len(rows), int(seen.sum())
    counted.platforms = _by_value(roster.platform.at.first(roster.devices.count)[rows], roster.platform.values)
    gates = roster.gate.at.first(roster.devices.count)[rows].astype(np.int64)
    if PUSH in request.channels:
        free = _through_gates(roster, rows, gates, question, counted)
        at_once = _in_time(roster, rows[free], gates[free], question, counted)
        enough = 0
        if capped is not None:
            had = np.zeros(len(seen), np.bool_)
            known = roster.people.find(capped)
            had[known[known >= 0]] = True
            enough = int(had[persons[free][at_once]].sum())
        counted.channel(PUSH, "frequency_capped", enough)
        counted.channel(PUSH, None, int(at_once.sum()) - enough + counted.deferred)
    theirs = np.zeros(len(seen), np.int64)
    theirs[persons] = gates
    _to_people(roster, seen, roster.gate, theirs, request, counted)
    if complete and speaks_of_persons(question.audience.include):
        without = _without_device(roster, question, crowds)
        counted.people += int(without.sum())
        _to_people(roster, without, roster.own_gate, roster.own_gate.at.first(len(without)), request, counted)
    return counted


def _meant(roster: Roster, question: Question, crowds: Crowds, *, complete: bool) -> Mask:
    meant: Mask = _asked(Asking(roster, question.now, crowds), question) & roster.there.first(roster.devices.count)
    if not complete and question.about_people:
        meant &= roster.owned(roster.known.first(roster.people.count))
    return meant


def _without_device(roster: Roster, question: Question, crowds: Crowds) -> Mask:
    """By person: those meant who have no device, but an inbox that waits for them."""
    asking = Asking(roster, question.now, crowds, of_people=True)
    meant: Mask = _asked(asking, question) & roster.known.first(roster.people.count)
    count = roster.devices.count
    meant[roster.person.first(count)[roster.there.first(count)]] = False
    return meant


def _asked(asking: Asking, question: Question) -> Mask:
    meant, exclude = asking.mask(question.audience.include), question.audience.exclude
    left: Mask = meant if exclude is None else meant & ~asking.mask(exclude)
    return left


def _through_gates(
    roster: Roster, rows: NDArray[Any], gates: NDArray[Any], question: Question, counted: Counted
) -> Mask:
    """Whom no gate stops."""
    request, now = question.request, question.now
    known = len(roster.gate.values)
    alike = _states(roster, rows, now) * known + gates
    reasons: list[str | None] = [None]
    stopped = np.zeros(_STATES * known, np.int64)
    for each in _present(alike):
        state, gate = divmod(each, known)
        reason = push_gate(_like(state, roster.gate.values[gate], now), request.kind, request.category, now)
        if reason is not None:
            if reason not in reasons:
                reasons.append(reason)
            stopped[each] = reasons.index(reason)
    why = stopped[alike]
    counted.excluded += _by_value(why, reasons)
    free: Mask = why == 0
    return free


def _states(roster: Roster, rows: NDArray[Any], now: datetime) -> NDArray[np.int64]:
    reach = roster.reach.first(roster.devices.count)[rows].astype(np.int64)
    confirmed = roster.confirmed_at.first(roster.devices.count)[rows]
    told = confirmed > milliseconds(None)
    reach[(reach == FCM) & told & (confirmed <= milliseconds(now - LAPSES_AFTER))] = _LAPSED
    states: NDArray[np.int64] = reach + 5 * roster.opted_in.first(roster.devices.count)[rows]
    return states


def _like(state: int, gate: Gate, now: datetime) -> Device:
    """A device as those in this state are."""
    opted_in, reach = divmod(state, 5)
    address = {UNREACHABLE: None, GONE: None, WEB: WebPush(endpoint="", p256dh="", auth="")}
    return Device(
        id="", app_id="", person_id="", platform="", created_at=now, last_seen_at=now, gate=gate,
        opted_in=bool(opted_in), address=address.get(reach, FcmToken(token="")),
        address_gone_at=now if reach == GONE else None,
        confirmed_at=now - LAPSES_AFTER if reach == _LAPSED else now,
    )  # fmt: skip


def _in_time(roster: Roster, rows: NDArray[Any], gates: NDArray[Any], question: Question, counted: Counted) -> Mask:
    """Who is pushed at once, and not later or too late."""
    quiet = question.quiet
    hours = list(dict.fromkeys(gate.quiet_hours for gate in roster.gate.values[1:]))
    hours_of = np.array([0, *(hours.index(gate.quiet_hours) for gate in roster.gate.values[1:])], np.int64)
    zones, ends = roster.timezone.values, question.request.limits.expires_at
    alike = hours_of[gates] * len(zones) + roster.timezone.at.first(roster.devices.count)[rows]
    how_many = np.bincount(alike, minlength=len(hours) * len(zones))
    fates = np.zeros(len(how_many), np.int64)
    for each in np.flatnonzero(how_many):
        own, zone = divmod(int(each), len(zones))
        until = quiet.until(Gate(quiet_hours=hours[own]), zones[zone])
        if until is None:
            continue
        fates[each] = _TOO_LATE if ends is not None and ends <= until else _LATER
        if fates[each] == _LATER:
            counted.waits(until, int(how_many[each]))
    fate = fates[alike]
    counted.channel(PUSH, "expired", int((fate == _TOO_LATE).sum()))
    at_once: Mask = fate == _NOW
    return at_once


def _to_people(
    roster: Roster, meant: Mask, column: Codes, gates: NDArray[Any], request: EstimateRequest, counted: Counted
) -> None:
    """What comes once to each of these people, however many devices they have. `gates` are codes of `column`."""
    people = np.bincount(gates[meant], minlength=len(column.values))
    writable = np.bincount(gates[meant & roster.writable.first(len(meant))], minlength=len(column.values))
    for gate in np.flatnonzero(people):
        many = int(people[gate])
        for channel in (INBOX, EMAIL):
            if channel not in request.channels:
                continue
            reason = person_gate(column.values[gate], request.kind, request.category, channel)
            if channel == EMAIL and reason is None:
                counted.channel(EMAIL, None, int(writable[gate]))
                counted.channel(EMAIL, "no_address", many - int(writable[gate]))
            else:
                counted.channel(channel, reason, many)


def _by_value(codes: NDArray[Any], values: Sequence[Any]) -> Counter[str]:
    """How often each value is there, but for the first, which is none."""
    return Counter({values[code]: int(n) for code, n in enumerate(np.bincount(codes)) if n and code})


def _present(codes: NDArray[Any]) -> Iterable[int]:
    return (int(each) for each in np.flatnonzero(np.bincount(codes)))
