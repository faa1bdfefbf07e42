"""A sheet to print: what it is about, a QR code, and the link for those who would rather type. A4, as SVG."""

import re
from html import escape
from unicodedata import east_asian_width

from dashboard import theme

WIDE, HIGH = 210, 297
"""Millimetres (ISO 216)."""
_MARGIN, _CODE = 18, 118
_LARGEST, _SMALLEST = 17.0, 7.0
_LINES = 4
_LATIN = 0.58
"""How wide a letter is about, in em; one of Chinese is as wide as it is high."""
_OUTER = re.compile(rb"^<svg [^>]*?viewBox=(\"[0-9 ]+\")[^>]*>")


def sheet(title: str, url: str, code: bytes, invitation: str) -> bytes:
    """`code` is the QR code as the API draws it (SVG); `invitation` says what to do with it."""
    size, lines = _fitted(title)
    first = 46 - (len(lines) - 1) * size * 0.3
    heading = "".join(
        f'<text x="{WIDE / 2}" y="{first + number * size * 1.22:.1f}" font-size="{size:.1f}" font-weight="700" '
        f'fill="{theme.INK}" text-anchor="middle">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    left, top = (WIDE - _CODE) / 2, 116
    # The same drawing in another place: only its outermost tag says how large it is.
    place = f'<svg x="{left}" y="{top}" width="{_CODE}" height="{_CODE}" shape-rendering="crispEdges"'
    placed = _OUTER.sub(rf"{place} viewBox=\1>".encode(), code).decode()
    typed = min(6.2, (WIDE - 2 * _MARGIN) / max(1, len(url)) / 0.62)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}mm" height="{HIGH}mm" viewBox="0 0 {WIDE} {HIGH}" '
        f"font-family='{theme.FONT}'><title>{escape(title)}</title>"
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>{heading}{placed}'
        f'<text x="{WIDE / 2}" y="{top + _CODE + 16}" font-size="8" fill="{theme.INK}" text-anchor="middle">'
        f"{escape(invitation)}</text>"
        f'<text x="{WIDE / 2}" y="{top + _CODE + 29}" font-size="{typed:.2f}" fill="{theme.QUIET}" '
        f'text-anchor="middle" font-family="ui-monospace, monospace">{escape(url)}</text></svg>'
    ).encode()


def _fitted(title: str) -> tuple[float, list[str]]:
    """The size of its letters in millimetres, and its lines: as large as fits into four of them."""
    size = _LARGEST
    while True:
        lines = _broken(title, (WIDE - 2 * _MARGIN) / size)
        if len(lines) <= _LINES or size <= _SMALLEST:
            return size, lines[:_LINES]
        size -= 1


def _broken(text: str, widest: float) -> list[str]:
    """Lines of at most `widest` em: broken between words, between any two of Chinese, and within what is too long."""
    lines = [""]
    longest = int(widest / _LATIN)
    for word in re.findall(rf"\s+|[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]{{1,{longest}}}", text.strip()):
        if _width(lines[-1] + word) <= widest or not lines[-1]:
            lines[-1] += word
        else:
            lines.append(word.strip())
    return [line.strip() for line in lines if line.strip()]


def _width(text: str) -> float:
    """About as wide as it is drawn in bold, in em."""
    return sum(1.0 if east_asian_width(each) in "WF" else _LATIN for each in text)
