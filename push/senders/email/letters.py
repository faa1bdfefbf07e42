"""A letter: the words as plain text, and as HTML in which nothing a marketer writes is markup."""

import re
from binascii import b2a_qp
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr
from html import escape

from push.content.links import WEB, scheme
from push.content.model import Rendered
from push.smtp.model import Account

# The newer EmailMessage parses each header it is given, which takes three times as long as all the rest.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=200)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_STYLE = "font-family: system-ui, sans-serif; line-height: 1.5; max-width: 36rem; margin: 0 auto; padding: 1rem"


def letter(
    account: Account, to: str, rendered: Rendered, message_id: str, unsubscribe_url: str | None, at: datetime
) -> bytes:
    """As it goes over the wire. `to` has been checked; `message_id` is ours, and the same at each try.

    RFC 8058: one click, that is one POST, and no more is asked of who wants no such letters.
    """
    # No quoted-printable text has `=_` in it, so none can end its part.
    made = MIMEMultipart("alternative", boundary=f"=_{message_id}")
    made["From"] = _named(account.sender_name, account.from_address)
    made["To"] = to
    made["Subject"] = _header(rendered.title, "Subject")
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{message_id}@{account.from_address.partition('@')[2]}>"
    if account.reply_to is not None:
        made["Reply-To"] = account.reply_to
    if unsubscribe_url is not None:
        made["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.attach(_part(_plain(account, rendered, unsubscribe_url), "plain"))
    made.attach(_part(_html(account, rendered, unsubscribe_url), "html"))
    return made.as_bytes(policy=_POLICY)


def _part(text: str, subtype: str) -> MIMENonMultipart:
    """In quoted-printable, which any server passes on as it is."""
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode())
    return part


def _named(name: str | None, address: str) -> str:
    """RFC 5322, section 3.4, with RFC 2047 for what is not ASCII."""
    line = _line(name or "")
    return formataddr((line, address), "utf-8") if line else address


def _header(text: str, name: str) -> str:
    """On one line unless it is long, in ASCII (RFC 2047)."""
    line = _words(_line(text))
    if line.isascii() and not line.startswith("=?") and "=?" not in line:
        return line
    return Header(line, "utf-8", header_name=name).encode()


def _line(text: str) -> str:
    """On one line, whatever it was made of."""
    return _CONTROL.sub(" ", text).strip()


def _words(text: str) -> str:
    """Lone surrogates are no text."""
    return text.encode("utf-8", "replace").decode()


def _links(rendered: Rendered) -> list[tuple[str, str]]:
    """Where it leads, with what to call it. A link that only an app opens is of no use in a letter."""
    led = [(rendered.link, rendered.link), *((each.label, each.link) for each in rendered.actions)]
    return [(label or "", link) for label, link in led if link is not None and scheme(link) in WEB]


def _plain(account: Account, rendered: Rendered, unsubscribe_url: str | None) -> str:
    links = [link if label == link else f"{label}: {link}" for label, link in _links(rendered)]
    parts = [rendered.title, rendered.body, *links]
    end = [*([account.sender_name] if account.sender_name else [])]
    end += [f"Unsubscribe: {unsubscribe_url}"] if unsubscribe_url else []
    return _words("\n\n".join(part for part in parts if part) + ("\n\n-- \n" + "\n".join(end) if end else "")) + "\n"


def _html(account: Account, rendered: Rendered, unsubscribe_url: str | None) -> str:
    parts = [f"<h1>{escape(rendered.title)}</h1>"]
    if rendered.image_url is not None:
        parts.append(f'<p><img src="{escape(rendered.image_url)}" alt="" style="max-width: 100%"></p>')
    parts += [f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in rendered.body.split("\n\n") if part.strip()]
    parts += [f'<p><a href="{escape(link)}">{escape(label)}</a></p>' for label, link in _links(rendered)]
    end = [escape(account.sender_name)] if account.sender_name else []
    end += [f'<a href="{escape(unsubscribe_url)}">Unsubscribe</a>'] if unsubscribe_url else []
    parts += [f"<hr><p><small>{' · '.join(end)}</small></p>"] if end else []
    body = "\n".join(parts)
    return _words(f'<!doctype html>\n<html><body style="{_STYLE}">\n{body}\n</body></html>\n')
