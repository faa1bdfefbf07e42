"""Google's side of a service account: the JSON file, and access tokens for grants signed with its key (RFC 7523)."""

import secrets
import time
from typing import Any
from urllib.parse import parse_qs

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sdk_contracts.sandbox.fcm.answers import JSON
from sdk_contracts.sandbox.serving import Answer

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE = "https://oauth2.googleapis.com/token"
"""google-auth names this audience whatever `token_uri` says."""
SCOPES = {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
LIFE_SECONDS = 3600
LONGEST_GRANT_SECONDS = 3600


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_of(account: dict[str, Any]) -> rsa.RSAPrivateKey:
    """The key inside a service-account JSON. Raises ValueError when there is none."""
    match serialization.load_pem_private_key(str(account.get("private_key", "")).encode(), None):
        case rsa.RSAPrivateKey() as key:
            return key
    raise ValueError("A service account has an RSA key.")


def service_account(project_id: str, base_url: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """What the Firebase console would let one download, with `token_uri` at `base_url`."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": project_id,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": email(project_id),
        "client_id": "100000000000000000001",
        "auth_uri": f"{base_url}/auth",
        "token_uri": f"{base_url}/token",
        "auth_provider_x509_cert_url": f"{base_url}/certs",
        "client_x509_cert_url": f"{base_url}/certs/{project_id}",
        "universe_domain": "googleapis.com",
    }


def email(project_id: str) -> str:
    return f"firebase-adminsdk@{project_id}.iam.gserviceaccount.com"


class Tokens:
    """Grants in, access tokens out."""

    def __init__(self, base_url: str) -> None:
        self._audience = [f"{base_url}/token", GOOGLE]
        self._keys: dict[str, rsa.RSAPublicKey] = {}
        self._issued: dict[str, float] = {}

    def trust(self, account_email: str, key: rsa.RSAPublicKey) -> None:
        self._keys[account_email] = key

    def issue(self, life_seconds: float = LIFE_SECONDS) -> str:
        """A new access token."""
        now = time.time()
        self._issued = {token: until for token, until in self._issued.items() if until > now}
        token = f"ya29.sandbox-{secrets.token_urlsafe(90)}"
        self._issued[token] = now + life_seconds
        return token

    def good(self, authorization: str | None) -> bool:
        """Whether this header carries a token that was issued and has not run out."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and self._issued.get(token, 0) > time.time()

    def revoke_all(self) -> None:
        self._issued.clear()

    def answer(self, body: bytes) -> Answer:
        """The token endpoint: 200 with an access token, 400 for a grant that does not hold."""
        form = parse_qs(body.decode(errors="replace"))
        if form.get("grant_type") != [GRANT]:
            return _refusal("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
        if fault := self._fault(form.get("assertion", [""])[0]):
            return _refusal("invalid_grant", fault)
        granted = {"access_token": self.issue(), "expires_in": LIFE_SECONDS - 1, "token_type": "Bearer"}
        return Answer(200, msgspec.json.encode(granted), JSON)

    def _fault(self, assertion: str) -> str | None:
        try:
            issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
            key = self._keys.get(issuer) if isinstance(issuer, str) else None
            if key is None:
                return "Invalid grant: account not found"
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                audience=self._audience,
                leeway=60,
                options={"require": ["iss", "aud", "iat", "exp"]},
            )
        except jwt.InvalidSignatureError:
            return "Invalid JWT Signature."
        except jwt.InvalidTokenError as error:
            return f"Invalid JWT: {error}"
        if claims["exp"] - claims["iat"] > LONGEST_GRANT_SECONDS:
            return "Invalid JWT: Token must be a short-lived token (60 minutes)."
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            return "Invalid OAuth scope or ID token audience provided."
        return None


def _refusal(code: str, description: str) -> Answer:
    return Answer(400, msgspec.json.encode({"error": code, "error_description": description}), JSON)
