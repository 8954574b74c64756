"""`keys` and `endpoints`: secrets that are shown once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from approvals.keys import Key, Scope
from tests.cli.conftest import Run, on_desk

MAKE = ("keys", "create", "--project", "default", "--name", "bot", "--scope", "requests")


def found(text: str) -> Key | None:
    """The live key of that text, as a server finds it."""
    return on_desk(lambda desk: desk.store.keys.find(text))


def test_a_key_is_made_and_opens(run: Run) -> None:
    made = run(*MAKE, "--json").value
    assert made.keys() >= {"id", "key", "scopes", "webhook_secret"}
    assert made["scopes"] == ["requests"]
    assert made["webhook_secret"].startswith("whsec_")
    key = found(made["key"])
    assert key is not None
    assert (key.id, key.name, key.scopes) == (made["id"], "bot", {Scope.REQUESTS})


def test_a_key_is_printed_for_people_too(run: Run) -> None:
    ran = run(*MAKE)
    text = next(line.split()[1] for line in ran.out.splitlines() if line.startswith("key "))
    assert found(text) is not None
    assert "Keep them now" in ran.err


def test_a_key_that_cannot_ask_has_no_webhook_secret_to_keep(run: Run, team: None) -> None:
    words = ("keys", "create", "--name", "front", "--scope", "decide", "--as", "*")
    ran = run(*words)
    assert "webhook_secret" not in ran.out
    assert "Keep it now: it is not shown again." in ran.err
    assert run(*words, "--json").value["webhook_secret"] is None


def test_a_key_for_a_project_that_is_not_there_is_noted(run: Run, team: None) -> None:
    note = "note: project nope is new; nobody decides in it until `sentinel-desk apply` says who"
    assert note in run(*MAKE[:2], "--project", "nope", "--name", "bot", "--scope", "requests").err
    assert "note:" not in run(*MAKE).err


def test_a_key_that_decides_for_nobody_names_the_option(run: Run, team: None) -> None:
    assert run("keys", "create", "--name", "q", "--scope", "decide", code=2).why.startswith(
        "--as is missing: "
    )


def test_everything_can_be_said_of_a_key(run: Run, team: None) -> None:
    words = ("--scope", "decide,admin", "--as", "Marie@Example.com", "--owner", "bob@example.com")
    limits = ("--rate", "20/s", "--quota", "50/month", "--max-open", "30", "--expires", "90d")
    made = run("keys", "create", "--name", "desk", *words, *limits, "--json").value
    assert made["scopes"] == ["admin", "decide"]
    assert (made["as"], made["owner"]) == (["marie@example.com"], "bob@example.com")
    assert (made["rate"], made["quota"], made["max_open"]) == ("20/s", "50/month", 30)
    ends = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert ends == timedelta(days=90)


def test_a_key_is_restricted_and_its_successor_alike(run: Run, team: None) -> None:
    only = ("--domain", "Legal", "--domain", "Données personnelles", "--jurisdiction", "Québec")
    where = ("--agent", "quotebot", "--from", "10.0.0.0/8", "--from", "::ffff:192.0.2.7")
    made = run(*MAKE, *only, *where, "--json")
    assert "note: project default has no domain donnees-personnelles so far" in made.err
    told = {
        "domains": ["legal", "donnees-personnelles"],
        "jurisdictions": ["Québec"],
        "agents": ["quotebot"],
        "from": ["10.0.0.0/8", "192.0.2.7/32"],
    }
    assert made.value.items() >= told.items()
    heir = run("keys", "rotate", made.value["id"], "--overlap", "1h", "--json").value
    assert heir.items() >= told.items()
    listed = run("keys", "list", "--json").value["keys"]
    assert [key.items() >= told.items() for key in listed] == [True, True]
    # Both live, and open the same for as long as they do.
    old, new = found(made.value["key"]), found(heir["key"])
    assert old is not None
    assert new is not None
    assert (old.restrictions, old.networks) == (new.restrictions, new.networks)
    shown = run("keys", "list").out
    assert "legal" in shown
    assert "10.0.0.0/8" in shown


def test_a_place_that_the_desk_does_not_know_is_noted(run: Run, team: None) -> None:
    assert "note: EMEA is no place that the desk knows" in run(*MAKE, "--jurisdiction", "EMEA").err


@pytest.mark.parametrize(
    ("plan", "rate", "quota"),
    [
        ("free", None, "50/month"),
        ("pro", None, None),
        ("standard", "1000/min", None),
        ("professional", "10000/min", None),
        ("enterprise", "100000/min", None),
    ],
)
def test_the_plans_of_the_references(run: Run, plan: str, rate: str | None, quota: str | None) -> None:
    made = run(*MAKE, "--plan", plan, "--json").value
    assert (made["rate"], made["quota"]) == (rate, quota)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--scope reqests", "--scope reqests: write requests, decide, consume, admin"),
        ("--scope admin --rate many", "--rate many: write a rate such as 1000/min, 20/s or 5000/h"),
        ("--scope admin --quota 50", "--quota 50: write a number a month, such as 50/month"),
        (
            "--scope admin --plan gold",
            "--plan gold: write free, pro, standard, professional, enterprise",
        ),
        ("--scope admin --expires soon", "--expires soon: write 90s, 30m, 48h or 7d"),
        ("--scope admin --project Acme", "--project Acme: write a name such as acme"),
        (
            "--scope requests --scope decide --as *",
            "--scope requests and decide cannot stand on one key, since an agent could approve itself"
            " (make a key for each)",
        ),
        ("--scope decide", "--as is missing: a key that decides speaks for somebody (an e-mail, or *)"),
        ("--scope requests --as *", "--as means nothing without the scope decide"),
        ("--scope admin --from office", "--from office: write an address or a network such as 10.0.0.0/8"),
        (
            "--scope admin --from 10.0.0.5/8",
            "--from 10.0.0.5/8: write an address or a network such as 10.0.0.0/8",
        ),
        (
            "--scope admin --from ::/0",
            "--from restricts nothing where it is every address there is (leave it out)",
        ),
        (
            "--scope admin --domain legal",
            "--scope admin is about the whole project, and cannot stand on a key that is restricted to"
            " domains, jurisdictions or agents (make a key for each)",
        ),
        ("--scope requests --owner \x1b", "--owner must be one line of up to 100 characters"),
    ],
)
def test_a_wrong_key_is_refused(run: Run, words: str, why: str) -> None:
    misused = why.startswith("--")
    assert run("keys", "create", "--name", "bot", *words.split(" "), code=1 + misused).why == why


def test_a_key_needs_a_name_and_a_scope(run: Run) -> None:
    assert "--scope" in run("keys", "create", "--name", "bot", code=2).err
    assert "--name" in run("keys", "create", "--scope", "requests", code=2).err


def test_speaking_for_a_stranger_is_noted(run: Run, team: None) -> None:
    ran = run("keys", "create", "--name", "desk", "--scope", "decide", "--as", "mary@example.com")
    assert "note: no Sentinel of project default has the address mary@example.com so far" in ran.err


def test_keys_are_listed_without_their_text(run: Run) -> None:
    made = run(*MAKE, "--json").value
    listed = run("keys", "list", "--json")
    assert [(key["id"], key["live"]) for key in listed.value["keys"]] == [(made["id"], True)]
    assert made["key"] not in listed.out + run("keys", "list").out
    assert run("keys", "list", "--project", "other").out == "no keys; `sentinel-desk keys create` makes one\n"


def test_a_revoked_key_opens_nothing(run: Run) -> None:
    made = run(*MAKE, "--json").value
    assert run("keys", "revoke", made["id"]).out == f"{made['id']} (bot) is revoked\n"
    assert _live(run, made["id"]) is False


def test_a_rotated_key_lives_on_for_the_overlap(run: Run) -> None:
    old = run(*MAKE, "--owner", "bob@example.com", "--json").value
    new = run("keys", "rotate", old["id"], "--overlap", "1h", "--json").value
    assert new["id"] != old["id"]
    assert (new["scopes"], new["owner"]) == (old["scopes"], old["owner"])
    assert _live(run, old["id"])
    assert _live(run, new["id"])
    secrets = on_desk(lambda desk: desk.store.keys.secrets(f"key:{old['id']}"))
    assert list(secrets) == [new["webhook_secret"], old["webhook_secret"]]


def test_a_rotation_without_overlap_ends_the_old_key(run: Run) -> None:
    old = run(*MAKE, "--json").value
    run("keys", "rotate", old["id"], "--overlap", "0s")
    assert _live(run, old["id"]) is False
    assert "is not alive any more" in run("keys", "rotate", old["id"], code=1).why


@pytest.mark.parametrize("verb", ["revoke", "rotate"])
def test_an_unknown_key_is_said_so(run: Run, verb: str) -> None:
    run(*MAKE)
    assert (
        run("keys", verb, "nope", code=1).why
        == "there is no key nope; `sentinel-desk keys list` shows their ids"
    )


def _live(run: Run, key_id: str) -> bool:
    keys: list[dict[str, Any]] = run("keys", "list", "--json").value["keys"]
    return bool(next(key["live"] for key in keys if key["id"] == key_id))


# Endpoints

HOOK = ("endpoints", "create", "--url", "https://example.com/hook", "--dialect", "humanapproval")


def test_an_endpoint_is_made_listed_rotated_and_deleted(run: Run, team: None) -> None:
    made = run(*HOOK, "--event", "request.decided", "--json").value
    assert made.pop("secret").startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": "https://example.com/hook",
        "dialect": "humanapproval",
        "events": ["request.decided"],
        "active": True,
        "source": "desk",
    }
    assert run("endpoints", "list", "--json").value == {"endpoints": [made]}
    rotated = run("endpoints", "rotate", made["id"], "--json").value
    secrets = on_desk(lambda desk: desk.store.keys.secrets(f"endpoint:{made['id']}"))
    assert (len(secrets), secrets[0]) == (2, rotated["secret"])
    assert run("endpoints", "delete", made["id"]).out == f"{made['id']} is deleted\n"
    assert run("endpoints", "list").out == "no endpoints\n"


def test_an_endpoint_is_switched_off_and_on(run: Run, team: None) -> None:
    made = run(*HOOK, "--json").value
    assert run("endpoints", "deactivate", made["id"]).out == f"{made['id']} is off\n"
    assert not run("endpoints", "list", "--json").value["endpoints"][0]["active"]
    assert run("endpoints", "activate", made["id"], "--json").value["active"]
    assert "no endpoint webhook_x" in run("endpoints", "activate", "webhook_x", code=1).why


def test_an_endpoint_hears_everything_by_default(run: Run, team: None) -> None:
    assert run(*HOOK, "--json").value["events"] == ["request.decided", "request.expired"]


def test_an_endpoint_of_the_file_is_listed(run: Run, team: None) -> None:
    with Path("desk.yml").open("a") as file:
        file.write("webhooks: [{url: 'https://example.com/hook', dialect: hitl}]\n")
    run("apply")
    (one,) = run("endpoints", "list", "--json").value["endpoints"]
    assert (one["dialect"], one["source"]) == ("hitl", "desk.yml")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            "--dialect hitle",
            "--dialect hitle: write humanlayer, humanapproval, humancheck, hitl; did you mean hitl?",
        ),
        (
            "--event request.decide",
            "--event request.decide: write request.decided, request.expired; did you mean request.decided?",
        ),
        ("--url http://127.0.0.1/hook", "--url http://127.0.0.1/hook: "),
        ("--url ftp://example.com/hook", "--url ftp://example.com/hook: "),
    ],
)
def test_a_wrong_endpoint_is_refused(run: Run, team: None, words: str, why: str) -> None:
    assert run(*HOOK, *words.split(), code=2).why.startswith(why)


@pytest.mark.parametrize("verb", ["rotate", "delete"])
def test_an_unknown_endpoint_is_said_so(run: Run, team: None, verb: str) -> None:
    assert run("endpoints", verb, "nope", code=1).why == "project default has no endpoint nope"


# signing-keys


def test_the_pair_of_a_project_is_listed_and_rotated(run: Run, team: None) -> None:
    (first,) = run("signing-keys", "list", "--json").value["keys"]
    made = run("signing-keys", "rotate", "--overlap", "1h", "--json").value
    assert made["public_key"].startswith("whpk_")
    found = run("signing-keys", "list", "--json").value["keys"]
    assert [key["id"] for key in found] == [made["id"], first["id"]]
    assert [key["ends_at"] is None for key in found] == [True, False]
    assert "whsk_" not in run("signing-keys", "list").out
    assert "write 90s, 30m" in run("signing-keys", "rotate", "--overlap", "soon", code=2).why
