"""What an image is, read from its first bytes: never from what its sender calls it, and without decoding it.

Sources: PNG (W3C, sections 5.2 and 11.2.1), GIF89a (section 18), JPEG (ITU T.81, annex B), WebP (RFC 9649, section 2).
"""

from collections.abc import Callable

from msgspec import Struct

from push.errors import PushError

MOST_PIXELS_A_SIDE = 4096
"""What a phone decodes into 64 MB at most."""
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_NO_FRAME = (0xC4, 0xC8, 0xCC)
"""Huffman tables, JPEG extensions and arithmetic coding, among the markers that begin a frame."""
_ALONE = (0x01, *range(0xD0, 0xD9))
"""JPEG markers without a length."""


class BadImage(PushError):
    """It is no image that is shown here; the message says why."""


class Format(Struct, frozen=True):
    type: str
    width: int
    height: int


def format_of(content: bytes) -> Format:
    """Its type and its size in pixels. Raises BadImage."""
    for media_type, begins, size in _KINDS:
        if begins(content):
            found = size(content)
            if found is None:
                raise BadImage("The image is cut off or damaged: its size cannot be read.")
            width, height = found
            if not (0 < width <= MOST_PIXELS_A_SIDE and 0 < height <= MOST_PIXELS_A_SIDE):
                most = f"{MOST_PIXELS_A_SIDE:,}"
                raise BadImage(f"The image has {width:,} × {height:,} pixels; at most {most} × {most} are shown.")
            return Format(media_type, width, height)
    raise BadImage("This is no PNG, JPEG, GIF or WebP image.")


def _png(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _gif(content: bytes) -> tuple[int, int] | None:
    if len(content) < 13:
        return None
    return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Segments come one behind the other; the one that begins the frame says the size."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        else:
            # A length counts itself, so that each step goes on.
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    if len(content) < 30:
        return None
    match content[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
        case b"VP8L" if content[20] == 0x2F:
            bits = int.from_bytes(content[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            sides = int.from_bytes(content[26:28], "little"), int.from_bytes(content[28:30], "little")
            return sides[0] & 0x3FFF, sides[1] & 0x3FFF
    return None


_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int] | None]], ...] = (
    ("image/png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/gif", lambda content: content.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("image/webp", lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP", _webp),
)
