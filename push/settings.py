"""What a process is told from outside, read once into a frozen value and passed in."""

from collections.abc import Mapping
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from push.errors import PushError

FcmTransport = Literal["http2", "libcurl", "firebase_admin"]
GOOGLE_FCM = "https://fcm.googleapis.com"
SHORTEST_SECRET = 32
SHORTEST_LEASE_SECONDS = 1
LONGEST_LEASE_SECONDS = 3600
MOST_PER_MINUTE = 1_000_000_000
MOST_MEBIBYTES = 1_000_000


class BadSetting(PushError):
    """A setting is missing or wrong; the message says how to mend it."""

    def __init__(self, variable: str, advice: str) -> None:
        super().__init__(f"{variable} {advice}")
        self.variable = variable


class Settings(Struct, frozen=True, kw_only=True):
    mongo_url: str
    database: str = "fanfare"
    secret_key: str
    """Signs receipts and device keys, encrypts provider credentials."""
    public_url: str = "http://127.0.0.1:8080"
    """How phones reach the API, without a slash at the end."""
    fcm_url: str = GOOGLE_FCM
    web_push_hosts: frozenset[str] = frozenset()
    """Push services allowed beside the known ones, as `host` or `host:port`, in lower case."""
    webhook_hosts: frozenset[str] = frozenset()
    """Receivers of webhooks that need not be on the public internet, as `host` or `host:port`, in lower case."""
    smtp_hosts: frozenset[str] = frozenset()
    """Mail servers that need not be on the public internet, as `host` or `host:port`, in lower case."""
    lease_seconds: float = 30.0
    """How long a worker that stopped answering keeps its work before another takes it over."""
    fcm_per_minute: int = 600_000
    """Messages of one app, by all workers together; a Firebase project's default quota."""
    fcm_transport: FcmTransport = "http2"
    """What carries messages to FCM. firebase-admin makes them in any case; its own carrier is by far the slowest."""
    smtp_per_minute: int = 3000
    """Letters of one app, by all workers together."""
    roster_mib: int = 512
    """Memory that a process of the API may take to answer for large apps at once; 0: none, and it takes longer."""
    ca_file: str | None = None
    """Certificates to trust towards the providers instead of the system's, as a PEM file; for tests and proxies."""


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Reads the FANFARE_* variables; an empty one counts as unset. Raises BadSetting."""
    given = {name: value.strip() for name, value in environ.items() if name.startswith("FANFARE_") and value.strip()}
    if "FANFARE_MONGO_URL" not in given:
        raise BadSetting(
            "FANFARE_MONGO_URL", "is not set: name your MongoDB, or use `fanfare up`, which brings one along."
        )
    optional: dict[str, Any] = {
        "database": given.get("FANFARE_MONGO_DATABASE"),
        "public_url": _base_url(given, "FANFARE_PUBLIC_URL"),
        "ca_file": given.get("FANFARE_CA_FILE"),
        "lease_seconds": _seconds(given, "FANFARE_LEASE_SECONDS"),
        "fcm_url": _base_url(given, "FANFARE_FCM_URL"),
        "fcm_transport": _one_of(given, "FANFARE_FCM_TRANSPORT", get_args(FcmTransport)),
        "fcm_per_minute": _per_minute(given, "FANFARE_FCM_PER_MINUTE"),
        "smtp_per_minute": _per_minute(given, "FANFARE_SMTP_PER_MINUTE"),
        "roster_mib": _mebibytes(given, "FANFARE_ROSTER_MIB"),
    }
    return Settings(
        mongo_url=given["FANFARE_MONGO_URL"],
        secret_key=_secret(given),
        web_push_hosts=_hosts(given, "FANFARE_WEB_PUSH_HOSTS"),
        webhook_hosts=_hosts(given, "FANFARE_WEBHOOK_HOSTS"),
        smtp_hosts=_hosts(given, "FANFARE_SMTP_HOSTS"),
        **{name: value for name, value in optional.items() if value is not None},
    )


def _secret(given: Mapping[str, str]) -> str:
    secret = given.get("FANFARE_SECRET_KEY", "")
    if len(secret) < SHORTEST_SECRET:
        raise BadSetting(
            "FANFARE_SECRET_KEY",
            f"must be set to at least {SHORTEST_SECRET} random characters, the same for every process, "
            "for example from `openssl rand -base64 48`.",
        )
    return secret


def _seconds(given: Mapping[str, str], variable: str) -> float | None:
    value = given.get(variable)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_LEASE_SECONDS <= seconds <= LONGEST_LEASE_SECONDS:
        raise BadSetting(variable, f"must be {SHORTEST_LEASE_SECONDS}–{LONGEST_LEASE_SECONDS} seconds, not {value!r}.")
    return seconds


def _one_of(given: Mapping[str, str], variable: str, known: tuple[str, ...]) -> str | None:
    value = given.get(variable)
    if value is not None and value not in known:
        raise BadSetting(variable, f"must be one of {', '.join(known)}, not {value!r}.")
    return value


def _per_minute(given: Mapping[str, str], variable: str) -> int | None:
    value = given.get(variable)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= MOST_PER_MINUTE):
        raise BadSetting(variable, f"must be a whole number of messages from 1 to {MOST_PER_MINUTE}, not {value!r}.")
    return int(value)


def _mebibytes(given: Mapping[str, str], variable: str) -> int | None:
    value = given.get(variable)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and int(value) <= MOST_MEBIBYTES):
        raise BadSetting(variable, f"must be a whole number of MiB from 0 to {MOST_MEBIBYTES}, not {value!r}.")
    return int(value)


def _base_url(given: Mapping[str, str], variable: str) -> str | None:
    value = given.get(variable)
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(variable, f"must be an http or https address without a query, not {value!r}.")
    return value.rstrip("/")


def _hosts(given: Mapping[str, str], variable: str) -> frozenset[str]:
    hosts = frozenset(host.strip().lower() for host in given.get(variable, "").split(",") if host.strip())
    for host in hosts:
        if "/" in host or "@" in host or "*" in host:
            raise BadSetting(variable, f"takes host or host:port, comma separated, not {host!r}.")
    return hosts
