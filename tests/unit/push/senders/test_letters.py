"""What a letter looks like, and what nobody can make of it."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from push.content.model import Action, Rendered
from push.senders.email.letters import letter
from push.smtp.model import Account

SHOP = Account(
    host="mail.example", port=587, security="starttls", from_address="news@shop.example", sender_name="Müller & Söhne"
)
AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
FULL = Rendered(
    title="Spring 🌷",
    body="Hello Ada,\n\nour <b>menu</b> & more.",
    image_url="https://shop.example/a.png?x=1&y=2",
    link="https://shop.example/spring",
    actions=(
        Action(id="a", label="Menu", link="https://shop.example/menu"),
        Action(id="b", label="App", link="shop://menu"),
    ),
)


def made(rendered: Rendered, unsubscribe: str | None = None, account: Account = SHOP) -> EmailMessage:
    raw = letter(account, "ada@example.org", rendered, "dlv_1", unsubscribe, AT)
    parsed = email.message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_letter_says_who_it_is_from_and_what_it_is_about() -> None:
    message = made(FULL)
    assert str(message["From"]) == "Müller & Söhne <news@shop.example>"
    assert (str(message["To"]), str(message["Subject"])) == ("ada@example.org", "Spring 🌷")
    assert message["Message-ID"] == "<dlv_1@shop.example>"
    assert message["Date"] == "Sun, 29 Nov 2026 09:00:00 +0000"
    assert message["List-Unsubscribe"] is None


def test_plain_text_and_html_say_the_same_and_html_is_only_ours() -> None:
    message = made(FULL)
    plain, html = body(message, "plain"), body(message, "html")
    assert "our <b>menu</b> & more." in plain
    assert "our &lt;b&gt;menu&lt;/b&gt; &amp; more." in html
    for link in ("https://shop.example/spring", "https://shop.example/menu"):
        assert link in plain
        assert f'href="{link}"' in html
    assert 'src="https://shop.example/a.png?x=1&amp;y=2"' in html
    assert "shop://" not in plain + html


def test_one_click_is_enough_to_say_no() -> None:
    message = made(FULL, "https://push.example/unsubscribe/ffu_1")
    assert message["List-Unsubscribe"] == "<https://push.example/unsubscribe/ffu_1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://push.example/unsubscribe/ffu_1" in body(message, "plain")
    assert 'href="https://push.example/unsubscribe/ffu_1"' in body(message, "html")


@given(title=st.text(max_size=60), text=st.text(max_size=200), name=st.text(max_size=40))
def test_no_text_makes_a_header_or_breaks_the_letter(title: str, text: str, name: str) -> None:
    account = Account(
        host="m.example", port=587, security="tls", from_address="a@shop.example", sender_name=name or None
    )
    message = made(Rendered(title=title, body=text), "https://push.example/unsubscribe/ffu_1", account)
    assert sorted(name.lower() for name in message) == [
        "content-type", "date", "from", "list-unsubscribe", "list-unsubscribe-post", "message-id", "mime-version",
        "subject", "to",
    ]  # fmt: skip
    assert message["From"].addresses[0].addr_spec == "a@shop.example"
    assert len(message["To"].addresses) == 1


def test_line_breaks_in_a_subject_add_nobody() -> None:
    message = made(Rendered(title="Hi\r\nBcc: everybody@example.org\r\n\r\n<html>", body="."))
    assert message["Bcc"] is None
    assert str(message["Subject"]) == "Hi Bcc: everybody@example.org <html>"


def test_markup_in_any_field_stays_text() -> None:
    nasty = '"><script>alert(1)</script>'
    rendered = Rendered(title=nasty, body=nasty, actions=(Action(id="a", label=nasty, link="https://a.example/'x"),))
    account = Account(host="m.example", port=587, security="tls", from_address="a@shop.example", sender_name=nasty)
    html = body(made(rendered, 'https://p.example/"x', account), "html")
    assert "<script" not in html
    assert html.count("<a ") == 2
