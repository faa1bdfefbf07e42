"""Streamlit and one finished chart that is drawn anew every few seconds: the least that a live part can cost.

`python -m tests.bench.bare_dashboard PORT SECONDS`, with the dashboard's own options.
"""

import os
import sys
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, theme
from dashboard.__main__ import options
from dashboard.settings import Settings

EVERY = "FANFARE_BENCH_EVERY"


@st.cache_resource(show_spinner=False)
def figure() -> go.Figure:
    """Six bars, laid out as the dashboard's funnel."""
    found = go.Figure()
    steps = list(theme.STEP_COLOURS)[:6]
    found.add_bar(y=steps, x=[6, 5, 4, 3, 2, 1], orientation="h")
    found.update_layout(**charts.layout(height=246))
    return found


def part() -> None:
    st.plotly_chart(figure(), theme=None, config=charts.CONFIG, key="one")


def main() -> None:
    port, os.environ[EVERY] = int(sys.argv[1]), sys.argv[2]
    st.App(Path(__file__)).run(config=options(Settings(port=port)))


if __name__ == "__main__":
    if EVERY in os.environ:
        st.fragment(part, run_every=float(os.environ[EVERY]))()
    else:
        main()
