"""Where the desk is and with which key to call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from sentinel_desk.errors import ConfigurationError
from sentinel_desk.version import __version__

URL_VARIABLE = "SENTINEL_DESK_URL"
KEY_VARIABLE = "SENTINEL_DESK_API_KEY"

# The reference calls `https://…/api/v1` the base URL; our own docs name the desk's root. Both do.
_DIALECT = "/api/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """The desk's root without a slash at the end, and the key, which no repr shows."""

    base_url: str
    api_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What every call bears."""
        return {
            "Authorization": f"Bearer {self.api_key}",
            "Accept": "application/json",
            "User-Agent": f"sentinel-desk-client/{__version__}",
        }


def address(api_key: str | None, base_url: str | None, environ: Mapping[str, str]) -> Address:
    """What was given, else what the environment says. Raises ConfigurationError."""
    return Address(
        base_url=_root(_chosen(base_url, "base_url", URL_VARIABLE, environ)),
        api_key=_key(_chosen(api_key, "api_key", KEY_VARIABLE, environ)),
    )


def _chosen(given: str | None, name: str, variable: str, environ: Mapping[str, str]) -> str:
    chosen = given if given is not None else environ.get(variable, "")
    if not chosen.strip():
        raise ConfigurationError(f"no {name}: pass {name}=… or set {variable}")
    return chosen.strip()


def _root(text: str) -> str:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise ConfigurationError(f"base_url cannot be read: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError("base_url must look like https://desk.example.com")
    # A user and password in the URL would replace the key's header.
    if url.userinfo or url.query or url.fragment:
        raise ConfigurationError("base_url must have no user, no query and no fragment")
    return text.rstrip("/").removesuffix(_DIALECT).rstrip("/")


def _key(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ConfigurationError("api_key must be printable ASCII without spaces")
    return text
