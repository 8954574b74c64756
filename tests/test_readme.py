"""What the documents say: true of the settings, the commands, the files, and a running desk."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from cli import commands
from deskfile import parse
from tests.cli.processes import curled, server, welcomed

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FRENCH = ROOT / "docs" / "README.fr.md"
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a document in one language."""
    return [body for found, body in BLOCK.findall(text) if found == language]


def test_the_settings_table_is_the_settings() -> None:
    rows = re.findall(r"^\| `((?:DESK|SLACK)_\w+)` \| (.*?) \| (.*) \|$", README, re.MULTILINE)
    told = [(name, default.strip("`–"), meaning) for name, default, meaning in rows]
    assert told == [(one.variable, one.default, one.meaning) for one in settings.described()]


def test_every_command_is_in_the_table() -> None:
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    rows = {words.split()[0]: words for words in re.findall(r"^\| `([^|]*)` \|", table, re.MULTILINE)}
    app = commands()
    plain = {one.callback.__name__ for one in app.registered_commands if one.callback and not one.hidden}
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    assert rows.keys() == plain | groups.keys()
    for name, group in groups.items():
        assert group is not None
        verbs = {one.name or one.callback.__name__ for one in group.registered_commands if one.callback}
        assert verbs <= set(re.findall(r"\w+", rows[str(name)])), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_the_reference_of_desk_yml_shows_what_can_be_read() -> None:
    text = (ROOT / "docs" / "desk-yml.md").read_text()
    for example in blocks(text, "yaml"):
        assert parse(example).wanted
    assert yaml.safe_load((ROOT / "desk.yml").read_text()).keys() <= set(re.findall(r"`(\w+)`", text))


def test_every_curl_line_of_the_readme_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.yml").write_text((ROOT / "desk.yml").read_text())
    with server("quickstart", "--data", ".desk", DESK_SLACK="", DESK_SECRET="") as process:
        desk = welcomed(process)
        for document in (README, FRENCH.read_text()):
            asked, listed, read, approval, review, text = answered(document, desk)
            assert listed["requests"][0]["id"] == asked["request_id"]
            assert (asked["status"], asked["assigned_to"]) == ("assigned", "Marie Dupont")
            assert read["request"]["id"] == asked["request_id"]
            assert (approval["status"], review["status"]) == ("pending", "pending")
            assert text["data"]["assignees"] == ["reviewer@company.com"]
            (tmp_path / "desk.env").unlink(missing_ok=True)
            (tmp_path / ".desk" / "slack.db").unlink(missing_ok=True)
            assert "webhook_secret" in started_for_slack(document)
            assert stat.S_IMODE((tmp_path / "desk.env").stat().st_mode) == 0o600


def started_for_slack(document: str) -> str:
    """What the commands for a real Slack print, beside `make run`, up to `serve`."""
    (block,) = [body for body in blocks(document, "sh") if "DESK_SLACK=socket" in body]
    script, _, last = block.rstrip().rpartition("\n")
    assert last == "sentinel-desk serve"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DESK_", "SLACK_"))}
    command = ["sh", "-ec", script.replace("…", "1")]
    plain["PATH"] = path
    return subprocess.run(command, env=plain, stdout=subprocess.PIPE, text=True, check=True).stdout


def answered(document: str, desk: dict[str, str]) -> list[Any]:
    """What the desk says to each curl line of a document, in order."""
    filled = {"http://127.0.0.1:8080": desk["url"], "$KEY": desk["demo key"], "&wait=60": ""}
    assert "KEY=$(cat .desk/demo-key)" in document
    answers = list[Any]()
    for line in [line for block in blocks(document, "sh") for line in curl_lines(block)]:
        for word, value in filled.items():
            line = line.replace(word, value)
        named, inner = re.fullmatch(r"(?:(\w+)=\$\()?(.*?)\)?", line, re.DOTALL).groups()  # type: ignore[union-attr]
        command, _, program = inner.partition(" | python3 -c ")
        assert not re.search(r"\$[A-Z]+", command), f"{command}: nothing before says what that is"
        answers.append(curled(command))
        if named is not None:
            filled[f"${named}"] = piped(program.strip("'"), answers[-1])
    return answers


def piped(program: str, value: object) -> str:
    """What a line of Python makes of a JSON value."""
    made = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(value), capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def curl_lines(block: str) -> list[str]:
    """The commands of a block that begin with curl or keep what it says; continued lines joined."""
    joined = block.replace("\\\n", " ")
    return re.findall(r"^(?:\w+=\$\()?curl (?:'[^']*'|[^'\n])*", joined, re.MULTILINE)


def test_the_answers_in_the_readme_are_json() -> None:
    for body in blocks(README, "json"):
        assert json.loads(body)
