"""How the audience grows and shrinks, day by day, as a plotly figure. Pure: wire types in, figures out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts import Say, layout, whole
from sdk_contracts.wire.metrics import AudienceDay, Churn

SERIES = {
    "registered": (theme.GREEN, 1), "imported": (theme.SKY, 1), "opted_in": (theme.BLUE, 1),
    "uninstalled": (theme.VERMILLION, -1), "opted_out": (theme.ORANGE, -1), "address_gone": (theme.GREY, -1),
}  # fmt: skip
"""What counts upward, and what downward."""


def growth(days: Sequence[AudienceDay], start: datetime, stop: datetime, say: Say) -> go.Figure:
    """Who came above the line, who went below it, by days in UTC."""
    known = {day.at.date(): day.total for day in days}
    dates = [(start + timedelta(days=number)).date() for number in range((stop - start).days + 1)]
    drawn = []
    up = down = 0
    for name, (colour, sign) in SERIES.items():
        values = [getattr(known.get(date, Churn()), name) for date in dates]
        up, down = (up + max(values), down) if sign > 0 else (up, down + max(values))
        if any(values):
            drawn.append(go.Bar(
                x=dates, y=[sign * value for value in values], name=say(f"churn.{name}"), customdata=values,
                hovertemplate=f"{say(f'churn.{name}')}: %{{customdata:,}}<extra></extra>",
                marker={"color": colour, "cornerradius": 2},
            ))  # fmt: skip
    across = {
        "showgrid": False, "fixedrange": True, "linecolor": theme.LINE, "nticks": 7, "automargin": True,
        "tickformat": say("axis_day"), "range": [dates[0] - timedelta(hours=14), dates[-1] + timedelta(hours=14)],
    }  # fmt: skip
    upward = {
        "gridcolor": "#EDF1F4", "fixedrange": True, "zerolinecolor": "#C3CCD5", "automargin": True, **whole(up + down),
    }  # fmt: skip
    shape = layout(height=280, showlegend=True) | {"xaxis": across, "yaxis": upward}
    return go.Figure(drawn, {**shape, "barmode": "relative", "hovermode": "x unified", "bargap": 0.25})
