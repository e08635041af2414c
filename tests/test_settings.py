"""The environment: what it gives, and that a wrong variable is refused with all the others, in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import Settings, SettingsNotUnderstood


def test_what_is_not_set_has_a_default() -> None:
    settings = Settings.from_environ({"LIANSHEN_PORT": "", "PATH": "/bin"})
    assert settings.home == Path("var").resolve()
    assert settings.database == f"sqlite:///{settings.home}/lianshen.db"
    assert (settings.host, settings.port, settings.trusted_proxy) == ("127.0.0.1", 8765, "")


def test_what_is_set_holds() -> None:
    settings = Settings.from_environ(
        {
            "LIANSHEN_HOME": "/srv/x",
            "LIANSHEN_PORT": "80",
            "LIANSHEN_SWEEP_SECONDS": "0.5",
            "LIANSHEN_LOCK_SECONDS": "9",
        }
    )
    assert settings.database == "sqlite:////srv/x/lianshen.db"
    assert (settings.port, settings.sweep_seconds, settings.lock_seconds) == (80, 0.5, 9)


WRONG = {
    "LIANSHEN_PORT": ("abc", "70000", "-1", "8765.0"),
    "LIANSHEN_SWEEP_SECONDS": ("soon", "0", "-5", "nan", "inf"),
    "LIANSHEN_LOCK_SECONDS": ("five", "1e9"),
    "LIANSHEN_SECRET": ("hush",),
    "LIANSHEN_TRUSTED_PROXY": ("localhost", "10.0.0.0/8", "127.0.0.1, 10.0.0.1"),
    "LIANSHEN_PROT": ("8080",),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_variable_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsNotUnderstood) as refused:
        Settings.from_environ({name: text})
    (fault,) = refused.value.faults
    assert fault.place == name
    assert "hush" not in fault.sentence


def test_all_wrong_variables_are_told_at_once() -> None:
    with pytest.raises(SettingsNotUnderstood) as refused:
        Settings.from_environ({name: texts[0] for name, texts in WRONG.items()})
    assert sorted(fault.place for fault in refused.value.faults) == sorted(WRONG)
