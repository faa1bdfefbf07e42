"""The server under test as the checks use it: phones that register, a backend that sends, answers of known types."""

import hashlib
import hmac
import secrets
import time
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Struct

from sdk_contracts.conformance.checklist import NotOffered, Unfit, equal, expect
from sdk_contracts.wire import common, devices, inbox

T = TypeVar("T")
TIMEOUT_SECONDS = 20.0
PATIENCE_SECONDS = 30.0
"""How long a message may take into an inbox."""


class Phone(Struct, frozen=True):
    """A registered installation and its keys."""

    installation_id: str
    device_id: str
    key: str
    person_id: str


class Stage:
    """One app on one server. What the checks make has random names, so that a run may be repeated."""

    def __init__(self, url: str, publishable_key: str, secret_key: str | None, identity_secret: str | None) -> None:
        # trust_env: a proxy from the environment would answer for the server.
        self.http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
        self.publishable_key = publishable_key
        self._secret_key = secret_key
        self._identity_secret = identity_secret
        self._phones: list[Phone] = []

    def close(self) -> None:
        """Remove the devices that the checks have made."""
        for phone in self._phones:
            self.call("DELETE", "/v1/devices/me", phone.key)
        self.http.close()

    # --- Calls --------------------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        key: str | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One call. `content` is sent as it is, `body` as JSON."""
        sent = {**({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        if body is not None:
            content = msgspec.json.encode(body)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.http.request(method, path, headers=sent, content=content)

    def ask(
        self,
        answer: type[T],
        status: int,
        method: str,
        path: str,
        key: str | None = None,
        body: Any = None,
        **more: Any,
    ) -> T:
        """The answer, which must have this status and fit this type. Raises Unfit."""
        response = self.call(method, path, key, body, **more)
        succeeded(response, status)
        media_type = response.headers.get("content-type", "").partition(";")[0]
        equal(media_type, "application/json", f"content type of {method} {path}")
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.MsgspecError as error:
            raise Unfit(f"the answer to {method} {path} is no {answer.__name__}: {error}") from None

    def do(self, method: str, path: str, key: str, body: Any = None) -> None:
        """A call that is answered with 204 and nothing. Raises Unfit."""
        response = self.call(method, path, key, body)
        succeeded(response, 204)
        equal(response.content, b"", f"body of {method} {path}")

    # --- Phones and people ----------------------------------------------------------------------------------------

    def registration(self, **fields: Any) -> dict[str, Any]:
        return {"installation_id": fresh("install"), "platform": "android", **fields}

    def phone(self, **fields: Any) -> Phone:
        """A new installation, anonymous."""
        body = self.registration(**fields)
        answer = self.ask(devices.Registered, 201, "POST", "/v1/devices", self.publishable_key, body)
        phone = Phone(body["installation_id"], answer.device_id, answer.device_token, answer.person_id)
        self._phones.append(phone)
        return phone

    def login(self, phone: Phone, external_id: str) -> devices.LoggedIn:
        body = {"external_id": external_id}
        if self._identity_secret:
            key = self._identity_secret.encode()
            body["signature"] = hmac.new(key, external_id.encode(), hashlib.sha256).hexdigest()
        return self.ask(devices.LoggedIn, 200, "PUT", "/v1/devices/me/person", phone.key, body)

    def device(self, phone: Phone) -> devices.Device:
        return self.ask(devices.Device, 200, "GET", "/v1/devices/me", phone.key)

    # --- Messages and the inbox -----------------------------------------------------------------------------------

    @property
    def secret_key(self) -> str:
        """Raises NotOffered where the suite was given none."""
        if self._secret_key is None:
            raise NotOffered("needs --secret-key, to send messages")
        return self._secret_key

    def send(self, to: dict[str, list[str]], title: str, **content: Any) -> str:
        """A message into the inbox of these; the answer is its id."""
        texts = {"default_locale": "en", "translations": {"en": {"title": title}}, **content}
        body = {"to": to, "kind": "service", "channels": ["inbox"], "content": texts}
        answer = self.call("POST", "/v1/messages", self.secret_key, body)
        succeeded(answer, 202)
        return str(answer.json()["message_id"])

    def page(self, phone: Phone, **query: Any) -> inbox.InboxPage:
        path = f"/v1/inbox?{httpx.QueryParams(query)}"
        return self.ask(inbox.InboxPage, 200, "GET", path, phone.key)

    def summary(self, phone: Phone) -> inbox.InboxSummary:
        return self.ask(inbox.InboxSummary, 200, "GET", "/v1/inbox/summary", phone.key)

    def arrived(self, phone: Phone, *titles: str) -> list[inbox.InboxItem]:
        """These items, once all are in the inbox. Raises Unfit."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = {item.title: item for item in self.page(phone, limit=100).items}
            if all(title in found for title in titles):
                return [found[title] for title in titles]
            missing = [title for title in titles if title not in found]
            expect(time.monotonic() < deadline, f"not in the inbox after {PATIENCE_SECONDS:.0f} s: {missing}")
            time.sleep(0.1)

    def reader(self, *titles: str) -> tuple[Phone, list[inbox.InboxItem]]:
        """Somebody with these items in the inbox."""
        phone = self.phone()
        for title in titles:
            self.send({"device_ids": [phone.device_id]}, title)
        return phone, self.arrived(phone, *titles)


def fresh(word: str) -> str:
    """A name nobody has had."""
    return f"{word}-{secrets.token_hex(8)}"


def succeeded(response: httpx.Response, status: int) -> None:
    """Raises Unfit with what the server said."""
    request = response.request
    said = f": {response.text[:300]}" if response.is_error else ""
    equal(response.status_code, status, f"{request.method} {request.url.path}{said}")


def refused(response: httpx.Response, status: int) -> common.Problem:
    """The problem document of a refusal (RFC 9457). Raises Unfit."""
    succeeded(response, status)
    what = f"{response.request.method} {response.request.url.path}"
    media_type = response.headers.get("content-type", "").partition(";")[0]
    equal(media_type, "application/problem+json", f"content type of the refusal of {what}")
    try:
        problem = msgspec.json.decode(response.content, type=common.Problem)
    except msgspec.MsgspecError as error:
        raise Unfit(f"the refusal of {what} is no problem document: {error}") from None
    equal(problem.status, status, f"`status` in the problem document of {what}")
    expect(problem.title, f"{what}: a problem has a title")
    return problem
