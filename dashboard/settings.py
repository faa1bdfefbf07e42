"""Where the API is and where the dashboard listens."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct


class BadSetting(ValueError):
    """An environment variable says something that cannot be."""


class Settings(Struct, frozen=True):
    api_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8501


def from_environment(environ: Mapping[str, str]) -> Settings:
    """From FANFARE_API_URL, FANFARE_DASHBOARD_HOST and FANFARE_DASHBOARD_PORT. Raises BadSetting."""
    default = Settings()
    port = environ.get("FANFARE_DASHBOARD_PORT", str(default.port))
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise BadSetting(f"FANFARE_DASHBOARD_PORT is {port!r}: a port is a number up to 65535.")
    return Settings(
        api_url=web_address("FANFARE_API_URL", environ.get("FANFARE_API_URL", default.api_url)),
        host=environ.get("FANFARE_DASHBOARD_HOST", default.host),
        port=int(port),
    )


def web_address(name: str, url: str) -> str:
    """`url` without a slash at its end. Raises BadSetting about the variable `name`."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadSetting(f"{name} is {url!r}: an address starts with http:// or https://.")
    return url.rstrip("/")
