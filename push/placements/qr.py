"""QR codes (ISO/IEC 18004) of tracked links, to be printed."""

import io
from typing import Literal

import segno

Form = Literal["svg", "png"]
Level = Literal["M", "Q"]
"""How much may be dirty or torn: 15 % or 25 %."""
QUIET_ZONE = 4
"""Modules of white around it, as the standard asks for."""
SMALLEST, LARGEST = 128, 2048


def draw(url: str, form: Form, size: int, level: Level) -> bytes:
    """A square of `size` pixels, or of as many less as make each module the same whole number of them (PNG).

    The level is a better one where that takes no more room.
    """
    code = segno.make_qr(url, error=level)
    modules, _ = code.symbol_size(border=QUIET_ZONE)
    drawn = io.BytesIO()
    if form == "png":
        code.save(drawn, kind="png", scale=max(1, size // modules), border=QUIET_ZONE)
    else:
        code.save(drawn, kind="svg", border=QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True, nl=False)
        # With its view box, so that it stays sharp at any size it is drawn at later.
        sized = f'<svg width="{size}" height="{size}" shape-rendering="crispEdges" '
        return drawn.getvalue().replace(b"<svg ", sized.encode(), 1)
    return drawn.getvalue()
