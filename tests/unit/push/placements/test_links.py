"""Where a placement may lead, and what is added to its link."""

from datetime import UTC, datetime
from typing import Any

import pytest

from push.errors import Invalid
from push.placements.links import check, destination
from push.placements.model import Placement, Utm

HERE = "https://push.example.com"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def leading(link: str, **fields: Any) -> str:
    return destination(
        Placement(
            id="plc_1", app_id="app_1", stem="0", name="Poster", kind="poster", link=link, created_at=NOW,
            changed_at=NOW, **fields,
        )
    )  # fmt: skip


@pytest.mark.parametrize("link", ["https://shop.example/spring", "shop://spring", "HTTPS://shop.example"])
def test_web_pages_and_apps_may_be_led_to(link: str) -> None:
    check(link, HERE)


@pytest.mark.parametrize(
    "link",
    [
        "http://shop.example/spring",
        "javascript:alert(1)",
        "data:text/html,hello",
        "https://shop",
        "https://",
        "shop://",
        "https://push.example.com/r/3k9d0aavtq5p2mfh1c",
        "HTTPS://PUSH.example.com/r/3k9d0aavtq5p2mfh1c",
    ],
)
def test_nothing_else_may(link: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(link, HERE)
    assert refused.value.pointer == "/link"


def test_parameters_are_added_and_those_of_the_link_stay() -> None:
    utm = Utm(source="poster", medium="print", campaign="spring & summer")
    assert leading("https://shop.example/a?x=1&utm_medium=own#top", utm=utm, carry_id=True) == (
        "https://shop.example/a?x=1&utm_medium=own&utm_source=poster&utm_campaign=spring+%26+summer"
        "&fanfare_placement=plc_1#top"
    )
    assert leading("https://shop.example", utm=Utm(source="flyer")) == "https://shop.example?utm_source=flyer"
    assert leading("https://shop.example/a?x=%20y") == "https://shop.example/a?x=%20y"


def test_the_link_of_an_app_stays_as_it_is() -> None:
    assert leading("shop://spring?x=1", utm=Utm(source="poster"), carry_id=True) == "shop://spring?x=1"


def test_an_address_in_any_script_becomes_one_a_header_can_carry() -> None:
    assert leading("https://shop.example/春?q=é") == "https://shop.example/%E6%98%A5?q=%C3%A9"
