"""Counters as plotly figures. Pure: wire types in, figures out.

Each is made in one go: plotly's `update_…` take five times as long, and a chart is made for every new number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

import plotly.graph_objects as go
import plotly.io

from dashboard import format as fmt
from dashboard import theme
from sdk_contracts.wire.campaigns import Funnel, TimelinePoint

PUSH_STEPS = ("targeted", "accepted", "received", "displayed", "opened", "clicked")
INBOX_STEPS = ("targeted", "accepted", "displayed", "opened", "clicked")
"""An inbox item is written by us: there is nothing for a device to confirm."""
EMAIL_STEPS = ("targeted", "accepted")
"""A letter says nothing of what becomes of it."""
SERIES = ("accepted", "received", "displayed", "opened", "clicked")
BUCKETS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
FEWEST_SHOWN = 10
MOST_BARS = 12
MOST_POINTS = 1500
"""Beyond this many buckets the gaps are left out: nobody can see them, and the browser has to draw them."""
MOST_ONES = 5
"""Up to this every number has its tick."""
# Its own look, which each figure would carry along and check anew: four fifths of what a figure takes to make.
plotly.io.templates.default = None
CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


class Say(Protocol):
    def __call__(self, key: str, **values: object) -> str: ...


def funnel(counts: Funnel, channel: str, say: Say) -> go.Figure:
    """One bar a milestone; what cannot be confirmed is hatched after what was received."""
    steps = {"inbox": INBOX_STEPS, "email": EMAIL_STEPS}.get(channel, PUSH_STEPS)
    values = [getattr(counts, step) for step in steps]
    unknown = [unconfirmed(counts) if step == "received" else 0 for step in steps]
    labels = [say("in_inbox") if (channel, step) == ("inbox", "accepted") else say(step) for step in steps]
    shares = [fmt.ratio(value, counts.targeted) for value in values]
    texts = [f" <b>{fmt.number(value)}</b>  {part}" for value, part in zip(values, shares, strict=True)]
    hover = [f"{fmt.number(value)} / {fmt.number(counts.targeted)}" for value in values]
    steps_shown = go.Bar(
        y=labels,
        x=values,
        orientation="h",
        customdata=hover,
        hovertemplate="%{y}: %{customdata}<extra></extra>",
        marker={"color": [theme.STEP_COLOURS[step] for step in steps], "cornerradius": 4},
    )
    unconfirmable = go.Bar(
        y=labels,
        x=unknown,
        orientation="h",
        hovertemplate=f"%{{x:,}} {say('cannot_confirm')}<extra></extra>",
        marker={
            "color": "#FFFFFF",
            "pattern": {"shape": "/", "fgcolor": theme.BLUE, "size": 6, "solidity": 0.25},
            "line": {"color": theme.BLUE, "width": [1 if rest else 0 for rest in unknown]},
        },
    )
    ends = [value + rest for value, rest in zip(values, unknown, strict=True)]
    numbers = go.Scatter(
        y=labels, x=ends, mode="text", text=texts, textposition="middle right", hoverinfo="skip", cliponaxis=False
    )
    shape = layout(height=24 + 37 * len(steps)) | lying(max(*ends, 1) * 1.45)
    return go.Figure([steps_shown, unconfirmable, numbers], {**shape, "barmode": "stack", "bargap": 0.28})


def timeline(
    points: Sequence[TimelinePoint],
    bucket: str,
    zone: tzinfo,
    say: Say,
    window: tuple[datetime, datetime] | None = None,
    steps: Sequence[str] = SERIES,
) -> go.Figure:
    """What happened in each bucket, on the reader's clock. Few buckets are bars, many are lines.

    The axis spans `window`; without one it starts at the first bucket and leaves room to grow.
    """
    width = BUCKETS[bucket]
    series = filled(points, width)
    if len(series) == 1:
        # Plotly takes a bar's width from its neighbour.
        series = [TimelinePoint(at=series[0].at - width, counts={}), *series]
    times = [point.at.astimezone(zone).replace(tzinfo=None) for point in series]
    drawn = []
    for step in steps:
        values = [point.counts.get(step, 0) for point in series]
        if any(values):
            drawn.append(line(step, times, values, say))
    day = say("axis_day")
    across: dict[str, Any] = {
        "showgrid": False, "fixedrange": True, "linecolor": theme.LINE, "nticks": 7, "automargin": True,
        "tickformat": day if bucket == "day" else f"%H:%M\n{day}",
    }  # fmt: skip
    if times and window is None:
        across["range"] = [times[0] - width, max(times[-1] + width, times[0] + FEWEST_SHOWN * width)]
    elif window is not None:
        across["range"] = [at.astimezone(zone).replace(tzinfo=None) for at in window]
    most = max((point.counts.get(step, 0) for point in series for step in steps), default=0)
    upward = {
        "gridcolor": "#EDF1F4", "rangemode": "tozero", "fixedrange": True, "zeroline": False, "automargin": True,
        **whole(most),
    }  # fmt: skip
    shape = layout(height=290, showlegend=True)
    return go.Figure(drawn, {**shape, "hovermode": "x unified", "bargap": 0.25, "xaxis": across, "yaxis": upward})


def line(step: str, times: list[datetime], values: list[int], say: Say) -> go.Bar | go.Scatter:
    colour, hover = theme.STEP_COLOURS[step], f"{say(step)}: %{{y:,}}<extra></extra>"
    look = {"x": times, "y": values, "name": say(step), "hovertemplate": hover}
    if len(times) <= MOST_BARS:
        return go.Bar(**look, marker={"color": colour, "cornerradius": 3})
    return go.Scatter(**look, mode="lines", line={"color": colour, "width": 2.2})


def by_day(points: Sequence[TimelinePoint], zone: tzinfo) -> list[TimelinePoint]:
    """Shorter buckets summed into the days of the reader's calendar."""
    days: dict[datetime, Counter[str]] = {}
    for point in points:
        day = point.at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        days.setdefault(day, Counter()).update(point.counts)
    return [TimelinePoint(at=day, counts=dict(counts)) for day, counts in sorted(days.items())]


def unconfirmed(counts: Funnel) -> int:
    """Accepted deliveries of which no one can say whether they arrived."""
    return max(0, counts.accepted - max(counts.confirmable, counts.received))


def platforms(counts: Mapping[str, int], say: Say) -> go.Figure:
    """Devices by platform, the largest first."""
    colours = {"android": theme.GREEN, "ios": theme.BLUE, "web": theme.ORANGE}
    total = sum(counts.values())
    order = sorted(counts, key=lambda name: -counts[name])
    labels = [say(name) if name in colours else name for name in order]
    values = [counts[name] for name in order]
    bars = go.Bar(
        y=labels,
        x=values,
        orientation="h",
        hoverinfo="skip",
        textposition="outside",
        cliponaxis=False,
        text=[f"<b>{fmt.number(value)}</b>  {fmt.ratio(value, total)}" for value in values],
        marker={"color": [colours.get(name, theme.GREY) for name in order], "cornerradius": 4},
    )
    shape = layout(height=max(90, 46 * len(order) + 20)) | lying(max([*values, 1]) * 1.5)
    return go.Figure([bars], {**shape, "bargap": 0.35})


def filled(points: Sequence[TimelinePoint], width: timedelta) -> list[TimelinePoint]:
    """The series in order, with the silent buckets between as zeros, so that a pause looks like one."""
    known = {point.at: point for point in points}
    if not known:
        return []
    first, last = min(known), max(known)
    count = int((last - first) / width) + 1
    if count > MOST_POINTS:
        return [known[at] for at in sorted(known)]
    times: set[datetime] = {first + width * step for step in range(count)} | set(known)
    return [known.get(at) or TimelinePoint(at=at, counts={}) for at in sorted(times)]


def lying(most: float) -> dict[str, Any]:
    """Axes of bars that lie one below the other, with room for what is written behind the longest."""
    return {
        "xaxis": {"visible": False, "range": [0, most], "fixedrange": True},
        "yaxis": {
            "autorange": "reversed", "showgrid": False, "fixedrange": True, "ticksuffix": "  ", "automargin": True,
        },
    }  # fmt: skip


def whole(most: int) -> dict[str, Any]:
    """An axis of counts up to `most`: there is nothing between two of them to write a number at."""
    ticks = {"dtick": 1} if most <= MOST_ONES else {"nticks": MOST_ONES}
    return {"tickformat": ",d", **ticks}


def layout(height: int, showlegend: bool = False) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": theme.FONT, "size": 13, "color": theme.INK},
        "showlegend": showlegend,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        "hoverlabel": {"bgcolor": "#FFFFFF", "bordercolor": theme.LINE, "font": {"color": theme.INK}},
        "uirevision": "same",
        "dragmode": False,
    }
