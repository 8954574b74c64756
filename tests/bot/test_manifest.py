"""The Slack app's manifest: valid, the same in file and code, and asking for no more than it needs."""

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.manifest import EVENTS_PATH, EXAMPLE_URL, Transport, as_yaml, manifest, public

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "manifest.schema.json").read_text())
VARIANTS: list[tuple[Transport, str | None]] = [("socket", None), ("http", EXAMPLE_URL)]

Manifest = dict[str, Any]


def check(candidate: Manifest, schema: dict[str, Any] = SCHEMA) -> None:
    jsonschema.Draft7Validator(schema).validate(candidate)


def official_schema() -> Path | None:
    """Slack's own schema: where `SLACK_MANIFEST_SCHEMA` says, or beside the checkout."""
    if named := os.environ.get("SLACK_MANIFEST_SCHEMA"):
        return Path(named)
    return next((ROOT.parent / "shared").rglob("manifest.schema.2.0.0.json"), None)


@pytest.mark.parametrize(("transport", "url"), VARIANTS)
def test_both_variants_are_valid(transport: Transport, url: str | None) -> None:
    check(manifest(transport, url))


@pytest.mark.parametrize(("transport", "url"), VARIANTS)
def test_slack_itself_finds_the_variants_valid(transport: Transport, url: str | None) -> None:
    path = official_schema()
    if path is None:
        pytest.skip(
            "Slack's manifest schema is not here: SLACK_MANIFEST_SCHEMA=/path/to/manifest.schema.2.0.0.json"
        )
    schema = json.loads(path.read_text())
    check(manifest(transport, url), schema)
    check(manifest(transport, EXAMPLE_URL, installable=True), schema)


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_an_app_for_many_workspaces_is_valid_and_its_tokens_rotate(transport: Transport) -> None:
    many = manifest(transport, EXAMPLE_URL, installable=True)
    check(many)
    assert many["oauth_config"]["redirect_urls"] == [f"{EXAMPLE_URL}/slack/oauth_redirect"]
    assert many["settings"]["token_rotation_enabled"] is True
    assert many["settings"]["org_deploy_enabled"] is True
    assert many["settings"]["socket_mode_enabled"] is (transport == "socket")
    assert yaml.safe_load(as_yaml(transport, EXAMPLE_URL, installable=True)) == many
    # What stays the simple way asks for none of it.
    one = manifest("http", EXAMPLE_URL)
    assert "redirect_urls" not in one["oauth_config"]
    assert one["settings"]["token_rotation_enabled"] is False


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_nobody_comes_back_to_an_address_that_is_not_public(transport: Transport) -> None:
    with pytest.raises(ValueError, match="public address"):
        manifest(transport, installable=True)


def misspell_a_key(it: Manifest) -> None:
    it["settings"]["interactivty"] = it["settings"].pop("interactivity")


def misspell_at_the_top(it: Manifest) -> None:
    it["display_informations"] = it["display_information"]


def name_too_long(it: Manifest) -> None:
    it["display_information"]["name"] = "x" * 36


def description_too_short(it: Manifest) -> None:
    it["display_information"]["long_description"] = "x" * 174


def command_without_slash(it: Manifest) -> None:
    it["features"]["slash_commands"][0]["command"] = "approvals"


def command_too_long(it: Manifest) -> None:
    it["features"]["slash_commands"][0]["command"] = "/" + "x" * 32


def plain_http(it: Manifest) -> None:
    it["settings"]["interactivity"]["request_url"] = "http://desk.example.com/slack/events"


def come_back_over_plain_http(it: Manifest) -> None:
    it["oauth_config"]["redirect_urls"] = ["http://desk.example.com/slack/oauth_redirect"]


def event_twice(it: Manifest) -> None:
    it["settings"]["event_subscriptions"]["bot_events"] *= 2


MISTAKES = [
    misspell_a_key,
    misspell_at_the_top,
    name_too_long,
    description_too_short,
    command_without_slash,
    command_too_long,
    plain_http,
    come_back_over_plain_http,
    event_twice,
]


@pytest.mark.parametrize("spoil", MISTAKES, ids=lambda spoil: spoil.__name__)
def test_a_mistake_is_refused(spoil: Callable[[Manifest], None]) -> None:
    spoilt = copy.deepcopy(manifest("http", EXAMPLE_URL))
    spoil(spoilt)
    with pytest.raises(jsonschema.ValidationError):
        check(spoilt)


def test_the_longest_name_is_accepted() -> None:
    longest = manifest("socket")
    longest["display_information"]["name"] = "x" * 35
    check(longest)


@pytest.mark.parametrize(
    ("file", "transport", "url"),
    [("manifest.yml", "socket", None), ("manifest.http.yml", "http", EXAMPLE_URL)],
)
def test_the_committed_file_is_what_the_command_prints(
    file: str, transport: Transport, url: str | None
) -> None:
    made = as_yaml(transport, url)
    option = f" --url {url}" if url else ""
    assert (ROOT / file).read_text() == made, (
        f"sentinel-desk manifest --transport {transport}{option} > {file}"
    )
    assert yaml.safe_load(made) == manifest(transport, url)


def test_it_asks_for_the_least() -> None:
    scopes = manifest("socket")["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == {"chat:write", "im:write", "users:read", "users:read.email", "commands"}
    assert set(scopes["bot_optional"]) <= {"chat:write.public", "channels:read", "groups:read", "dnd:read"}


@pytest.mark.parametrize(("transport", "url"), VARIANTS)
def test_it_never_asks_to_read_what_people_write(transport: Transport, url: str | None) -> None:
    scopes = manifest(transport, url)["oauth_config"]["scopes"]
    asked = scopes["bot"] + scopes["bot_optional"]
    assert [scope for scope in asked if scope.endswith(":history") or scope.startswith("files:")] == []
    assert "chat:write.customize" not in asked
    assert "user" not in scopes


def test_it_hears_of_what_the_desk_handles() -> None:
    events = manifest("socket")["settings"]["event_subscriptions"]["bot_events"]
    assert set(events) == {"app_home_opened", "app_uninstalled", "tokens_revoked", "user_change"}


def test_socket_mode_has_no_address_and_http_has_one_everywhere() -> None:
    socket, http = (json.dumps(manifest(transport, url)) for transport, url in VARIANTS)
    assert "://" not in socket
    assert http.count(f"{EXAMPLE_URL}/slack/events") == http.count("://") == 3
    assert manifest("socket")["settings"]["socket_mode_enabled"] is True
    assert manifest("http", EXAMPLE_URL)["settings"]["socket_mode_enabled"] is False


def test_the_address_may_end_in_a_slash_and_have_a_path() -> None:
    assert public("https://example.org/desk/", EVENTS_PATH) == "https://example.org/desk/slack/events"


@pytest.mark.parametrize(
    "url", [None, "", "desk.example.com", "http://desk.example.com", "https://", "https://d.example/?a=1"]
)
def test_http_without_a_public_https_address_is_refused(url: str | None) -> None:
    with pytest.raises(ValueError, match=re.escape(f"--url {EXAMPLE_URL}")):
        manifest("http", url)


def test_socket_mode_with_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="--transport http"):
        manifest("socket", EXAMPLE_URL)
