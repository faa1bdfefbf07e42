"""HTML from data. Everything that comes from outside passes `escape`; Streamlit's Markdown gets it through `plain`."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Literal

from msgspec import Struct

from dashboard.theme import STEP_COLOURS

Tone = Literal["calm", "live", "good", "warn", "bad"]
STATE_TONES: dict[str, Tone] = {
    "sending": "live",
    "scheduled": "live",
    "sent": "good",
    "approved": "good",
    "in_review": "warn",
    "paused": "warn",
    "failed": "bad",
    "dead": "bad",
    "skipped": "warn",
    "received": "good",
    "displayed": "good",
    "opened": "good",
    "clicked": "good",
}
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class Tile(Struct, frozen=True):
    """One number with what it is over and what is not known."""

    label: str
    value: str
    over: str = ""
    unknown: str = ""
    sure: bool = False
    """Nothing is unknown, which `unknown` says."""
    help: str = ""
    spark: str = ""
    """Ready HTML: how it moved."""


def plain(text: str) -> str:
    """`text` as one line of Markdown that shows just that (CommonMark 2.4: any punctuation may be escaped)."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def tiles(shown: list[Tile]) -> str:
    return f'<div class="ff-tiles">{"".join(map(_tile, shown))}</div>'


def _tile(tile: Tile) -> str:
    over = f'<div class="ff-over">{escape(tile.over)}</div>' if tile.over else ""
    doubt = "ff-over" if tile.sure else "ff-unknown"
    unknown = f'<div class="{doubt}">{escape(tile.unknown)}</div>' if tile.unknown else ""
    help_ = f'<div class="ff-help">{escape(tile.help)}</div>' if tile.help else ""
    return (
        f'<div class="ff-tile"><div class="ff-label">{escape(tile.label)}</div>'
        f'<div class="ff-value">{escape(tile.value)}</div>{over}{unknown}{tile.spark}{help_}</div>'
    )


def sparkline(values: Sequence[float], step: str) -> str:
    """How a number moved, the present at the right, as small bars in its step's colour; none for one value."""
    if len(values) < 2:
        return ""
    most = max(*values, 1e-9)
    bars = "".join(f'<i style="height:{100 * max(0.0, value) / most:.0f}%"></i>' for value in values)
    return f'<div class="ff-spark" aria-hidden="true" style="color:{STEP_COLOURS[step]}">{bars}</div>'


def pill(text: str, tone: Tone = "calm") -> str:
    return f'<span class="ff-pill ff-{tone}">{escape(text)}</span>'


def state_pill(text: str, state: str) -> str:
    return pill(text, STATE_TONES.get(state, "calm"))


def line(*parts: str) -> str:
    """Ready pieces of HTML in one quiet row."""
    return f'<div class="ff-line">{"".join(f"<span>{part}</span>" for part in parts if part)}</div>'


def heading(text: str, beside: str = "") -> str:
    """A page's title; `beside` is ready HTML."""
    return f'<div class="ff-heading"><h1>{escape(text)}</h1>{beside}</div>'


def section(text: str, note: str = "", as_of: datetime | None = None) -> str:
    """`as_of`: the time that the note is about."""
    quiet = f'<span class="ff-note">{_when(note, as_of)}</span>' if note else ""
    return f'<div class="ff-section"><h2>{escape(text)}</h2>{quiet}</div>'


def note(text: str) -> str:
    return f'<div class="ff-note">{escape(text)}</div>'


def table(rows: list[tuple[str, str, str]]) -> str:
    """Rows of (what, how many, share)."""
    cells = "".join(
        f"<tr><td>{escape(what)}</td><td>{escape(count)}</td><td>{escape(part)}</td></tr>" for what, count, part in rows
    )
    return f'<table class="ff-table"><tbody>{cells}</tbody></table>'


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with named columns; on a phone each row becomes a card. Cells are ready HTML, names are text."""
    names = [escape(name) for name in head]
    top = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td data-name="{name}">{cell}</td>' for name, cell in zip(names, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<table class="ff-grid"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def path(steps: Sequence[tuple[str, str]]) -> str:
    """Steps below each other, each what happened and when; both are ready HTML."""
    rows = "".join(f"<li>{what}{when}</li>" for what, when in steps)
    return f'<ol class="ff-path">{rows}</ol>'


def empty(title: str, text: str) -> str:
    return f'<div class="ff-empty"><div class="ff-empty-title">{escape(title)}</div><div>{escape(text)}</div></div>'


def banner(title: str, text: str) -> str:
    return f'<div class="ff-banner" role="status"><b>{escape(title)}.</b> <span>{escape(text)}</span></div>'


def findings(kind: str, rows: Sequence[tuple[str, str]]) -> str:
    """Each what was found, and more of it; `kind` is `bad`, `odd` or `good`."""
    items = "".join(f"<li><b>{escape(what)}</b> <span>{escape(more)}</span></li>" for what, more in rows)
    return f'<ul class="ff-findings ff-{kind}">{items}</ul>'


def freshness(label: str, text: str, stale: bool, as_of: datetime) -> str:
    kind = "ff-stale" if stale else "ff-fresh"
    return f'<div class="ff-age {kind}"><i></i><b>{escape(label)}</b><span>{_when(text, as_of)}</span></div>'


def _when(text: str, at: datetime | None) -> str:
    """With the exact time for machines."""
    return escape(text) if at is None else f'<time datetime="{at.isoformat()}">{escape(text)}</time>'


def progress(share: float, text: str) -> str:
    """`share` from 0 to 1."""
    width = f"{max(0.0, min(1.0, share)) * 100:.1f}"
    return f'<div class="ff-progress"><div style="width:{width}%"></div></div><div class="ff-over">{escape(text)}</div>'


def brand() -> str:
    return '<div class="ff-brand"><i></i>Fanfare</div>'


def who(app: str, role: str) -> str:
    return f'<div class="ff-who"><b>{escape(app)}</b>{escape(role)}</div>'
