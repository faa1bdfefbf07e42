"""Where the API is and where the dashboard listens."""

from collections.abc import Mapping

from msgspec import Struct


class Settings(Struct, frozen=True):
    api_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8501


def from_environment(environ: Mapping[str, str]) -> Settings:
    """From FANFARE_API_URL, FANFARE_DASHBOARD_HOST and FANFARE_DASHBOARD_PORT. Raises ValueError for a bad port."""
    default = Settings()
    return Settings(
        api_url=environ.get("FANFARE_API_URL", default.api_url).rstrip("/"),
        host=environ.get("FANFARE_DASHBOARD_HOST", default.host),
        port=int(environ.get("FANFARE_DASHBOARD_PORT", default.port)),
    )
