"""Content as somebody wrote it, checked and taken in."""

import msgspec

from push.content.limits import payload_problems
from push.content.links import NEVER, links, scheme
from push.content.model import Content
from push.content.rendering import Renderer
from push.errors import Invalid


def content_of(contract: msgspec.Struct, at: str = "") -> Content:
    """Raises Invalid when a text is no Liquid, a link runs script, or the message would be too large for a provider.

    `at` is where in the request it stands.
    """
    content = msgspec.convert(msgspec.to_builtins(contract), Content)
    try:
        renderer = Renderer(content)
    except Invalid as error:
        raise Invalid(at + error.pointer, error.detail) from None
    for place, link in links(content):
        if scheme(link) in NEVER:
            raise Invalid(f"{at}/content{place}", f"No app opens a link that begins with {scheme(link)}:.")
    for locale, platform, rendered in renderer.worst_cases():
        for problem in payload_problems(rendered, platform):
            raise Invalid(f"{at}/content/translations/{locale}", problem)
    return content
