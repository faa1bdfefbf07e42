"""Who is no person: search engines, and the agents of messengers that make a preview of a link.

They say so themselves (User-Agent, RFC 9110 section 10.1.5). Whoever hides it is counted as a person.
"""

import re

_ROBOT = re.compile(
    # Cubot makes phones.
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|preview|fetcher|scanner|monitor|headless|lighthouse"
    r"|facebookexternalhit|facebookcatalog|^whatsapp/|^telegram|embedly|iframely|vkshare|flipboard|pinterest/"
    r"|google-(?:read-aloud|safety|inspectiontool)|mediapartners|bytespider|feedly"
    r"|^(?:curl|wget|python|go-http-client|java|okhttp|axios|node|ruby|php|libwww|httpie|apache-httpclient)\b",
    re.IGNORECASE,
)
_LONGEST = 1024
"""More than this of a name is not read."""


def is_robot(user_agent: str) -> bool:
    """Browsers have a name; who has none is taken for a robot."""
    return not user_agent.strip() or _ROBOT.search(user_agent[:_LONGEST]) is not None
