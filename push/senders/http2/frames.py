"""Frames of HTTP/2 (RFC 9113, sections 4 and 6), made and cut out of what arrives."""

import struct
from collections.abc import Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_HEADERS = 1, 2, 3, 4, 6
"""Settings (section 6.5.2)."""
NO_ERROR, REFUSED_STREAM, CANCEL = 0, 7, 8
LARGEST_FRAME = 16_384
"""Bytes of payload that everybody takes, and nobody may send more of to us."""
LARGEST_WINDOW = 2**31 - 1
_HEAD = struct.Struct(">HBBBL")
_SETTING = struct.Struct(">HL")
_NUMBER = struct.Struct(">L")

Frame = tuple[int, int, int, bytes]
"""Type, flags, stream, payload."""


class ProtocolError(Exception):
    """The other side does not speak HTTP/2 as we know it; the connection is of no use."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    size = len(payload)
    return _HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*each) for each in values.items()))


def window_update(stream: int, more: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(more))


def reset(stream: int, code: int) -> bytes:
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))


def goaway(code: int) -> bytes:
    return frame(GOAWAY, 0, 0, _NUMBER.pack(0) + _NUMBER.pack(code))


def number(payload: bytes, at: int = 0) -> int:
    """31 bits of a payload. Raises ProtocolError."""
    if len(payload) < at + 4:
        raise ProtocolError("a frame is too short")
    (value,) = _NUMBER.unpack_from(payload, at)
    return int(value) & LARGEST_WINDOW


def pairs(payload: bytes) -> list[tuple[int, int]]:
    """Settings of a SETTINGS frame. Raises ProtocolError."""
    if len(payload) % _SETTING.size:
        raise ProtocolError("a SETTINGS frame is cut off")
    return list(_SETTING.iter_unpack(payload))


def bare(kind: int, flags: int, payload: bytes) -> bytes:
    """The payload of DATA or HEADERS without padding and priority. Raises ProtocolError."""
    if not flags & (PADDED | PRIORITIZED):
        return payload
    start, padding = 0, 0
    if flags & PADDED:
        if not payload:
            raise ProtocolError("a frame is too short")
        start, padding = 1, payload[0]
    if kind == HEADERS and flags & PRIORITIZED:
        start += 5
    if start + padding > len(payload):
        raise ProtocolError("there is more padding than payload")
    return payload[start : len(payload) - padding]


class Reader:
    """Cuts bytes as they arrive into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now. Raises ProtocolError."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        while size - at >= _HEAD.size:
            high, low, kind, flags, stream = _HEAD.unpack_from(data, at)
            length = high << 8 | low
            if length > LARGEST_FRAME:
                raise ProtocolError("a frame is too long")
            start = at + _HEAD.size
            if start + length > size:
                break
            at = start + length
            yield kind, flags, stream & LARGEST_WINDOW, data[start:at]
        self._rest = data[at:]
