"""The report a person reads."""

from collections import Counter
from collections.abc import Iterable

import click

from sdk_contracts.conformance.checklist import Outcome, Verdict

_COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.SKIP: "yellow"}


def told(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Print each outcome as it comes, and the sum at the end."""
    all_of_them = []
    group = ""
    for outcome in outcomes:
        if outcome.group != group:
            group = outcome.group
            click.echo(f"\n{group}")
        click.echo(f"  {click.style(outcome.verdict, fg=_COLOURS[outcome.verdict])}  {outcome.text}")
        if outcome.detail:
            click.echo(f"        {outcome.detail}")
        all_of_them.append(outcome)
    counts = Counter(outcome.verdict for outcome in all_of_them)
    click.echo(f"\n{counts[Verdict.PASS]} passed, {counts[Verdict.FAIL]} failed, {counts[Verdict.SKIP]} skipped")
    return all_of_them
