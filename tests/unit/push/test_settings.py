import pytest

from push.settings import BadSetting, from_environment

GOOD = {"FANFARE_MONGO_URL": "mongodb://db/", "FANFARE_SECRET_KEY": "s" * 32}


def test_two_variables_are_enough():
    settings = from_environment(GOOD)
    assert settings.mongo_url == "mongodb://db/"
    assert settings.fcm_url == "https://fcm.googleapis.com"
    assert settings.web_push_hosts == frozenset()


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_process_without_database_or_secret_refuses_to_start_and_names_the_variable(missing: str):
    with pytest.raises(BadSetting, match=missing):
        from_environment({**GOOD, missing: " "})


def test_a_short_secret_is_refused():
    with pytest.raises(BadSetting, match="FANFARE_SECRET_KEY"):
        from_environment({**GOOD, "FANFARE_SECRET_KEY": "secret"})


def test_addresses_lose_their_closing_slash():
    assert (
        from_environment({**GOOD, "FANFARE_PUBLIC_URL": "https://push.shop.test/"}).public_url
        == "https://push.shop.test"
    )


@pytest.mark.parametrize(
    "address", ["push.shop.test", "ftp://push.shop.test", "https://", "https://push.shop.test?a=1"]
)
def test_an_address_that_is_none_is_refused(address: str):
    with pytest.raises(BadSetting, match="FANFARE_FCM_URL"):
        from_environment({**GOOD, "FANFARE_FCM_URL": address})


def test_push_hosts_are_a_list_of_names_in_lower_case():
    settings = from_environment({**GOOD, "FANFARE_WEB_PUSH_HOSTS": "Push.Shop.test, 127.0.0.1:9000,"})
    assert settings.web_push_hosts == {"push.shop.test", "127.0.0.1:9000"}


@pytest.mark.parametrize("host", ["https://push.shop.test", "*.shop.test", "me@push.shop.test"])
def test_a_push_host_is_neither_an_address_nor_a_pattern(host: str):
    with pytest.raises(BadSetting, match="FANFARE_WEB_PUSH_HOSTS"):
        from_environment({**GOOD, "FANFARE_WEB_PUSH_HOSTS": host})


def test_a_quota_of_ones_own_is_a_number_of_messages() -> None:
    given = {"FANFARE_MONGO_URL": "mongodb://db", "FANFARE_SECRET_KEY": "x" * 40}
    assert from_environment(given).fcm_per_minute == 600_000
    assert from_environment({**given, "FANFARE_FCM_PER_MINUTE": "1200000"}).fcm_per_minute == 1_200_000
    for wrong in ("0", "-1", "1.5", "many", "²"):
        with pytest.raises(BadSetting, match="FANFARE_FCM_PER_MINUTE"):
            from_environment({**given, "FANFARE_FCM_PER_MINUTE": wrong})
