"""Settings are read from the environment, refused with the variable's name, and documented."""

from pathlib import Path

import pytest

from service.settings import IndexSettings, Settings, SettingsError, read_settings, table

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TOULMIN_{name.upper()}", raising=False)


def test_everything_has_a_default() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == "sqlite+aiosqlite:///var/toulmin.db"
    assert settings.groups == ("public", "local")
    assert settings.qdrant_url is None


def test_the_database_follows_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOULMIN_DATA", str(tmp_path))
    assert read_settings().database_url == f"sqlite+aiosqlite:///{tmp_path}/toulmin.db"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("sqlite:////tmp/x.db", "sqlite+aiosqlite:////tmp/x.db"),
    ],
)
def test_a_database_url_gets_our_driver(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("TOULMIN_DATABASE_URL", given)
    assert read_settings().database_url == used


def test_flat_names_fill_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOULMIN_QDRANT_URL", "http://qdrant:6333")
    monkeypatch.setenv("TOULMIN_QDRANT_API_KEY", "sesame")
    monkeypatch.setenv("TOULMIN_GROUPS", "public, underwriters")
    settings = read_settings()
    part: IndexSettings = settings
    assert part.qdrant_url == "http://qdrant:6333"
    assert part.qdrant_api_key is not None
    assert part.qdrant_api_key.get_secret_value() == "sesame"
    assert settings.groups == ("public", "underwriters")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOULMIN_QDRANT_URL", "")
    monkeypatch.setenv("TOULMIN_PORT", "")
    assert read_settings() == Settings()


def test_each_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOULMIN_PORT", "eighty")
    monkeypatch.setenv("TOULMIN_DISK_HEADROOM_MB", "-1")
    monkeypatch.setenv("TOULMIN_QDRANT_URL", "qdrant:6333")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    message = str(refused.value)
    assert "TOULMIN_PORT is 'eighty': expected the port to listen on, 1 to 65535" in message
    assert "TOULMIN_DISK_HEADROOM_MB is '-1'" in message
    assert "TOULMIN_QDRANT_URL is 'qdrant:6333'" in message
    assert message.count("Correct it or unset it.") == 3


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOULMIN_DATABASE_URL", "mysql://u:sesame@h/d")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "TOULMIN_DATABASE_URL" in str(refused.value)
    assert "sesame" not in str(refused.value)
    monkeypatch.setenv("TOULMIN_DATABASE_URL", "postgresql://u:sesame@h/d")
    monkeypatch.setenv("TOULMIN_QDRANT_API_KEY", "open")
    assert "sesame" not in repr(read_settings())
    assert "'open'" not in repr(read_settings())


def test_the_documented_table_is_this_one() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == table(), (
        "run `python -m service.settings > docs/settings.md`"
    )


def test_the_table_has_every_setting() -> None:
    documented = table()
    assert [name for name in Settings.model_fields if f"`TOULMIN_{name.upper()}`" not in documented] == []
