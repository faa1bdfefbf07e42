"""FCM, as far as a sender can tell: `messages:send`, the token endpoint, phones behind tokens."""

import itertools
import re
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from sdk_contracts.sandbox import control
from sdk_contracts.sandbox.behaviour import Rule
from sdk_contracts.sandbox.fcm import answers, oauth
from sdk_contracts.sandbox.fcm.answers import JSON
from sdk_contracts.sandbox.fcm.message import FcmMessage, read
from sdk_contracts.sandbox.recorder import Message
from sdk_contracts.sandbox.serving import Answer, Broken, Certificate, Head, Listener
from sdk_contracts.sandbox.stand_in import StandIn

SEND = re.compile(r"/v1/projects/([a-z0-9][a-z0-9:.-]{0,61})/messages:send")
DEFAULT_PROJECT = "fanfare-sandbox"
NOT_FOUND = Answer(404, b"<title>Error 404 (Not Found)!!1</title>", (("content-type", "text/html"),))


class FcmStandIn(StandIn):
    """A running stand-in. Its `url` is what FANFARE_FCM_URL is set to."""

    def __init__(self, listener: Listener, keep: int = 10_000, seed: int = 0) -> None:
        super().__init__(listener, answers.ANSWERS, keep, seed)
        self.tokens = oauth.Tokens(listener.url)
        self._key = oauth.make_key()
        self._unregistered: set[str] = set()
        self._project_of: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def service_account(self, project_id: str = DEFAULT_PROJECT) -> dict[str, Any]:
        """A service-account JSON whose grants this stand-in takes."""
        account = oauth.service_account(project_id, self.url, self._key)
        self.tokens.trust(account["client_email"], self._key.public_key())
        return account

    def adopt(self, account: dict[str, Any]) -> None:
        """Keep using an earlier service account's key. Raises ValueError when it holds none."""
        self._key = oauth.key_of(account)

    def access_token(self) -> str:
        """A bearer token without the grant."""
        return self.tokens.issue()

    def unregister(self, token: str) -> None:
        """The app was removed from that phone: UNREGISTERED from now on."""
        self._unregistered.add(token)
        self.mailbox.gone(token)

    def register(self, token: str) -> None:
        """The token lives (again)."""
        self._unregistered.discard(token)

    def stats(self) -> dict[str, Any]:
        return {**super().stats(), "unregistered_tokens": len(self._unregistered)}

    def reset(self) -> None:
        """As new, and no token is dead. Issued access tokens stay good."""
        super().reset()
        self._unregistered.clear()

    def control(self, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
        match method, path:
            case "GET", "/service-account":
                return self.service_account(query.get("project_id", DEFAULT_PROJECT))
            case "POST", "/access-tokens":
                return {"access_token": self.access_token()}
            case "DELETE", "/access-tokens":
                return self.tokens.revoke_all()
            case "DELETE", _ if path.startswith("/tokens/"):
                return self.unregister(unquote(path.removeprefix("/tokens/")))
        raise control.NoSuchCall

    def handle(self, head: Head, body: bytes) -> Answer | Awaitable[Answer]:
        """One HTTP request."""
        project = self._project_of.get(head.path)
        if project is None and (found := SEND.fullmatch(head.path)):
            project = self._project_of[head.path] = found[1]
        if project is not None and head.method == "POST":
            return self._send(project, head, body)
        if head.path.startswith(control.PREFIX):
            return control.answer(self, head, body)
        if head.path == "/token" and head.method == "POST":
            return self.tokens.answer(body)
        return NOT_FOUND

    def _send(self, project: str, head: Head, body: bytes) -> Answer | Awaitable[Answer]:
        authorization = head.headers.get("authorization")
        if not self.switchboard.calm:
            return self._send_as_told(project, authorization, body)
        verdict = self._judge(project, authorization, body)
        return self._demand(verdict) if isinstance(verdict, Rule) else verdict

    async def _send_as_told(self, project: str, authorization: str | None, body: bytes) -> Answer:
        verdict = await self.outage() or self._judge(project, authorization, body)
        return await self._demand(verdict) if isinstance(verdict, Rule) else verdict

    def _judge(self, project: str, authorization: str | None, body: bytes) -> Answer | Rule:
        """What this request deserves, in the order in which Google looks: who, what, how often, to whom."""
        if not self.tokens.good(authorization):
            return self._refused("unauthenticated", answers.UNAUTHENTICATED)
        request = read(body)
        if isinstance(request, Answer):
            return self._refused("invalid", request)
        address = request.message.address
        if not self.switchboard.calm:
            if wait := self.switchboard.over_quota():
                return self._refused("over_quota", _with_retry(answers.QUOTA_EXCEEDED, str(int(wait) + 1)))
            if rule := self.switchboard.choose(address):
                if rule.answer == "unregistered":
                    self.unregister(address)
                return rule
        if address in self._unregistered:
            return self._refused("unregistered", answers.UNREGISTERED)
        if not request.validate_only:
            self._accept(request.message, address, body)
        name = f'{{"name":"projects/{project}/messages/0:{next(self._numbers):016d}"}}'
        return Answer(200, name.encode(), JSON)

    def _accept(self, message: FcmMessage, address: str, body: bytes) -> None:
        delivery_id = message.data.get("delivery_id", "") if message.data else ""
        self.recorder.accept(Message(address, delivery_id, time.time(), body))
        collapse = message.android.collapse_key if message.android else None
        self.mailbox.deliver(address, body, message.ttl_seconds, collapse or "")

    async def _demand(self, rule: Rule) -> Answer:
        """Answer as a rule or an outage wants it. Raises Broken."""
        self.recorder.refuse(rule.answer)
        if rule.answer in answers.ON_DEMAND:
            return _with_retry(answers.ON_DEMAND[rule.answer], rule.retry_after)
        if rule.answer == answers.HANG:
            await self.listener.pause(rule.seconds)
        raise Broken

    def _refused(self, name: str, answer: Answer) -> Answer:
        self.recorder.refuse(name)
        return answer


def _with_retry(answer: Answer, retry_after: str | None) -> Answer:
    if retry_after is None:
        return answer
    return Answer(answer.status, answer.body, (*answer.headers, ("retry-after", retry_after)))


@asynccontextmanager
async def fcm_stand_in(
    port: int = 0, *, host: str = "127.0.0.1", certificate: Certificate | None = None, keep: int = 10_000, seed: int = 0
) -> AsyncIterator[FcmStandIn]:
    """FCM on a loopback port until the block ends; `keep` is how many messages it remembers whole."""
    listener = Listener(port, host, certificate)
    stand_in = FcmStandIn(listener, keep, seed)
    async with listener.serving(stand_in.handle):
        yield stand_in
