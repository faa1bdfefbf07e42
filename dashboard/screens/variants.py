"""An experiment: what each variant brought about, how sure that is, and what the campaign brought about at all."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import markup, session
from dashboard.markup import Tile
from dashboard.screens import measured
from sdk_contracts.wire.campaigns import Difference, ExperimentMetrics, Group, VariantMetrics

RATES = ("open_rate", "click_rate", "conversion_rate")


def show(found: ExperimentMetrics) -> None:
    say = session.say
    st.html(markup.section(say("variants"), say("variants_note")))
    head = [say(f"col.{name}") for name in ("variant", "people", *RATES)]
    rows = [row(each.name, each, won=each.name == found.winner) for each in found.variants]
    others = {"rest": found.rest, "holdout": found.holdout}
    rows += [row(say(f"group.{name}"), group) for name, group in others.items() if group]
    st.html(markup.grid(head, rows))
    st.html(markup.note(say("variants_interval")))
    if compared := [each for each in found.variants if each.against_first]:
        first = next(each.name for each in found.variants if not each.against_first)
        st.html(markup.section(say("differences", first=first)))
        head = [say(f"col.{name}") for name in ("variant", "measure", "difference", "once", "any_time", "verdict")]
        st.html(markup.grid(head, [line for each in compared for line in differences(each)]))
        st.html(markup.note(say("differences_note")))
    if found.lift is not None:
        lift(found.lift)


def row(name: str, group: Group, *, won: bool = False) -> list[str]:
    named = escape(name) + (f" {markup.pill(session.say('winner'), 'good')}" if won else "")
    return [named, fmt.number(group.people), *(measured.share(group.rates.get(rate)) for rate in RATES)]


def differences(one: VariantMetrics) -> list[list[str]]:
    say = session.say
    return [
        [
            escape(one.name),
            escape(say(f"col.{rate}")),
            f"<b>{escape(fmt.points(found.value))}</b>",
            escape(between(found.low, found.high)),
            escape(between(found.anytime_low, found.anytime_high)),
            verdict(found),
        ]
        for rate in RATES
        if (found := one.against_first.get(rate)) is not None
    ]


def between(low: float, high: float) -> str:
    return f"{fmt.points(low)} – {fmt.points(high)}"


def verdict(found: Difference) -> str:
    say = session.say
    if found.anytime_low > 0:
        return markup.pill(say("verdict.better"), "good")
    if found.anytime_high < 0:
        return markup.pill(say("verdict.worse"), "bad")
    return markup.pill(say("verdict.open"), "calm")


def lift(found: Difference) -> None:
    say = session.say
    st.html(
        markup.tiles(
            [
                Tile(
                    say("lift"), fmt.points(found.value), say("interval_once", between=between(found.low, found.high)),
                    help=say("interval_any_time", between=between(found.anytime_low, found.anytime_high)),
                )
            ]
        )
    )  # fmt: skip
