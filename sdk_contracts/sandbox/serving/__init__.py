"""A server inside the running event loop, for very many small requests: HTTP/2 and HTTP/1.1, with TLS or without.

Whatever has arrived is read at once, and all its answers go out in one write. It shares no code with a sender.
"""

from sdk_contracts.sandbox.serving.listener import Certificate, Listener
from sdk_contracts.sandbox.serving.model import Answer, Broken, Handler, Head, Headers

__all__ = ["Answer", "Broken", "Certificate", "Handler", "Head", "Headers", "Listener"]
