"""What an image is, by its bytes: checked against images that a real library made."""

import io
import random
from typing import Any

import pytest
from PIL import Image

from push.media.formats import BadImage, Format, format_of


def made(kind: str, size: tuple[int, int], mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (37, 4096), (300, 200)])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("png", {}),
        ("gif", {}),
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("jpeg", {"exif": b"Exif\x00\x00" + bytes(3000), "comment": b"\xff\xd8 in a comment"}),
        ("webp", {"lossless": True}),
        ("webp", {"quality": 50}),
        ("webp", {"exif": b"Exif\x00\x00" + bytes(100)}),
    ],
)
def test_type_and_size_are_read(kind: str, options: dict[str, Any], size: tuple[int, int]) -> None:
    assert format_of(made(kind, size, **options)) == Format(f"image/{kind}", *size)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        b"%PDF-1.7",
        b"BM" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(30),
        b"RIFF\x00\x00\x00\x00WEBPVP8?" + bytes(30),
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff" + bytes(40),
        b"\xff\xd8" + b"\xff" * 2000,
    ],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(BadImage):
        format_of(content)


def test_an_image_too_large_to_be_decoded_by_a_phone_is_refused() -> None:
    for size in ((4097, 1), (1, 4097)):
        with pytest.raises(BadImage, match="pixels"):
            format_of(made("png", size))


@pytest.mark.parametrize("kind", ["png", "gif", "jpeg", "webp"])
def test_cut_and_damaged_images_are_refused_or_read_and_nothing_else(kind: str) -> None:
    whole, draw = made(kind, (300, 200)), random.Random(7)
    for length in range(min(len(whole), 400)):
        with_end = whole[:length]
        try:
            assert format_of(with_end).type == f"image/{kind}"
        except BadImage:
            continue
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(8):
            damaged[draw.randrange(min(len(whole), 60))] = draw.randrange(256)
        try:
            format_of(bytes(damaged))
        except BadImage:
            continue
