"""`workspaces` and what `doctor` says of them: where the Slack app is installed, and who works there."""

from dataclasses import replace
from pathlib import Path

import pytest

from app import Desk
from approvals.installations import Installation
from tests.builders import NOW
from tests.cli.conftest import TEAM, Run, on_desk

ACME = Installation(
    team="T0ACME0001",
    enterprise=None,
    name="Acme",
    token="xoxb-secret",
    scopes=("chat:write",),
    installed_by="U0ADA00001",
    installed_at=NOW,
    refresh_token="xoxe-1-secret",
)
NORDLYS = replace(ACME, team=None, enterprise="E0NORDLYS1", name="Nordlys Group")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk for many workspaces: one that is there, and one that has left."""
    settings = {
        "DESK_SLACK": "http",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "abc",
        "SLACK_SIGNING_SECRET": "abc",
        "DESK_PUBLIC_URL": "https://desk.example.com",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    async def job(desk: Desk) -> None:
        await desk.store.installations.put(ACME)
        await desk.store.installations.put(NORDLYS)
        await desk.store.installations.remove(NORDLYS.key, NOW)

    on_desk(job)


def applied(run: Run, workspace: str | None) -> None:
    """A team that works in that workspace."""
    Path("desk.yml").write_text((f"workspace: {workspace}\n" if workspace else "") + TEAM)
    run("apply", "desk.yml")


def test_nobody_has_installed_it(run: Run, team: None) -> None:
    assert "installed nowhere" in run("workspaces", "list").out
    assert run("workspaces", "list", "--json").value == {"workspaces": []}


def test_workspaces_are_listed_without_their_tokens(run: Run, installed: None) -> None:
    applied(run, "T0ACME0001")
    shown = run("workspaces", "list").out
    assert "gone since" in shown
    assert "secret" not in shown
    acme, nordlys = sorted(run("workspaces", "list", "--json").value["workspaces"], key=lambda w: w["name"])
    assert (acme["id"], acme["projects"], acme["gone_at"]) == ("T0ACME0001", ["default"], None)
    assert (nordlys["id"], nordlys["team"], nordlys["projects"]) == ("E0NORDLYS1", None, [])
    assert nordlys["gone_at"] is not None
    assert acme.keys().isdisjoint({"token", "refresh_token"})


@pytest.mark.parametrize(
    ("workspace", "said"),
    [
        (None, "default names no workspace and has nobody in Slack"),
        ("T0RIVAGE01", "default works in T0RIVAGE01, where the app is not installed"),
        (
            "E0NORDLYS1/T0NORDLYS1",
            "where the app is not installed; whoever may, opens https://desk.example.com/",
        ),
    ],
)
def test_doctor_finds_a_project_that_nobody_in_slack_hears_of(
    run: Run, installed: None, workspace: str | None, said: str
) -> None:
    applied(run, workspace)
    wrong = [line for line in run("doctor", code=1).out.splitlines() if line.startswith("wrong")]
    assert len(wrong) == 1
    assert said in wrong[0]


def test_doctor_is_content_with_a_project_that_is_served(run: Run, installed: None) -> None:
    applied(run, "T0ACME0001")
    found = [f for f in run("doctor", "--json").value["findings"] if f["what"] == "workspace"]
    assert sorted(one["state"] for one in found) == ["note", "ok"]


def test_a_static_token_hears_nothing_of_workspaces(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SLACK", "off")
    applied(run, None)
    assert "workspace" not in run("doctor").out
