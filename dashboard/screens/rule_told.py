"""Who is meant, in words."""

from msgspec import UNSET, UnsetType

from dashboard import format as fmt
from dashboard import session
from dashboard.conditions import CHOICES, LISTS, Op, Row, row_of
from dashboard.screens import known
from sdk_contracts.wire.audience import Rule

FEW = 6
"""Up to this many names are written out."""


def whom(rule: Rule | UnsetType) -> str:
    """A rule in words; nothing for none."""
    say = session.say
    if rule is UNSET:
        return ""
    for kind in ("topics", "external_ids", "device_ids"):
        names = getattr(rule, kind)
        if names is not UNSET:
            return f"{say(f'rule.{kind}')}: {listed(names)}"
    if rule.all is not UNSET:
        return say("rule.all")
    if rule.segment_id is not UNSET:
        return f"{say('rule.segment')}: {known.segments().get(rule.segment_id, rule.segment_id)}"
    return told(rule)


def told(rule: Rule) -> str:
    """Any rule, however deep."""
    say = session.say
    for join, parts in (("and", rule.and_), ("or", rule.or_)):
        if parts is not UNSET:
            return say(f"told.{join}").join(_inner(part) for part in parts)
    if rule.not_ is not UNSET and row_of(rule) is None:
        return say("told.not", rule=told(rule.not_))
    if rule.all is not UNSET:
        return say("told.all")
    if rule.external_ids is not UNSET:
        return say("told.people", count=fmt.number(len(rule.external_ids)))
    if rule.device_ids is not UNSET:
        return say("told.devices", count=fmt.number(len(rule.device_ids)))
    row = row_of(rule)
    return row_told(row) if row is not None else say("rule.written")


def _inner(rule: Rule) -> str:
    return f"({told(rule)})" if rule.and_ is not UNSET or rule.or_ is not UNSET else told(rule)


def row_told(row: Row) -> str:
    say = session.say
    if row.what == "topics":
        text = say("told.topics", names=listed(row.names))
        return text if row.op == "is" else say("told.not", rule=text)
    if row.what == "segment":
        return say("told.segment", name=known.segments().get(row.id, row.id))
    if row.what in {"campaign", "event"}:
        about = (
            f"{say(row.deed)} “{known.campaigns().get(row.id, row.id)}”" if row.what == "campaign" else f"“{row.name}”"
        )
        days = say("told.days", count=row.days) if row.days else ""
        return f"{say(f'op.{row.op}')} {about}{days}"
    subject = f"“{row.name}”" if row.what in {"person", "tag"} else say(f"what.{row.what}")
    return f"{subject} {compared(row.op, row)}"


def compared(op: Op, row: Row) -> str:
    say = session.say
    if op in {"exists", "missing"}:
        return say(f"op.{op}")
    if op == "within_days":
        return say("told.days", count=row.days).strip()
    names = [say(name) if name in CHOICES.get(row.what, ()) else name for name in row.names or (row.value,)]
    value = listed(names) if op in LISTS else names[0]
    return f"{say(f'op.{op}')} {value}"


def listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= FEW else fmt.number(len(names))
