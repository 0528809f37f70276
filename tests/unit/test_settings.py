"""Which settings forbid a start, and what is said about them."""

from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from lk_app.gateways.mail import mail_server
from lk_app.gateways.mail.interface import OutgoingLetter
from lk_app.settings import DEMO_SECRET, Settings, SettingsRefused, checked_settings, settings
from tests.factories import NOW

GOOD = {
    "LK_ENV": "production",
    "LK_PUBLIC_URL": "https://lk.example.ru",
    "LK_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "LK_HOST": "0.0.0.0",
    "LK_TRUSTED_PROXY_HOPS": "1",
    "LK_COMPANY_NAME": "Уралгаз",
    "LK_SMS_GATEWAYS": "smsc",
    "LK_SMSC_API_KEY": "key",
}


def faults_of(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> list[str]:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None).faults()


def test_production_with_everything_set_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, GOOD) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LK_SECRET_KEY", DEMO_SECRET),
        ("LK_SECRET_KEY", "short"),
        ("LK_SECRET_KEY_FALLBACKS", DEMO_SECRET),
        ("LK_SECRET_KEY_FALLBACKS", f"{'x' * 32},short"),
        ("LK_PUBLIC_URL", "http://lk.example.ru"),
        ("LK_PUBLIC_URL", ""),
        ("LK_CAPTCHA_ANSWER", "42"),
        ("LK_TRUSTED_PROXY_HOPS", "0"),
        ("LK_COMPANY_NAME", "Демогаз"),
        ("LK_REDIS_URL", "redis://redis:6379"),
        ("LK_REDIS_URL", "rediss://lk@redis:6379"),
        ("LK_COMPANY_NAME", ""),
        ("LK_TIME_ZONE", "Mars/Olympus"),
        ("LK_TIME_ZONE", ""),
    ],
)
def test_production_names_the_wrong_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    [fault] = faults_of(monkeypatch, GOOD | {name: value})

    assert fault.startswith(f"{name}:")
    assert "short" not in fault


@pytest.mark.parametrize(
    "address",
    [
        "redis://:secret@redis:6379",
        "rediss://lk:secret@redis:6379/1",
        "redis://127.0.0.1:6379",
        "unix:///run/redis.sock",
    ],
)
def test_a_redis_that_only_we_can_write_into_is_fine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert faults_of(monkeypatch, GOOD | {"LK_REDIS_URL": address}) == []


def test_a_build_for_production_asks_for_the_name_that_pages_hold_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LK_ENV", "production")

    [fault] = Settings(_env_file=None).build_faults()
    assert fault.startswith("LK_COMPANY_NAME:")
    monkeypatch.setenv("LK_COMPANY_NAME", "Уралгаз")
    assert Settings(_env_file=None).build_faults() == []
    assert Settings(_env_file=None).faults() != []


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_outside_production_only_loopback_is_listened_on(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    assert faults_of(monkeypatch, {"LK_ENV": environment, "LK_HOST": "127.0.0.1"}) == []
    [fault] = faults_of(monkeypatch, {"LK_ENV": environment, "LK_HOST": "0.0.0.0"})
    assert fault.startswith("LK_HOST")


def test_the_sandbox_is_not_shown_to_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    [fault] = faults_of(monkeypatch, {"LK_ENV": "demo", "LK_PUBLIC_URL": "https://demo.example.ru"})

    assert fault.startswith("LK_PUBLIC_URL")


def test_a_refused_start_lists_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"LK_SECRET_KEY": "short", "LK_PUBLIC_URL": ""}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        with pytest.raises(SettingsRefused, match=r"(?s)LK_SECRET_KEY.*LK_PUBLIC_URL"):
            checked_settings()
    finally:
        settings.cache_clear()


def test_what_can_not_be_read_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_PORT", "no number")
    monkeypatch.setenv("LK_SMTP_SECURITY", "perhaps")
    settings.cache_clear()
    try:
        with pytest.raises(SettingsRefused, match=r"(?s)LK_PORT: .*LK_SMTP_SECURITY: .*'starttls'") as refused:
            settings()
        assert "no number" not in str(refused.value)
    finally:
        settings.cache_clear()


def test_on_loopback_both_of_its_names_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_PORT", "3100")

    assert Settings(_env_file=None).origins == ["http://localhost:3100", "http://127.0.0.1:3100"]


def test_the_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_SECRET_KEY", GOOD["LK_SECRET_KEY"])

    assert GOOD["LK_SECRET_KEY"] not in repr(Settings(_env_file=None))


@pytest.mark.parametrize(
    ("written", "names"),
    [("smsc", ["smsc"]), (" smsru, smsc ,exolve,", ["smsru", "smsc", "exolve"]), ("", [])],
)
def test_providers_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, written: str, names: list[str]) -> None:
    monkeypatch.setenv("LK_SMS_GATEWAYS", written)

    assert Settings(_env_file=None).sms_gateways == names


def test_unless_said_otherwise_messages_go_to_the_sandbox() -> None:
    assert Settings(_env_file=None).sms_gateways == ["sandbox"]


ALL_CREDENTIALS = {
    "LK_SMSC_API_KEY": "key",
    "LK_SMSRU_API_ID": "key",
    "LK_EXOLVE_API_KEY": "key",
    "LK_SMS_SENDER": "Demogaz",
}


@pytest.mark.parametrize("environment", ["demo", "production"])
@pytest.mark.parametrize(
    ("gateways", "missing", "setting"),
    [
        ("smsc", "LK_SMSC_API_KEY", "LK_SMSC_API_KEY"),
        ("smsc,smsru", "LK_SMSRU_API_ID", "LK_SMSRU_API_ID"),
        ("exolve", "LK_EXOLVE_API_KEY", "LK_EXOLVE_API_KEY"),
        ("exolve", "LK_SMS_SENDER", "LK_SMS_SENDER"),
        ("smsc,sms.ru", None, "LK_SMS_GATEWAYS"),
        ("", None, "LK_SMS_GATEWAYS"),
    ],
)
def test_a_provider_that_is_unknown_or_lacks_something_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, environment: str, gateways: str, missing: str | None, setting: str
) -> None:
    given = {name: value for name, value in ALL_CREDENTIALS.items() if name != missing}
    here = GOOD | {"LK_ENV": environment, "LK_HOST": "127.0.0.1", "LK_SMS_GATEWAYS": gateways}
    if environment == "demo":
        here["LK_PUBLIC_URL"] = ""
    monkeypatch.delenv("LK_SMSC_API_KEY", raising=False)

    [fault] = faults_of(monkeypatch, {name: value for name, value in here.items() if name != missing} | given)

    assert fault.startswith(f"{setting}:")
    assert "smsc" in fault or "smsru" in fault or "exolve" in fault


def test_with_all_they_need_all_providers_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, GOOD | ALL_CREDENTIALS | {"LK_SMS_GATEWAYS": "exolve,smsru,smsc"}) == []


def test_a_login_with_a_password_stands_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    login = GOOD | {"LK_SMSC_API_KEY": "", "LK_SMSC_LOGIN": "gas"}

    [fault] = faults_of(monkeypatch, login)
    assert "LK_SMSC_PASSWORD" in fault
    assert faults_of(monkeypatch, login | {"LK_SMSC_PASSWORD": "secret"}) == []


@pytest.mark.parametrize("gateways", ["sandbox", "smsc,sandbox"])
def test_production_refuses_the_sandbox(monkeypatch: pytest.MonkeyPatch, gateways: str) -> None:
    [fault] = faults_of(monkeypatch, GOOD | {"LK_SMS_GATEWAYS": gateways})

    assert fault.startswith("LK_SMS_GATEWAYS:")
    assert "smsc, smsru, exolve" in fault


def test_production_sends_codes_over_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    [fault] = faults_of(monkeypatch, GOOD | {"LK_SMSC_URL": "http://smsc.ru/sys"})

    assert fault.startswith("LK_SMSC_URL:")


MAIL = GOOD | {
    "LK_SMTP_HOST": "mail.example.ru",
    "LK_SMTP_LOGIN": "lk",
    "LK_SMTP_PASSWORD": "secret",
    "LK_MAIL_FROM": "lk@example.ru",
}


DEMO = {"LK_ENV": "demo", "LK_PUBLIC_URL": "", "LK_HOST": "127.0.0.1"}


def test_without_a_mail_server_nothing_else_of_mail_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, GOOD | {"LK_SMTP_SECURITY": "none", "LK_SMTP_PORT": "0"}) == []


@pytest.mark.parametrize("here", [{}, DEMO], ids=["production", "demo"])
@pytest.mark.parametrize("name", ["LK_MAIL_FROM", "LK_SMTP_LOGIN", "LK_SMTP_PASSWORD"])
def test_who_means_letters_to_be_sent_is_told_that_the_server_is_missing(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], name: str
) -> None:
    [fault] = faults_of(monkeypatch, GOOD | here | {name: "l3tters@example.ru"})

    assert fault.startswith("LK_SMTP_HOST:")
    assert name in fault
    assert "l3tters" not in fault


@pytest.mark.parametrize(("security", "port"), [("tls", "465"), ("starttls", "587"), ("starttls", "25")])
def test_with_all_it_needs_a_mail_server_may_be_named(
    monkeypatch: pytest.MonkeyPatch, security: str, port: str
) -> None:
    assert faults_of(monkeypatch, MAIL | {"LK_SMTP_SECURITY": security, "LK_SMTP_PORT": port}) == []


@pytest.mark.parametrize("address", ["lk@example.ru", "no-reply.lk+gas@mail.example.ru", "lk@газ.рф"])
@pytest.mark.parametrize("host", ["mail.example.ru", "почта.газ.рф", "relay", "smtp_relay", "203.0.113.7", "::1"])
def test_with_the_settings_that_are_accepted_letters_can_be_built(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str
) -> None:
    assert faults_of(monkeypatch, MAIL | {"LK_MAIL_FROM": address, "LK_SMTP_HOST": host}) == []

    letter = OutgoingLetter("<1@localhost>", NOW, "maria@example.ru", "Код", "Код 493027")
    assert address.partition("@")[0].encode() in mail_server(Settings(_env_file=None))._message(letter)


@pytest.mark.parametrize("here", [{}, DEMO], ids=["production", "demo"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LK_MAIL_FROM", ""),
        ("LK_MAIL_FROM", "example.ru"),
        ("LK_MAIL_FROM", "lk@example.ru, другие"),
        ("LK_MAIL_FROM", "a<b@c>"),
        ("LK_MAIL_FROM", "ЛК <lk@example.ru>"),
        ("LK_MAIL_FROM", "лк@газ.рф"),
        ("LK_MAIL_FROM", "lk@"),
        ("LK_MAIL_FROM", "lk@example..ru"),
        ("LK_MAIL_FROM", "lk@xn--0.ru"),
        ("LK_SMTP_PASSWORD", ""),
        ("LK_SMTP_PASSWORD", "secret пароль"),
        ("LK_SMTP_LOGIN", ""),
        ("LK_SMTP_LOGIN", "лк"),
        ("LK_SMTP_PORT", "0"),
        ("LK_SMTP_PORT", "-1"),
        ("LK_SMTP_PORT", "65536"),
        ("LK_SMTP_HOST", "http://mail.example.ru"),
        ("LK_SMTP_HOST", "smtps://mail.example.ru:465"),
        ("LK_SMTP_HOST", "mail.example.ru:587"),
        ("LK_SMTP_HOST", "mail.example.ru/"),
        ("LK_SMTP_HOST", "mail..example.ru"),
        ("LK_SMTP_HOST", " "),
        ("LK_COMPANY_NAME", "Уралгаз\nBcc: x@example.ru"),
    ],
)
def test_with_what_no_letter_could_be_sent_is_named(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], name: str, value: str
) -> None:
    [fault] = faults_of(monkeypatch, MAIL | here | {name: value})

    assert fault.startswith(f"{name}:")
    assert "secret" not in fault


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_the_port_of_tls_is_good_for_nothing_else(monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    here = MAIL | {"LK_SMTP_HOST": "127.0.0.1", "LK_SMTP_SECURITY": security}

    [fault] = faults_of(monkeypatch, here)

    assert fault.startswith("LK_SMTP_PORT:")
    assert "587" in fault


def test_a_mail_server_may_do_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, MAIL | {"LK_SMTP_LOGIN": "", "LK_SMTP_PASSWORD": ""}) == []


def test_production_sends_letters_in_the_open_to_its_own_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    [fault] = faults_of(monkeypatch, MAIL | {"LK_SMTP_SECURITY": "none", "LK_SMTP_PORT": "25"})
    assert fault.startswith("LK_SMTP_SECURITY:")

    assert faults_of(monkeypatch, {"LK_SMTP_HOST": "127.0.0.1"}) == []
    monkeypatch.setenv("LK_SMTP_HOST", "mail.example.ru")
    assert faults_of(monkeypatch, DEMO) == []


def test_keys_of_providers_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LK_SMSC_API_KEY", "LK_SMSC_PASSWORD", "LK_SMSRU_API_ID", "LK_EXOLVE_API_KEY", "LK_SMTP_PASSWORD"):
        monkeypatch.setenv(name, "k3y-0f-0urs")

    assert "k3y-0f-0urs" not in repr(Settings(_env_file=None))


BANK = GOOD | {
    "LK_BANK_URL": "https://securepayments.sberbank.ru/payment/rest",
    "LK_BANK_LOGIN": "gas-api",
    "LK_BANK_PASSWORD": "b4nk-p4ss",
}


@pytest.mark.parametrize("here", [{}, DEMO], ids=["production", "demo"])
@pytest.mark.parametrize(
    "credentials", [{}, {"LK_BANK_LOGIN": "", "LK_BANK_PASSWORD": "", "LK_BANK_TOKEN": "t0k3n"}], ids=["login", "token"]
)
def test_with_all_it_needs_a_bank_may_be_named(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], credentials: dict[str, str]
) -> None:
    assert faults_of(monkeypatch, BANK | here | credentials) == []


@pytest.mark.parametrize("here", [{}, DEMO], ids=["production", "demo"])
@pytest.mark.parametrize("name", ["LK_BANK_LOGIN", "LK_BANK_PASSWORD", "LK_BANK_TOKEN"])
def test_who_means_to_take_cards_is_told_that_the_bank_is_missing(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], name: str
) -> None:
    [fault] = faults_of(monkeypatch, GOOD | here | {name: "b4nk-p4ss"})

    assert fault.startswith("LK_BANK_URL:")
    assert name in fault
    assert "b4nk-p4ss" not in fault


@pytest.mark.parametrize("here", [{}, DEMO], ids=["production", "demo"])
@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"LK_BANK_URL": "http://securepayments.sberbank.ru/payment/rest"}, "LK_BANK_URL"),
        ({"LK_BANK_URL": "securepayments.sberbank.ru/payment/rest"}, "LK_BANK_URL"),
        ({"LK_BANK_URL": "ftp://securepayments.sberbank.ru"}, "LK_BANK_URL"),
        ({"LK_BANK_LOGIN": ""}, "LK_BANK_LOGIN"),
        ({"LK_BANK_PASSWORD": ""}, "LK_BANK_LOGIN"),
        ({"LK_BANK_URL": "https:///payment/rest"}, "LK_BANK_URL"),
        ({"LK_BANK_URL": BANK["LK_BANK_URL"] + "/?v=1"}, "LK_BANK_URL"),
        ({"LK_BANK_PAGE_HOSTS": ""}, "LK_BANK_PAGE_HOSTS"),
        ({"LK_BANK_PAGE_HOSTS": "ru"}, "LK_BANK_PAGE_HOSTS"),
        ({"LK_BANK_PAGE_HOSTS": "sberbank.ru,https://pay.example.ru"}, "LK_BANK_PAGE_HOSTS"),
        ({"LK_BANK_CA": "/nowhere/root.pem"}, "LK_BANK_CA"),
        ({"LK_BANK_CA": __file__}, "LK_BANK_CA"),
    ],
)
def test_a_bank_that_could_not_be_talked_to_is_named(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], changes: dict[str, str], setting: str
) -> None:
    faults = faults_of(monkeypatch, BANK | here | changes)

    assert {fault.partition(":")[0] for fault in faults} == {setting}
    assert "b4nk-p4ss" not in repr(faults)


@pytest.mark.parametrize(
    "url",
    [
        "https://lk.example.ru/sandbox/bank/payment/rest",
        "https://127.0.0.1:9000/payment/rest",
        "http://localhost:3000/sandbox/bank/payment/rest",
        "http://[::1]:3000/payment/rest",
        "https://3dsec.sberbank.ru/payment/rest",
    ],
)
def test_production_refuses_a_bank_that_moves_no_money(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    [fault] = faults_of(monkeypatch, BANK | {"LK_BANK_URL": url})

    assert fault.startswith("LK_BANK_URL:")
    assert "moves no money" in fault or "test host" in fault


def test_outside_production_a_bank_on_loopback_needs_no_secrecy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, BANK | DEMO | {"LK_BANK_URL": "http://127.0.0.1:9000/payment/rest"}) == []


def test_pages_of_the_sandboxs_bank_are_believed_everywhere_but_in_production() -> None:
    hosts = ["Pay.example.ru"]
    production = Settings(_env_file=None, env="production", bank_page_hosts=hosts, public_url="https://lk.example.ru")
    demo = Settings(_env_file=None, env="demo", bank_page_hosts=hosts)

    assert production.bank_pages == ("pay.example.ru",)
    assert set(demo.bank_pages) == {"pay.example.ru", "localhost", "127.0.0.1", "::1"}


def test_a_file_of_certificates_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "root.pem")

    assert faults_of(monkeypatch, BANK | {"LK_BANK_CA": str(tmp_path / "root.pem")}) == []


def test_the_sandboxs_bank_is_everywhere_but_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    production = Settings(_env_file=None, env="production")
    demo = Settings(_env_file=None, env="demo", port=3100)
    other = Settings(_env_file=None, env="demo", bank_url=BANK["LK_BANK_URL"], bank_callback_key="ours")

    assert (production.bank_address, production.has_sandbox_bank, production.callback_key) == ("", False, "")
    assert (demo.bank_address, demo.has_sandbox_bank) == ("http://127.0.0.1:3100/sandbox/bank/payment/rest", True)
    assert (other.bank_address, other.has_sandbox_bank, other.callback_key) == (BANK["LK_BANK_URL"], False, "ours")
    assert demo.callback_key


@pytest.mark.parametrize("limit", ["0", "-1", "10000001", "1.5", "много"])
def test_a_ceiling_for_payments_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("LK_PAYMENT_LIMIT", limit)

    with pytest.raises(ValidationError):
        Settings(_env_file=None)


def test_secrets_of_the_bank_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LK_BANK_PASSWORD", "LK_BANK_TOKEN", "LK_BANK_CALLBACK_KEY"):
        monkeypatch.setenv(name, "k3y-0f-0urs")

    assert "k3y-0f-0urs" not in repr(Settings(_env_file=None))
