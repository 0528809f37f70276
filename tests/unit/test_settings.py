"""Which settings forbid a start, and what is said about them."""

import pytest

from lk_app.settings import DEMO_SECRET, Settings, SettingsRefused, checked_settings, settings

GOOD = {
    "LK_ENV": "production",
    "LK_PUBLIC_URL": "https://lk.example.ru",
    "LK_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "LK_HOST": "0.0.0.0",
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
        ("LK_PUBLIC_URL", "http://lk.example.ru"),
        ("LK_PUBLIC_URL", ""),
    ],
)
def test_production_names_the_wrong_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    [fault] = faults_of(monkeypatch, GOOD | {name: value})

    assert fault.startswith(f"{name}:")
    assert "short" not in fault


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_outside_production_only_loopback_is_listened_on(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    assert faults_of(monkeypatch, {"LK_ENV": environment, "LK_HOST": "127.0.0.1"}) == []
    [fault] = faults_of(monkeypatch, {"LK_ENV": environment, "LK_HOST": "0.0.0.0"})
    assert fault.startswith("LK_HOST")


def test_a_refused_start_lists_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"LK_SECRET_KEY": "short", "LK_PUBLIC_URL": ""}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        with pytest.raises(SettingsRefused, match=r"(?s)LK_SECRET_KEY.*LK_PUBLIC_URL"):
            checked_settings()
    finally:
        settings.cache_clear()


def test_on_loopback_both_of_its_names_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_PORT", "3100")

    assert Settings(_env_file=None).origins == ["http://localhost:3100", "http://127.0.0.1:3100"]


def test_the_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_SECRET_KEY", GOOD["LK_SECRET_KEY"])

    assert GOOD["LK_SECRET_KEY"] not in repr(Settings(_env_file=None))
