"""A small OpenID Connect provider on loopback: whoever comes chooses who they are. Code flow with PKCE, RS256."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import Struct

CLIENT_ID, CLIENT_SECRET = "fanfare", "the-secret-of-the-test"
PEOPLE = {
    "olga": {"sub": "1", "email": "olga@shop.example", "groups": ["staff", "head-office"]},
    "mei": {"sub": "2", "email": "mei@shop.example", "groups": ["marketing"]},
    "ana": {"sub": "3", "email": "ana@shop.example", "groups": ["numbers"]},
    "eve": {"sub": "4", "email": "eve@elsewhere.example", "groups": []},
}


class Provider(Struct):
    url: str = ""
    codes: dict[str, dict[str, str]] = {}
    """What each code was given out for: who, nonce, challenge, redirect_uri."""
    issued_ago: float = 0.0
    """Seconds by which tokens claim to be older."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    provider = Provider()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            if path == "/.well-known/openid-configuration":
                self._json(_metadata(provider.url))
            elif path == "/jwks":
                self._json({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})
            elif path == "/authorize" and "as" not in query:
                chosen = [(who, escape(urlencode({**query, "as": who}))) for who in PEOPLE]
                links = "".join(f'<p><a href="?{link}">{who}</a></p>' for who, link in chosen)
                self._answer(200, f"<h1>Who are you?</h1>{links}".encode(), "text/html")
            elif path == "/authorize":
                assert query["client_id"] == CLIENT_ID
                code = token_urlsafe(16)
                provider.codes[code] = query
                back = urlencode({"code": code, "state": query["state"]})
                self._answer(302, b"", "text/plain", Location=f"{query['redirect_uri']}?{back}")
            elif path == "/end_session":
                self._answer(302, b"", "text/plain", Location=query["post_logout_redirect_uri"])
            else:
                self._answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked = provider.codes.pop(sent["code"][0])
            basic = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            challenge = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
            assert basic == f"{CLIENT_ID}:{CLIENT_SECRET}"
            assert base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
            now = int(time.time() - provider.issued_ago)
            claims = {
                "iss": provider.url, "aud": CLIENT_ID, "iat": now, "exp": int(time.time()) + 3600,
                "nonce": asked.get("nonce"), **PEOPLE[asked["as"]],
            }  # fmt: skip
            token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one"})
            self._json({"access_token": "unused", "token_type": "Bearer", "expires_in": 3600, "id_token": token})

        def _json(self, body: Any) -> None:
            self._answer(200, json.dumps(body).encode(), "application/json")

        def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _metadata(url: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, section 3."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "end_session_endpoint": f"{url}/end_session",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }
