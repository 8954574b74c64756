"""The environment as one frozen value, read when it is asked for and never on import.

Every variable is one field here: named like the field in capitals, with `DESK_` in front
unless it starts with `SLACK_`. A field's description and `form` are what the README's table
and the error messages say.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from approvals import plans, times
from approvals.addresses import Network, plain
from approvals.keys import Rate

PREFIX = "DESK_"
SHORTEST_SECRET = 16

FEWEST_LETTERS = 6
"""A secret with fewer different characters is a key that somebody held down."""

_PLACEHOLDERS = ("changeme", "yoursecret", "mysecret", "placeholder", "example", "password", "opensslrand")
"""What stands in instructions until somebody writes a secret there."""

_TOKENS: Mapping[str, tuple[str, ...]] = {
    "socket": ("slack_bot_token", "slack_app_token"),
    "http": ("slack_bot_token", "slack_signing_secret"),
    "local": (),
    "off": (),
}
"""What each way of reaching Slack cannot do without."""

_INSTEAD_OF_TOKEN = ("slack_client_id", "slack_client_secret", "public_url")
"""What takes the place of the one bot token where people install the app in many workspaces."""

_SHARED = ("slack", "host", "port", "public_url", "callback_allow")
"""What commands beside a server need to see as it does."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class SettingsError(Exception):
    """The environment cannot be used. `mistakes` holds one line for each reason."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def _setting(default: object, meaning: str, form: str, **options: Any) -> Any:
    """A field of Settings: its default, what it means, and how a right value looks."""
    return Field(default, description=meaning, json_schema_extra={"form": form}, **options)


class Settings(BaseSettings):
    """Everything that can be set. Secrets show neither in `repr` nor in errors."""

    model_config = SettingsConfigDict(
        frozen=True, env_prefix=PREFIX, env_ignore_empty=True, hide_input_in_errors=True
    )

    slack: Literal["socket", "http", "local", "off"] | None = _setting(
        None,
        "How the desk reaches Slack: `socket`, `http`, `local` (its own small Slack, on a loopback host only)"
        " or `off` (decisions by API alone). `serve` needs it.",
        "socket, http, local or off",
    )
    secret: SecretStr | None = _setting(
        None,
        "The desk's own secret: keys are hashed and webhook secrets sealed with it. `serve` needs it; with"
        " `DESK_SLACK=local` the desk makes one and keeps it beside the database.",
        f"at least {SHORTEST_SECRET} characters and no placeholder, as `openssl rand -hex 32` makes them",
        min_length=SHORTEST_SECRET,
    )
    host: str = _setting(
        "127.0.0.1", "The address to listen on.", "an address or a host name such as 127.0.0.1"
    )
    port: int = _setting(
        8080,
        "The port to listen on; 0 picks a free one.",
        "a port from 0 to 65535 such as 8080",
        ge=0,
        le=65535,
    )
    public_url: str | None = _setting(
        None,
        "Where people and agents reach the desk, if that is not `http://HOST:PORT`.",
        "an address such as https://desk.example.com",
    )
    database_url: str = _setting(
        "sqlite:///.desk/desk.db",
        "Where everything is kept: a SQLite file, or PostgreSQL.",
        "an address such as sqlite:///desk.db or postgresql://USER:PASSWORD@HOST/DATABASE",
        validate_default=True,
        repr=False,
    )
    config: Path = _setting(
        Path("desk.yml"),
        "The file that `serve` compares with what is applied, to warn of a difference.",
        "a path such as desk.yml",
    )
    callback_allow: Annotated[tuple[Network, ...], NoDecode] = _setting(
        (),
        "The private and loopback networks that callbacks may go to, with commas between. Plain `http` is"
        " allowed there too. Empty: none.",
        "networks such as 127.0.0.0/8,::1/128,10.1.0.0/16",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = _setting(
        (),
        "The addresses of your proxies, with commas between: from them alone `X-Forwarded-For` is believed,"
        " for keys that may be used from some networks only. Empty: the socket's address counts.",
        "addresses or networks such as 10.0.0.5,fd00::5",
    )
    rate_limit: Annotated[Rate | None, NoDecode] = _setting(
        Rate(1000, 60),
        "How many requests a key may create that has no rate of its own; `off`: any number.",
        "a rate such as 1000/min, 20/s or 5000/h, or off",
    )
    project_rate_limit: Annotated[Rate | None, NoDecode] = _setting(
        None,
        "How many requests all keys of one project may create together; `off`: any number.",
        "a rate such as 1000/min, 20/s or 5000/h, or off",
    )
    max_open: Annotated[int | None, NoDecode] = _setting(
        10_000,
        "How many open requests a key may have that has no bound of its own; `off`: any number.",
        "a number from 1 to 1000000000 such as 500, or off",
        ge=1,
        le=1_000_000_000,
    )
    max_body: ByteSize = _setting(
        ByteSize(256 * 1024),
        "The largest body that the API takes.",
        "a size from 1KiB to 16MiB such as 256KiB or 262144",
        ge=1024,
        le=16 * 1024 * 1024,
    )
    blocking_s: int = _setting(
        300,
        "How many seconds a blocking create of the `humancheck` dialect is held.",
        "whole seconds from 1 to 3600 such as 300",
        ge=1,
        le=3600,
    )
    max_connections: int = _setting(
        20_000,
        "How many connections may be open at once.",
        "a number from 10 to 1000000 such as 20000",
        ge=10,
        le=1_000_000,
    )
    max_connections_per_address: int = _setting(
        15_000,
        "How many of them may come from one address; behind a proxy all do.",
        "a number from 1 to 1000000 such as 15000",
        ge=1,
        le=1_000_000,
    )
    keep_deliveries: Annotated[timedelta | None, NoDecode] = _setting(
        timedelta(days=30),
        "How long callbacks, webhooks and messages to Slack are kept after they arrived or were given up;"
        " `off`: for ever.",
        "a time of at least a day such as 30d, or off",
        ge=timedelta(days=1),
    )
    keep_idempotency: Annotated[timedelta | None, NoDecode] = _setting(
        timedelta(days=30),
        "How long an `Idempotency-Key` is remembered after its request has ended; `off`: for ever.",
        "a time of at least a day such as 30d, or off",
        ge=timedelta(days=1),
    )
    deadman_url: SecretStr | None = _setting(
        None,
        "The address of a monitor that is pinged each minute while all is well, so that its silence is the"
        " alarm; it may be private, and is a secret. Empty: none.",
        "an address such as https://monitor.example.com/ping/UUID",
    )
    insecure_open: bool = _setting(
        False,
        "Answer the `humancheck` dialect without a key, on a loopback host only. For trying out.",
        "1 or 0",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "info", "From which level on a line goes to the log.", "debug, info, warning or error"
    )
    # These bear no DESK_ in front: an alias that is the field's own name keeps the prefix away.
    slack_bot_token: SecretStr | None = _setting(
        None,
        "The bot's token, for `socket` and `http`, where the app is in one workspace.",
        "a token that starts with xoxb-",
        validation_alias="slack_bot_token",
    )
    slack_app_token: SecretStr | None = _setting(
        None,
        "The app-level token, for `socket`.",
        "a token that starts with xapp-",
        validation_alias="slack_app_token",
    )
    slack_signing_secret: SecretStr | None = _setting(
        None,
        "What Slack signs its calls with, for `http`; the old one and the new, with a comma between, while"
        " it is being rotated.",
        "the signing secret that Slack shows under Basic Information",
        validation_alias="slack_signing_secret",
    )
    slack_app_id: str | None = _setting(
        None,
        "The app's id: what Slack sends for another app is refused. Without it the desk goes by what Slack"
        " tells it in Socket Mode and when the app is installed by `/slack/install`, else takes any.",
        "the app id that Slack shows under Basic Information, such as A0123ABCDEF",
        validation_alias="slack_app_id",
        pattern="^A[A-Z0-9]{2,}$",
    )
    slack_client_id: str | None = _setting(
        None,
        "The app's client id, instead of `SLACK_BOT_TOKEN`, where people install the app in many workspaces:"
        " then `/slack/install` is there, and `DESK_PUBLIC_URL` is needed.",
        "the client id that Slack shows under Basic Information, such as 1234567890.1234567890",
        validation_alias="slack_client_id",
    )
    slack_client_secret: SecretStr | None = _setting(
        None,
        "The app's client secret, beside `SLACK_CLIENT_ID`.",
        "the client secret that Slack shows under Basic Information",
        validation_alias="slack_client_secret",
    )
    slack_authorization_url: str = _setting(
        "https://slack.com/oauth/v2/authorize",
        "The page on which Slack asks whether the app may be installed.",
        "an address such as https://slack.com/oauth/v2/authorize",
        validation_alias="slack_authorization_url",
    )
    slack_api_url: str = _setting(
        "https://slack.com/api/",
        "The base of Slack's Web API.",
        "an address such as https://slack.com/api/",
        validation_alias="slack_api_url",
    )

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, text: str) -> str:
        scheme, separator, rest = text.partition("://")
        if not separator or not rest or scheme not in _DRIVERS:
            raise ValueError("unknown database")
        return f"{_DRIVERS[scheme]}://{rest}"

    @field_validator("public_url", "slack_api_url", "slack_authorization_url")
    @classmethod
    def _web_address(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None:
            return None
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not a web address")
        return text.rstrip("/") + ("/" if info.field_name == "slack_api_url" else "")

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _right_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        start = "xapp-" if info.field_name == "slack_app_token" else "xox"
        if token is not None and not token.get_secret_value().startswith(start):
            raise ValueError("another kind of token")
        return token

    @field_validator("deadman_url")
    @classmethod
    def _pingable(cls, url: SecretStr | None) -> SecretStr | None:
        parts = None if url is None else urlsplit(url.get_secret_value())
        if parts is not None and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("not a web address")
        return url

    @field_validator("secret")
    @classmethod
    def _not_a_placeholder(cls, secret: SecretStr | None) -> SecretStr | None:
        text = "" if secret is None else secret.get_secret_value()
        letters = "".join(filter(str.isalnum, text.lower()))
        if text and (len(set(text)) < FEWEST_LETTERS or any(word in letters for word in _PLACEHOLDERS)):
            raise ValueError("a placeholder")
        return secret

    @field_validator("callback_allow", "trusted_proxies")
    @classmethod
    def _not_everything(cls, networks: tuple[Network, ...]) -> tuple[Network, ...]:
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("every address there is")
        return networks

    @field_validator("trusted_proxies")
    @classmethod
    def _plain(cls, networks: tuple[Network, ...]) -> tuple[Network, ...]:
        return tuple(map(plain, networks))

    @field_validator("callback_allow", "trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("rate_limit", "project_rate_limit", mode="before")
    @classmethod
    def _rate(cls, value: object) -> object:
        if not isinstance(value, str) or value == "off":
            return None if value == "off" else value
        found = plans.rate(value)
        if found is None:
            raise ValueError("not a rate")
        return found

    @field_validator("keep_deliveries", "keep_idempotency", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        if not isinstance(value, str) or value == "off":
            return None if value == "off" else value
        found = times.duration(value)
        if found is None:
            raise ValueError("not a time")
        return found

    @field_validator("max_open", mode="before")
    @classmethod
    def _bound(cls, value: object) -> object:
        return None if value == "off" else value

    @model_validator(mode="after")
    def _open_doors_stay_at_home(self) -> Self:
        if self.slack == "local" and not self.loopback:
            raise ValueError(
                f"DESK_SLACK=local needs a loopback DESK_HOST, not {self.host}: anybody could approve"
            )
        if self.insecure_open and not self.loopback:
            raise ValueError(
                f"DESK_INSECURE_OPEN needs a loopback DESK_HOST, not {self.host}: anybody could ask"
            )
        return self

    @model_validator(mode="after")
    def _tokens_travel_sealed(self) -> Self:
        for name, what in (("slack_api_url", "tokens go"), ("slack_authorization_url", "people log in")):
            parts = urlsplit(getattr(self, name))
            if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
                raise ValueError(f"{variable_of(name)} must be https: Slack's {what} there")
        return self

    @model_validator(mode="after")
    def _one_token_or_many(self) -> Self:
        if self.slack_bot_token is not None and self.slack_client_id is not None:
            raise ValueError(
                "SLACK_BOT_TOKEN and SLACK_CLIENT_ID cannot both be set: the token is for one workspace, the"
                " client id for as many as install the app; unset one of them"
            )
        if self.installable and not self.url.startswith("https://") and not is_loopback(self._public_host):
            raise ValueError("DESK_PUBLIC_URL must be https for SLACK_CLIENT_ID: Slack sends codes there")
        return self

    @property
    def installable(self) -> bool:
        """Whether people install the app in their workspaces."""
        return self.slack_client_id is not None and self.slack in {"socket", "http"}

    @property
    def _public_host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the desk."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """Where the desk is reached, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def shared(self) -> dict[str, str]:
        """What commands beside this server go by where their own environment says nothing."""
        values = {name: getattr(self, name) for name in _SHARED}
        return {
            name: ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for name, value in values.items()
            if value
        }

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, None where the database is elsewhere or in memory."""
        scheme, _, rest = self.database_url.partition(":///")
        path = rest.partition("?")[0]
        return Path(path) if scheme.startswith("sqlite") and path not in {"", ":memory:"} else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@dataclass(frozen=True, slots=True)
class Described:
    """One setting as the README lists it: variable, default as it would be written, meaning."""

    variable: str
    default: str
    meaning: str


def described() -> list[Described]:
    """Every setting, in the order of the fields."""
    return [
        Described(variable_of(name), _written(name, field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def variable_of(field: str) -> str:
    """The environment variable of a field."""
    return field.upper() if field.startswith("slack_") else f"{PREFIX}{field.upper()}"


def load(**otherwise: Any) -> Settings:
    """Read the environment; `otherwise` are values of fields that it does not set.

    Raises SettingsError, which lists everything that is wrong.
    """
    mistakes = list(_strangers(os.environ))
    try:
        found = Settings(**{k: v for k, v in otherwise.items() if not os.environ.get(variable_of(k))})
    except ValidationError as error:
        mistakes += map(_worded, error.errors())
    if mistakes:
        raise SettingsError(mistakes)
    return found


def lacking(settings: Settings) -> list[str]:
    """What `serve` still needs to be told, one line each; the secret is asked for where it is kept."""
    if settings.slack is None:
        return ["DESK_SLACK is not set: say socket, http, local or off"]
    found = [
        f"{variable_of(name)} is not set, and DESK_SLACK={settings.slack} needs it"
        for name in _TOKENS[settings.slack]
        if getattr(settings, name) is None and not (name == "slack_bot_token" and _many(settings))
    ]
    if _many(settings) and settings.slack in {"socket", "http"}:
        found += [
            f"{variable_of(name)} is not set, and installing the app in many workspaces needs it"
            for name in _INSTEAD_OF_TOKEN
            if getattr(settings, name) is None
        ]
    return found


def _many(settings: Settings) -> bool:
    """Whether the app is meant to be installed in many workspaces; half of what that takes means it too."""
    return settings.slack_client_id is not None or settings.slack_client_secret is not None


def _strangers(environment: Mapping[str, str]) -> Iterator[str]:
    known = [variable_of(name) for name in Settings.model_fields]
    for variable in sorted(environment):
        if variable.upper().startswith(PREFIX) and variable.upper() not in known:
            # Without what all of them begin with, which would make each look like the other.
            names = [name.removeprefix(PREFIX) for name in known if name.startswith(PREFIX)]
            near = difflib.get_close_matches(variable.upper().removeprefix(PREFIX), names, 1, 0.5)
            meant = f"; did you mean {PREFIX}{near[0]}?" if near else ""
            yield f"{variable} is no setting of the desk{meant}"


def _worded(error: ErrorDetails) -> str:
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    extra = Settings.model_fields[name].json_schema_extra
    form = extra["form"] if isinstance(extra, dict) else ""
    if _private(name):
        return f"{variable_of(name)} cannot be taken: write {form}"
    given = str(error["input"])[:60]
    near = difflib.get_close_matches(
        given.lower(), str(error.get("ctx", {}).get("expected", "")).split("'"), 1
    )
    return f"{variable_of(name)}={given} cannot be read: write {form}" + (
        f"; did you mean {near[0]}?" if near else ""
    )


def _private(name: str) -> bool:
    field = Settings.model_fields[name]
    return not field.repr or "SecretStr" in str(field.annotation)


def _written(name: str, default: object) -> str:
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return str(int(default))
    if isinstance(default, timedelta):
        return f"{default.days}d"
    return "256KiB" if name == "max_body" else str(default)
