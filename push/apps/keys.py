"""The form of the keys that backends and apps carry."""

import hashlib
import re
import secrets

from push.errors import Unauthenticated

_FORM = re.compile(r"^(ffs|ffp)_([0-9a-v]{24})_([A-Za-z0-9_-]{32})$")
_PREFIX = {"secret": "ffs", "publishable": "ffp"}


def new_key(kind: str, app_id: str) -> str:
    """A key that names its app, so that looking it up never touches another's, and carries 192 random bits."""
    return f"{_PREFIX[kind]}_{app_id.removeprefix('app_')}_{secrets.token_urlsafe(24)}"


def app_of(key: str) -> str:
    """Raises Unauthenticated when this cannot be a key of ours."""
    form = _FORM.match(key)
    if form is None:
        raise Unauthenticated
    return f"app_{form[2]}"


def digest(key: str) -> str:
    """What is stored: a random key needs no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
