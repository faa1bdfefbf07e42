"""What push services answer, named by status; the words are autopush's (Mozilla's service)."""

import msgspec

from sdk_contracts.sandbox.serving import Headers

ACCEPTED = frozenset({"200", "201", "202", "204"})
REDIRECTS = frozenset({"301", "302", "307", "308"})
REFUSALS = {
    "400": "Bad Request",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not Found",
    "410": "Gone",
    "413": "Payload Too Large",
    "429": "Too Many Requests",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
    "503": "Service Unavailable",
    "504": "Gateway Timeout",
}
HANG = "hang"
"""No answer for the rule's `seconds`, then the connection breaks."""
ENDLESS = "endless"
"""201 with a body that does not end within the rule's `seconds`, then the connection breaks."""
RESET = "reset"
"""The connection breaks at once."""
ANSWERS = frozenset({*ACCEPTED, *REDIRECTS, *REFUSALS, HANG, ENDLESS, RESET})
ERRNO = {"400": 111, "401": 109, "403": 110, "404": 102, "410": 106, "413": 104, "429": 201, "500": 999, "503": 202}


def body_of(name: str, message: str) -> bytes:
    """autopush's error document."""
    error = {"code": int(name), "errno": ERRNO.get(name, 999), "error": REFUSALS[name], "message": message}
    return msgspec.json.encode(error)


def headers_of(retry_after: str | None) -> Headers:
    headers: Headers = (("content-type", "application/json"),)
    return headers if retry_after is None else (*headers, ("retry-after", retry_after))
