"""Our own server keeps the contract that the conformance suite checks, and the suite notices one that does not."""

import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from sdk_contracts.conformance.checklist import Outcome, Verdict
from sdk_contracts.conformance.server.all import run_server_checks
from tests.integration.api.serving import Api


async def judged(url: str, publishable: str, secret: str | None) -> list[Outcome]:
    return await asyncio.to_thread(lambda: list(run_server_checks(url, publishable, secret)))


def failed(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(each.text, each.detail) for each in outcomes if each.verdict is Verdict.FAIL]


async def test_our_server_passes_every_check(api: Api) -> None:
    tenant = await api.tenant()
    outcomes = await judged(api.url, tenant.publishable, tenant.owner)
    assert failed(outcomes) == []
    assert {each.group for each in outcomes} == {"devices", "people", "inbox", "events", "refusals", "live"}
    assert {each.verdict for each in outcomes} == {Verdict.PASS}


async def test_without_a_secret_key_what_needs_messages_is_skipped_and_not_passed(api: Api) -> None:
    tenant = await api.tenant()
    outcomes = await judged(api.url, tenant.publishable, None)
    assert failed(outcomes) == []
    skipped = {each.text for each in outcomes if each.verdict is Verdict.SKIP}
    assert "Pages have no gap and no repeat while items arrive" in skipped


class _Yes(BaseHTTPRequestHandler):
    """Says yes to everything, in the wrong shape."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


async def test_a_server_that_says_yes_to_everything_passes_nothing() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Yes) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        outcomes = await judged(f"http://127.0.0.1:{server.server_port}", "ffp_x", "ffs_x")
        server.shutdown()
    assert {each.verdict for each in outcomes} == {Verdict.FAIL}
