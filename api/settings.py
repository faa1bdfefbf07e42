"""What the API process is told from outside, beside the engine's settings."""

from collections.abc import Mapping

from msgspec import Struct

from push.settings import BadSetting


class ApiSettings(Struct, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes a free one."""
    max_body_bytes: int = 1024 * 1024
    """A longer request is refused with 413 before it is kept in memory."""
    most_at_once: int = 1024
    """How many requests of phones are under way at the same time at the very most; fewer where they take long."""
    most_streams: int = 2000
    """How many inboxes this process streams at the same time; beyond it answers 503."""
    shutdown_seconds: int = 15
    """How long answers under way may still take after SIGTERM."""


def from_environment(environ: Mapping[str, str]) -> ApiSettings:
    """Reads FANFARE_API_HOST, _PORT, _MAX_BODY (bytes), _AT_ONCE and _STREAMS. Raises BadSetting."""
    return ApiSettings(
        host=environ.get("FANFARE_API_HOST", "").strip() or ApiSettings.__struct_defaults__[0],
        port=_whole(environ, "FANFARE_API_PORT", default=8080, least=0, most=65_535),
        max_body_bytes=_whole(environ, "FANFARE_API_MAX_BODY", default=1024 * 1024, least=1024, most=64 * 1024 * 1024),
        most_at_once=_whole(environ, "FANFARE_API_AT_ONCE", default=1024, least=1, most=100_000),
        most_streams=_whole(environ, "FANFARE_API_STREAMS", default=2000, least=0, most=100_000),
    )


def _whole(environ: Mapping[str, str], variable: str, *, default: int, least: int, most: int) -> int:
    given = environ.get(variable, "").strip()
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
        raise BadSetting(variable, f"must be a whole number from {least} to {most}, not {given!r}.")
    return int(given)
