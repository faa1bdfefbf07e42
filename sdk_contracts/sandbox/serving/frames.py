"""Frames of HTTP/2 as a server meets them (RFC 9113 sections 4, 6 and 7)."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20

HEADER_TABLE_SIZE, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 1, 3, 4, 5
"""Settings (section 6.5.2)."""
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = 0, 1, 3, 5, 6, 7
COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 9, 11
"""Errors (section 7)."""
FRAME_BYTES = 16_384
INITIAL_WINDOW = 65_535
"""Bytes that may be under way before anybody has said anything (section 6.9.2)."""
MOST_WINDOW = 2**31 - 1
HEAD = struct.Struct(">HBBBL")
"""Length in two parts, type, flags, stream."""
_SETTING = struct.Struct(">HL")
_NUMBER = struct.Struct(">L")


class Fault(Exception):
    """The client breaks the protocol: the connection ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return HEAD.pack(len(payload) >> 8, len(payload) & 0xFF, kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*each) for each in values.items()))


def window_update(stream: int, more: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(more))


def reset(stream: int, code: int) -> bytes:
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))


def goaway(last: int, code: int) -> bytes:
    return frame(GOAWAY, 0, 0, _NUMBER.pack(last) + _NUMBER.pack(code))


def number(payload: bytes) -> int:
    """The 32 bits that are all of a payload. Raises Fault."""
    if len(payload) != _NUMBER.size:
        raise Fault(FRAME_SIZE_ERROR)
    return int(_NUMBER.unpack(payload)[0])


def pairs(payload: bytes) -> list[tuple[int, int]]:
    """What a SETTINGS frame says. Raises Fault."""
    if len(payload) % _SETTING.size:
        raise Fault(FRAME_SIZE_ERROR)
    return list(_SETTING.iter_unpack(payload))


def bare(kind: int, flags: int, payload: bytes) -> bytes:
    """The payload of DATA or HEADERS without padding and priority. Raises Fault."""
    start, padding = 0, 0
    if flags & PADDED:
        start, padding = 1, payload[0] if payload else 0
    if kind == HEADERS and flags & PRIORITIZED:
        start += 5
    if start + padding > len(payload):
        raise Fault(PROTOCOL_ERROR)
    return payload[start : len(payload) - padding]
