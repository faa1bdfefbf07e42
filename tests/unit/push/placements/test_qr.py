"""QR codes, read by a decoder that is not ours."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from push.placements.qr import LARGEST, QUIET_ZONE, SMALLEST, Form, Level, draw

URL = "https://push.example.com/r/3k9d0aavtq5p2mfh1c"


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("size", [SMALLEST, 512, LARGEST])
def test_a_png_is_read_back_as_the_address_it_was_made_of(size: int, level: Level) -> None:
    drawn = picture(draw(URL, "png", size, level))
    assert size * 0.6 < drawn.width == drawn.height <= size
    (found,) = zxingcpp.read_barcodes(drawn)
    assert found.text == URL
    assert found.ec_level in {"M": "MQH", "Q": "QH"}[level]


def test_it_is_read_with_its_middle_covered() -> None:
    drawn = picture(draw(URL, "png", 1024, "Q"))
    drawn.paste(255, (430, 430, 590, 590))
    (found,) = zxingcpp.read_barcodes(drawn)
    assert found.text == URL


def test_around_it_is_the_white_that_the_standard_asks_for() -> None:
    drawn = picture(draw(URL, "png", 512, "M"))
    left, top, right, bottom = Image.eval(drawn, lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    module = left / QUIET_ZONE
    assert module == int(module)
    assert (left, top, drawn.width - right, drawn.height - bottom) == (left,) * 4


def test_an_svg_has_the_same_modules() -> None:
    svg = draw(URL, "svg", 600, "M").decode()
    assert svg.startswith('<svg width="600" height="600"')
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    # Rows of strokes: `M`oves and steps by (x, y), `h` draws to the right.
    drawn = Image.new("L", (side, side), 255)
    x = y = 0.0
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)[1]  # type: ignore[index]
    for kind, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path):
        given = [float(each) for each in re.findall(r"-?[0-9.]+", numbers)]
        if kind == "M":
            x, y = given
        elif kind == "m":
            x, y = x + given[0], y + given[1]
        else:
            for dark in range(int(given[0])):
                drawn.putpixel((int(x) + dark, int(y)), 0)
            x += given[0]
    (found,) = zxingcpp.read_barcodes(drawn.resize((side * 8, side * 8), Image.Resampling.NEAREST))
    assert found.text == URL


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_same_address_is_drawn_the_same(form: Form) -> None:
    assert draw(URL, form, 300, "M") == draw(URL, form, 300, "M")
