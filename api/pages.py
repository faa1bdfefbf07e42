"""What somebody reads who scanned a poster whose code leads nowhere: a page, in English or Chinese."""

import base64
import hashlib
from html import escape
from typing import Any

from litestar import Request, Response

from api import problems

_STYLE = (
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f5f7f9;color:#17212b;"
    'font:18px/1.55 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}'
    "main{max-width:26rem;margin:1.5rem;padding:2rem 1.8rem;background:#fff;"
    "border:1px solid #dde3e9;border-radius:14px}"
    "h1{font-size:1.35rem;line-height:1.3;margin:0 0 .6rem}p{margin:0;color:#5b6875}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WORDS: dict[int, dict[str, tuple[str, str]]] = {
    400: {
        "en": ("This code is not right", "Please look whether it is written as it is printed, or scan it once more."),
        "zh": ("链接有误", "请核对是否与印刷的一致，或重新扫描二维码。"),
    },
    404: {
        "en": ("There is nothing here", "What this code led to has been taken down."),
        "zh": ("这里什么也没有", "此链接对应的内容已被移除。"),
    },
    410: {
        "en": ("This is over", "What this code led to has ended. Thank you for your interest."),
        "zh": ("活动已结束", "此链接对应的内容已经结束，感谢您的关注。"),
    },
    503: {
        "en": ("One moment, please", "We cannot take you there right now. Please try again in a minute."),
        "zh": ("请稍候", "暂时无法为您跳转，请一分钟后再试。"),
    },
}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A page for a browser, for everything else the problem: each with the same status and headers."""
    problem = problems.answer(request, error)
    status = problem.status_code or 500
    words = _WORDS.get(503 if status == 429 else status)
    if words is None or "text/html" not in request.headers.get("accept", ""):
        return problem
    language = spoken(request.headers.get("accept-language", ""))
    title, text = (escape(each) for each in words[language])
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    )
    headers = {**problem.headers, "Content-Security-Policy": _POLICY, "Content-Language": language}
    return Response(page.encode(), media_type="text/html", status_code=status, headers=headers)


def spoken(accepted: str) -> str:
    """`zh` for who prefers it to English (RFC 9110 section 12.5.4), else `en`."""
    best: dict[str, float] = {}
    for part in accepted.lower().split(","):
        tag, _, quality = part.partition(";")
        language = tag.strip().partition("-")[0]
        best[language] = max(best.get(language, 0.0), _quality(quality))
    return "zh" if best.get("zh", 0.0) > best.get("en", 0.0) else "en"


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
