"""Answers that the caller has already."""

from typing import Any

from litestar import Request, Response


def knows(request: Request[Any, Any, Any], tag: str) -> bool:
    """The caller has exactly this answer (RFC 9110, section 13.1.2)."""
    known = [given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known


def not_modified(headers: dict[str, str]) -> Response[Any]:
    return Response(None, status_code=304, headers=headers)
