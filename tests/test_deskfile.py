"""desk.yml: what it says, and how each mistake is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.applying import WantedEndpoint, WantedSentinel
from approvals.domains import slug
from approvals.model import ChannelShows, Dialect, Domain, Reasoning, Risk
from approvals.subscriptions import EVENTS
from deskfile import DeskfileError, Parsed, parse

ROOT = Path(__file__).parent.parent

PERSON = "name: Marie Dupont, email: marie@example.com"


def mistakes(text: str) -> list[str]:
    """What is wrong with a file, one line each."""
    with pytest.raises(DeskfileError) as caught:
        parse(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def notes(text: str) -> list[str]:
    return [str(note) for note in parse(text).notes]


def with_sentinel(fields: str, domains: str = "domains: {legal: }\n") -> str:
    return f"{domains}sentinels:\n  - {{{fields}}}\n"


def only_sentinel(fields: str) -> WantedSentinel:
    (found,) = parse(with_sentinel(fields)).wanted.sentinels
    return found


def only_domain(rules: str) -> Domain:
    (found,) = parse(f"domains:\n  legal: {{{rules}}}\n").wanted.domains.values()
    return found


# What is read


def test_the_example_is_right_and_leaves_nothing_to_note() -> None:
    found = parse((ROOT / "desk.yml").read_text())
    assert found.notes == ()
    assert set(found.wanted.domains) == {"legal", "finance", "compliance", "operations", "general"}
    assert {each.tier for each in found.wanted.sentinels} == {1, 2, 3}
    assert {code for each in found.wanted.sentinels for code in each.languages} == {"fr", "en"}


def test_every_rule_of_a_domain_is_read() -> None:
    assert only_domain(
        'channel: "#legal", channel_shows: content, reasoning: required, risk: high,'
        " backups: may_decide, expires_after: 48h, escalate_after: 90s"
    ) == Domain(
        "legal",
        "#legal",
        ChannelShows.CONTENT,
        Reasoning.REQUIRED,
        Risk.HIGH,
        {},
        True,
        timedelta(hours=48),
        timedelta(seconds=90),
    )


def test_a_domain_without_rules_has_the_defaults() -> None:
    assert parse("domains:\n  legal:\n").wanted.domains == {"legal": Domain("legal")}


def test_risk_may_differ_by_request_type() -> None:
    found = only_domain("risk: {Conformite\u0301: high, default: low}")
    assert (found.risk, found.risk_by_type) == (Risk.LOW, {"conformité": Risk.HIGH})


def test_a_domain_is_known_by_its_slug() -> None:
    assert list(parse("domains:\n  Données personnelles:\n").wanted.domains) == ["donnees-personnelles"]


def test_every_field_of_a_sentinel_is_read() -> None:
    found = only_sentinel(
        f"{PERSON}, slack: U012ABCDEF, domains: [Légal, '*'], jurisdictions: [CA-QC, FR, FR],"
        " tier: 2, capacity: 20, languages: [fr, en]"
    )
    assert found == WantedSentinel(
        "Marie Dupont",
        "marie@example.com",
        "U012ABCDEF",
        frozenset({"legal", "*"}),
        ("CA-QC", "FR"),
        2,
        20,
        ("fr", "en"),
    )


def test_a_sentinel_has_few_things_to_say() -> None:
    found = only_sentinel("name: Zoé, slack: W012ABCDEF, domains: [legal]")
    assert (found.email, found.jurisdictions, found.tier, found.capacity) == (None, ("*",), 1, None)


def test_words_are_taken_as_written() -> None:
    # To plain YAML this is False: Norway, and a person of that name.
    found = only_sentinel("name: No, email: no@example.com, domains: [legal], jurisdictions: [NO]")
    assert (found.name, found.jurisdictions) == ("No", ("NO",))


def test_intake_and_webhooks_are_read() -> None:
    wanted = parse("""
project: acme
operations: {channel: "#desk-ops"}
domains: {finance: , general: }
sentinels: []
intake:
  humanapproval: {domain: Général, jurisdiction: CA-QC}
  humancheck: {task_type: {payment: finance}}
webhooks:
  - {url: "https://example.com/hook", dialect: humanapproval, events: [request.decided]}
  - {url: "https://example.com/hook", dialect: hitl}
""").wanted
    assert (wanted.project, wanted.operations_channel) == ("acme", "#desk-ops")
    assert wanted.intake == {
        "humanapproval": {"domain": "general", "jurisdiction": "CA-QC"},
        "humancheck": {"task_type": {"payment": "finance"}},
    }
    assert wanted.endpoints == (
        WantedEndpoint("https://example.com/hook", Dialect.HUMANAPPROVAL, ("request.decided",)),
        WantedEndpoint("https://example.com/hook", Dialect.HITL, EVENTS[Dialect.HITL]),
    )


@pytest.mark.parametrize("named", ["T012ABCDEF", "E012ABCDEF", "E012ABCDEF/T012ABCDEF"])
def test_a_project_names_its_workspace(named: str) -> None:
    assert parse(f"workspace: {named}\n").wanted.workspace == named
    assert parse("project: acme\n").wanted.workspace is None


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("acme.slack.com", "write one such as T012ABCDEF"),
        ("t012abcdef", "write T012ABCDEF"),
        ("T012ABCDEF/E012ABCDEF", "write one such as T012ABCDEF"),
        ("U012ABCDEF", "write one such as T012ABCDEF"),
    ],
)
def test_what_is_no_workspace(named: str, said: str) -> None:
    with pytest.raises(DeskfileError, match=said):
        parse(f"workspace: {named}\n")


def test_an_account_may_be_of_another_workspace() -> None:
    found = only_sentinel("name: Zoé, slack: T012ABCDEF/U012ABCDEF, domains: [legal]")
    assert (found.slack_team, found.slack) == ("T012ABCDEF", "U012ABCDEF")


def test_one_user_id_in_two_workspaces_is_two_people_who_need_an_address_each() -> None:
    def people(first: str, second: str) -> str:
        return (
            f"sentinels:\n  - {{name: A, {first}slack: T012ABCDEF/U012ABCDEF, domains: [legal]}}\n"
            f"  - {{name: B, {second}slack: T034ABCDEF/U012ABCDEF, domains: [legal]}}\n"
        )

    both = parse(people("email: a@example.com, ", "email: b@example.com, "))
    assert [s.slack_team for s in both.wanted.sentinels] == ["T012ABCDEF", "T034ABCDEF"]
    with pytest.raises(DeskfileError, match="another Sentinel's already"):
        parse(people("", ""))


def test_an_anchor_may_save_words() -> None:
    wanted = parse("domains:\n  legal: &rules {risk: high}\n  finance: *rules\n").wanted
    assert wanted.domains["finance"].risk is Risk.HIGH


# What is refused, and how


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "riks: high",
            "2:11: domains.legal.riks: is no field here; did you mean `risk`?",
        ),
        (
            "colour: red",
            "2:11: domains.legal.colour: is no field here; there are channel, channel_shows, reasoning,"
            " risk, backups, expires_after, escalate_after, arbitrium",
        ),
        (
            "risk: hgih",
            "2:17: domains.legal.risk: `hgih` is not low, normal or high; did you mean `high`?",
        ),
        (
            "risk: {signature: hihg}",
            "2:29: domains.legal.risk.signature: `hihg` is not low, normal or high; did you mean `high`?",
        ),
        (
            "reasoning: requierd",
            "2:22: domains.legal.reasoning: `requierd` is not required or on_reject;"
            " did you mean `required`?",
        ),
        (
            "channel_shows: fact",
            "2:26: domains.legal.channel_shows: `fact` is not facts or content; did you mean `facts`?",
        ),
        ("backups: yes", "2:20: domains.legal.backups: `yes` is not may_decide or no"),
        (
            "expires_after: 48 hours",
            "2:26: domains.legal.expires_after: `48 hours` is no length of time; write 90s, 30m, 48h or 7d",
        ),
        (
            "escalate_after: 0h",
            "2:27: domains.legal.escalate_after: `0h` is no length of time; write 90s, 30m, 48h or 7d",
        ),
        ("expires_after: ", "2:25: domains.legal.expires_after: is empty; write a time such as 30m or 48h"),
        (
            "expires_after: [48h]",
            "2:26: domains.legal.expires_after: must be one value: a time such as 30m or 48h",
        ),
        (
            "arbitrium: x",
            "2:11: domains.legal.arbitrium: is not available yet; leave it out, and every request goes to"
            " a person",
        ),
        (
            'channel: "Legal Approvals"',
            "2:20: domains.legal.channel: `Legal Approvals` is no name of a channel;"
            ' write "#legal-approvals"',
        ),
        ("risk: low, risk: high", "2:22: domains.legal.risk: stands here twice, on line 2 already"),
    ],
)
def test_a_mistake_in_a_domain_is_told(rules: str, said: str) -> None:
    assert mistakes(f"domains:\n  legal: {{{rules}}}\n") == [f"desk.yml:{said}"]


def test_an_unquoted_channel_is_explained() -> None:
    assert mistakes("domains:\n  legal:\n    channel: #legal\n") == [
        'desk.yml:3:13: domains.legal.channel: is empty; a channel stands in quotes: "#approvals"'
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("email: a@example.com, domains: [legal]", "3:5: sentinels[1]: needs a `name`"),
        (
            "name: A, domains: [legal]",
            "3:5: sentinels[1]: needs an `email`, or a Slack user id as `slack`",
        ),
        (PERSON, '3:5: sentinels[1]: needs `domains`, such as [legal], or ["*"] for all'),
        (
            f"{PERSON}, domains: []",
            '3:61: sentinels[1].domains: must be a list such as [legal], or ["*"] for all',
        ),
        (
            f"{PERSON}, domains: legal",
            '3:61: sentinels[1].domains: must be a list such as [legal], or ["*"] for all',
        ),
        (
            f"{PERSON}, domains: [leagl]",
            "3:62: sentinels[1].domains[1]: `leagl` is not one of the domains above; did you mean `legal`?",
        ),
        (
            f"{PERSON}, domains: ['!']",
            "3:62: sentinels[1].domains[1]: `!` cannot name a domain; write up to 64 letters, digits, _ or -",
        ),
        (
            "name: A, email: marie.example.com, domains: [legal]",
            "3:22: sentinels[1].email: `marie.example.com` is no e-mail address;"
            " write one such as marie@example.com",
        ),
        (
            "name: A, slack: u012abcdef, domains: [legal]",
            "3:22: sentinels[1].slack: `u012abcdef` is no Slack user id; write U012ABCDEF",
        ),
        (
            "name: A, slack: marie, domains: [legal]",
            "3:22: sentinels[1].slack: `marie` is no Slack user id; write one such as U012ABCDEF",
        ),
        (
            f"{PERSON}, domains: [legal], tier: 0",
            "3:76: sentinels[1].tier: `0` is not a whole number from 1 to 99",
        ),
        (
            f"{PERSON}, domains: [legal], capacity: lots",
            "3:80: sentinels[1].capacity: `lots` is not a whole number from 1 to 100000",
        ),
        (
            f"{PERSON}, domains: [legal], languages: [french]",
            "3:82: sentinels[1].languages[1]: `french` is no code of a language;"
            " write one such as fr, en or fr-CA",
        ),
        (
            f"{PERSON}, domains: [legal], emial: x",
            "3:70: sentinels[1].emial: is no field here; did you mean `email`?",
        ),
        (
            '"name": "Marie\\nDupont", email: a@example.com, domains: [legal]',
            "3:14: sentinels[1].name: holds a character that cannot be seen",
        ),
    ],
)
def test_a_mistake_in_a_sentinel_is_told(fields: str, said: str) -> None:
    assert mistakes(with_sentinel(fields)) == [f"desk.yml:{said}"]


def test_two_sentinels_cannot_share_an_address() -> None:
    people = "name: A, email: a@example.com, domains: [x]", "name: B, email: A@Example.com, domains: [x]"
    assert mistakes("sentinels:\n" + "".join(f"  - {{{each}}}\n" for each in people)) == [
        "desk.yml:3:22: sentinels[2].email: `A@Example.com` is another Sentinel's already, on line 2"
    ]
    assert len(mistakes("sentinels: [" + ", ".join(f"{{{each}}}" for each in people) + "]")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: the file is empty; docs/desk-yml.md shows what belongs in it"),
        ("# nothing\n", "1:1: the file is empty; docs/desk-yml.md shows what belongs in it"),
        ("just words", "1:1: must hold fields, each as `name: value`"),
        ("project: My Team", "1:10: project: `My Team` is no name of a project; write my-team"),
        ("operatons: {}", "1:1: operatons: is no field here; did you mean `operations`?"),
        ("domains: [legal]", "1:10: domains: must hold fields, each as `name: value`"),
        ("domains: {légal: , Legal: }", "1:20: domains.Legal: is the same domain as on line 1"),
        ("sentinels: {name: A}", "1:12: sentinels: must be a list such as - name: Marie Dupont"),
        ("sentinels: [Marie]", "1:13: sentinels[1]: must hold fields, each as `name: value`"),
        (
            "intake: {humanchek: {}}",
            "1:10: intake.humanchek: is no field here; did you mean `humancheck`?",
        ),
        (
            "domains: {legal: }\nintake: {hitl: {domain: lgeal}}",
            "2:25: intake.hitl.domain: `lgeal` is not one of the domains above; did you mean `legal`?",
        ),
        (
            "webhooks: [{url: 'ftp://example.com', dialect: hitl}]",
            "1:18: webhooks[1].url: `ftp://example.com` is no address for webhooks;"
            " write one such as https://example.com/hook",
        ),
        ("webhooks: [{dialect: hitl}]", "1:12: webhooks[1]: needs `url`"),
        (
            "webhooks: [{url: 'https://e.com', dialect: humanaproval}]",
            "1:44: webhooks[1].dialect: `humanaproval` is not humanlayer, humanapproval, humancheck or hitl;"
            " did you mean `humanapproval`?",
        ),
        (
            "webhooks: [{url: 'https://e.com', dialect: humanapproval, events: [request.decide]}]",
            "1:68: webhooks[1].events[1]: `request.decide` is not request.decided or request.expired;"
            " did you mean `request.decided`?",
        ),
        (
            "webhooks: [{url: 'https://e.com', dialect: hitl}, {url: 'https://e.com', dialect: hitl}]",
            "1:51: webhooks[2]: https://e.com stands here twice for hitl",
        ),
        ("a: [b", "1:6: this is not YAML: while parsing a flow sequence expected ',' or ']', but got"),
        ("a: b: c", "1:5: this is not YAML: mapping values are not allowed here"),
        ("project: a\n---\nproject: b", "2:1: this is not YAML: expected a single document in the stream"),
        ("project: \0", "1:1: this is not YAML: "),
        ("project: &a [*a]", "1:10: the file holds too much, or is nested too deeply"),
        ("[" * 5000, "1:1: the file is nested too deeply"),
        ("#" * 300_000, "1:1: the file is larger than 256 KiB"),
    ],
)
def test_a_mistake_in_the_file_is_told(text: str, said: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(f"desk.yml:{said}")


def test_an_address_that_may_not_be_called_is_refused() -> None:
    text = "webhooks: [{url: 'http://10.0.0.1/hook', dialect: hitl}]"
    with pytest.raises(DeskfileError, match=r"1:18: webhooks\[1\].url: `http://10.0.0.1/hook` is private"):
        parse(text, refusal=lambda url: "is private")


def test_aliases_cannot_make_a_small_file_large() -> None:
    layers = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10))
    (found,) = mistakes(f"l0: &l0 [{', '.join('x' * 9)}]\n{layers}\n")
    assert "the file holds too much, or is nested too deeply" in found


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    found = mistakes("webhooks: [{}]\ndomains:\n  legal: {risk: hi}\nsentinels:\n  - {name: A}\nfoo: bar\n")
    assert [line.split(":")[1] for line in found] == ["1", "1", "3", "5", "5", "6"]


# What is allowed, but worth a word


def test_a_domain_that_is_not_configured_has_the_default_rules() -> None:
    text = with_sentinel(f"{PERSON}, domains: [legal, medical]")
    assert parse(text).wanted.sentinels[0].domains == {"legal", "medical"}
    assert notes(text) == [
        "desk.yml:3:69: sentinels[1].domains[2]: `medical` is not under `domains`,"
        " so the default rules hold for it"
    ]


def test_a_domain_without_anybody_is_noted() -> None:
    assert notes("domains:\n  legal: {risk: high}\n") == [
        "desk.yml:2:10: domains.legal: has no Sentinel: its requests will wait"
    ]


def test_an_escalation_to_nobody_is_noted() -> None:
    text = with_sentinel(f"{PERSON}, domains: [legal]", "domains: {legal: {escalate_after: 1h}}\n")
    (found,) = notes(text)
    assert "nobody stands in a higher tier" in found


def test_an_escalation_after_the_end_is_noted() -> None:
    (_, found) = notes("domains: {legal: {escalate_after: 2h, expires_after: 1h}}\n")
    assert "requests expire before they move up" in found


@pytest.mark.parametrize("place", ["EMEA", "Mars", "Nordics", "QB"])
def test_a_place_that_nobody_knows_is_noted(place: str) -> None:
    text = with_sentinel(f"{PERSON}, domains: [legal], jurisdictions: [{place}]")
    assert parse(text).wanted.sentinels[0].jurisdictions == (place,)
    (found,) = notes(text)
    assert "only the same words match it" in found


def test_a_note_on_a_place_names_the_nearest_right_word() -> None:
    (found,) = notes(with_sentinel(f"{PERSON}, domains: [legal], jurisdictions: [EMEA]"))
    assert found.endswith("the nearest that it knows is EEA")


@pytest.mark.parametrize(
    ("place", "meant"), [("Frnace", "France"), ("Quebeck", "Quebec"), ("Englnd", "England")]
)
def test_a_place_that_looks_mistyped_is_a_mistake(place: str, meant: str) -> None:
    for text in (
        with_sentinel(f"{PERSON}, domains: [legal], jurisdictions: [{place}]"),
        with_sentinel(f"{PERSON}, domains: [legal]", f"intake: {{hitl: {{jurisdiction: {place}}}}}\n"),
    ):
        with pytest.raises(DeskfileError) as refused:
            parse(text)
        (mistake,) = refused.value.mistakes
        assert mistake.text == f"`{place}` is no place that the desk knows; did you mean {meant}?"
        assert "jurisdiction" in mistake.field


# Anything at all


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found: Parsed | DeskfileError = parse(text)
    except DeskfileError as refused:
        found = refused
    assert isinstance(found, Parsed) or found.mistakes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Legal", "legal"),
        ("Données personnelles", "donnees-personnelles"),
        ("data_deletion", "data_deletion"),
        ("  Œuvres / d'art ", "oeuvres-d-art"),
        ("E\u0301nergie", "energie"),
        ("!!", None),
        ("", None),
        ("法律", None),
        ("x" * 65, None),
        ("x" * 100_000, None),
    ],
)
def test_a_slug_folds_case_accents_and_signs(text: str, found: str | None) -> None:
    assert slug(text) == found
