"""Where the desk is, and the key."""

import pytest

from sentinel_desk import AsyncClient, Client, ConfigurationError
from sentinel_desk.address import address

KEY = "sd_live_abc"


@pytest.mark.parametrize(
    "given",
    [
        "https://desk.example.com",
        "https://desk.example.com/",
        "https://desk.example.com/api/v1",
        "https://desk.example.com/api/v1/",
        " https://desk.example.com ",
    ],
)
def test_the_root_and_the_references_base_url_are_the_same_desk(given: str) -> None:
    assert address(KEY, given, {}).base_url == "https://desk.example.com"


def test_no_repr_shows_the_key() -> None:
    assert KEY not in repr(address(KEY, "https://a", {}))


def test_a_desk_behind_a_path() -> None:
    assert address(KEY, "https://example.com/desk/api/v1", {}).base_url == "https://example.com/desk"


def test_the_environment_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_DESK_URL", "http://127.0.0.1:8080")
    monkeypatch.setenv("SENTINEL_DESK_API_KEY", KEY)
    with Client() as client:
        assert client.base_url == "http://127.0.0.1:8080"
    assert (
        address(None, None, {"SENTINEL_DESK_URL": "https://a", "SENTINEL_DESK_API_KEY": KEY}).api_key == KEY
    )
    assert address("mine", "https://b", {"SENTINEL_DESK_URL": "https://a"}).base_url == "https://b"


@pytest.mark.parametrize(
    ("key", "url", "told"),
    [
        (None, "https://a", "SENTINEL_DESK_API_KEY"),
        (KEY, None, "SENTINEL_DESK_URL"),
        (" ", "https://a", "SENTINEL_DESK_API_KEY"),
        (KEY, "desk.example.com", "https://"),
        (KEY, "ftp://desk.example.com", "https://"),
        (KEY, "https://", "https://"),
        (KEY, "https://user:pw@desk.example.com", "no user"),
        (KEY, "https://desk.example.com?x=1", "no query"),
        (KEY, "https://desk.example.com#x", "no fragment"),
        (KEY, "https://exa mple:port", "base_url"),
        ("sd_live\nX-Admin: 1", "https://a", "ASCII"),
        ("sd live", "https://a", "ASCII"),
        ("clé", "https://a", "ASCII"),
    ],
)
def test_what_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, key: str | None, url: str | None, told: str
) -> None:
    for variable in ("SENTINEL_DESK_URL", "SENTINEL_DESK_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    for kind in (Client, AsyncClient):
        with pytest.raises(ConfigurationError, match=told) as refused:
            kind(key, url)
        assert not key or key.strip() == "" or key not in str(refused.value)


@pytest.mark.parametrize("wrong", [{"timeout": 0.0}, {"hold": 301}, {"hold": -1}])
def test_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="hold"):
        Client(KEY, "https://a", **wrong)  # type: ignore[arg-type]
