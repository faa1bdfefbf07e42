"""An app's mail server: tried before it is kept, and opened for those who send."""

import msgspec

from push.apps.model import App
from push.apps.service import Apps
from push.errors import Invalid
from push.smtp.addresses import is_address
from push.smtp.connecting import connect
from push.smtp.model import Account, ServerAway, ServerDown
from sdk_contracts.wire.apps import SmtpCredentials

_WORDS = {
    "smtp_auth_failed": "The server does not know this user name and password.",
    "smtp_not_supported": "The server cannot do this: try another port, or tls in place of starttls.",
    "tls": "No encryption: the certificate is not this host's, or the port wants the other of starttls and tls.",
    "unresolved": "There is no such host.",
    "no_connection": "The server does not answer at this port.",
    "timeout": "The server does not answer in time.",
}


class MailServers:
    def __init__(self, apps: Apps, named_hosts: frozenset[str], ca_file: str | None) -> None:
        self._apps = apps
        self._named_hosts = named_hosts
        self._ca_file = ca_file

    async def set(self, app_id: str, request: SmtpCredentials) -> App:
        """Keep it, sealed, once it has let us in. Raises Invalid where it has not, and AppNotFound."""
        account = msgspec.convert(msgspec.structs.asdict(request), Account)
        for name in ("from_address", "reply_to"):
            address = getattr(account, name)
            if address is not None and not is_address(address):
                raise Invalid(f"/{name}", "This is no address that letters can come from.")
        if (account.username is None) != (account.password is None):
            raise Invalid("/password", "A user name and a password go together.")
        try:
            client = await connect(account, self._named_hosts, self._ca_file)
        except (ServerDown, ServerAway) as error:
            raise Invalid("/host", _WORDS.get(error.reason, str(error))) from None
        client.close()
        return await self._apps.set_smtp(app_id, msgspec.json.encode(account), account.host, account.from_address)

    async def account(self, app_id: str) -> Account | None:
        """None where the app has none."""
        kept = await self._apps.smtp(app_id)
        return msgspec.json.decode(kept, type=Account) if kept else None
