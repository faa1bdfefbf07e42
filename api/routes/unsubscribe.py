"""The page behind a letter's "Unsubscribe": looking at it changes nothing, its button does (RFC 8058)."""

from html import escape
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from push.engine import Engine
from push.unsubscribing.service import Offer

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}"
    "button{font:inherit;padding:.5rem 1.2rem;cursor:pointer}"
)
_WORDS = {
    "en": {
        "title": "Unsubscribe",
        "category": "No more e-mail of {app} about “{category}”?",
        "promotion": "No more promotion of {app}, by e-mail or otherwise?",
        "button": "Unsubscribe",
        "done_category": "You will get no more e-mail of {app} about “{category}”.",
        "done_promotion": "You will get no more promotion of {app}.",
    },
    "zh": {
        "title": "退订",
        "category": "不再接收 {app} 关于“{category}”的邮件？",
        "promotion": "不再接收 {app} 的推广信息（邮件及其他渠道）？",
        "button": "退订",
        "done_category": "您将不再收到 {app} 关于“{category}”的邮件。",
        "done_promotion": "您将不再收到 {app} 的推广信息。",
    },
}


@get("/unsubscribe/{token:str}", opt={"media_types": ("text/html",)})
async def get_unsubscribe(
    request: Request[Any, Any, Any], token: FromPath[str], engine: NamedDependency[Engine]
) -> Response[str]:
    """Ask whether to. Mail programs and scanners follow links by themselves, so this changes nothing."""
    return _page(request, await engine.unsubscribing.offer(token), done=False)


@post("/unsubscribe/{token:str}", status_code=200, opt={"media_types": ("text/html",)})
async def unsubscribe(
    request: Request[Any, Any, Any], token: FromPath[str], engine: NamedDependency[Engine]
) -> Response[str]:
    """No more such letters: the button of the page, or one click in a mail program. Doing so again changes nothing."""
    return _page(request, await engine.unsubscribing.unsubscribe(token), done=True)


def _page(request: Request[Any, Any, Any], offer: Offer, *, done: bool) -> Response[str]:
    language = "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"
    words = _WORDS[language]
    key = ("done_" if done else "") + ("category" if offer.category else "promotion")
    said = words[key].format(app=offer.app_name, category=offer.category)
    button = "" if done else f'<form method="post"><button type="submit">{words["button"]}</button></form>'
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{words["title"]}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><main><p>{escape(said)}</p>{button}</main></body></html>"
    )
    return Response(page, media_type="text/html", headers=_HEADERS)


ROUTES: list[Any] = [get_unsubscribe, unsubscribe]
