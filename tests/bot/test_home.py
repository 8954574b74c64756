"""App Home and the command: the inbox, going away, coming back, approving several."""

from dataclasses import replace
from typing import Any

import pytest

from approvals.commands import Decide
from approvals.homes import WATCHED
from approvals.ids import new_id
from approvals.model import ChannelShows, Door, ProjectId, Risk, Roster, SentinelId, State, Verdict
from approvals.ports import Listing
from bot import action_ids, home
from bot.inbox import MOST_OTHERS, Inbox, Post
from bot.subject import Subject
from bot.validator import texts
from tests.bot.passing import Passing
from tests.bot.speaking import strict
from tests.bot.stage import AMIR, CLAIRE, KENJI, Stage, amir, another, claire
from tests.builders import (
    NOW,
    PROJECT,
    a_caller,
    a_domain,
    a_roster,
    a_sentinel,
    a_submit,
    a_wanted,
    assigned,
    hours,
    minutes,
    wanting,
)


def low(**facts: object) -> object:
    return a_domain(risk=Risk.LOW, **facts)


def drawn(roster: Roster, **facts: Any) -> str:
    """The words of a Home tab in English, as its first Sentinel sees it at NOW."""
    posts = (Post(roster, roster.sentinels[SentinelId(1)]),)
    inbox = Inbox(**{"posts": posts, "waiting": (), "recent": ()} | facts)
    return "\n".join(text["text"] for text in texts(home.home(inbox, {}, strict("en"), NOW)))


def test_whoever_is_away_is_not_told_that_new_requests_come() -> None:
    here, gone = a_sentinel(1), a_sentinel(1, away_until=NOW + hours(3))
    assert "New requests come to your messages." in drawn(a_roster(here))
    told = drawn(a_roster(gone))
    assert "Nothing waits for you." in told
    assert "New requests come" not in told


def test_a_lot_says_of_which_agent_and_domain_it_is() -> None:
    roster = a_roster(a_sentinel(1), domains=[a_domain(risk=Risk.LOW)])
    few = [assigned(number=n, id=new_id(NOW), risk=Risk.LOW, agent_id="demo") for n in range(1, 9)]
    assert "Approve 8 of demo in legal…" in drawn(roster, waiting=[Subject(r, roster) for r in few])


async def test_what_colleagues_have_beyond_what_is_shown_is_counted(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(), domains=[a_domain(backups=True)])
    for _ in range(25):
        await web_stage.submit()
    home_tab = await web_stage.person(CLAIRE).open_home()
    assert home_tab is not None
    mine = sum(r.assigned_to == 2 for r in await web_stage.store.listing(PROJECT, Listing(limit=50)))
    assert f"… et {25 - mine - MOST_OTHERS} autres." in home_tab.all_text


async def test_the_home_tab_lists_what_waits_by_deadline(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.submit(title="Later", summary="Later.", expires_at=stage.time() + hours(9))
    await stage.submit(title="Sooner", summary="Sooner.", expires_at=stage.time() + hours(1))
    await stage.submit(title="Between", summary="Between.", expires_at=stage.time() + hours(5))

    home = await stage.person(AMIR).open_home()

    assert home is not None
    assert "3 requests wait" in home.all_text
    assert home.all_text.index("*#2*") < home.all_text.index("*#3*") < home.all_text.index("*#1*")
    assert home.all_text.index("*#2*") < home.all_text.index("🤖 Sooner") < home.all_text.index("*#1*")


async def test_a_request_is_opened_and_decided_from_the_home_tab(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.open_home()

    opened = await person.click_in_home(action_ids.HOME_OPEN)
    assert opened.modal is not None
    assert "Send the contract" in opened.modal.all_text
    pushed = await person.click_in_modal(action_ids.APPROVE)
    assert pushed.modal is not None
    assert pushed.modal.callback_id == action_ids.DECIDE_MODAL
    done = await person.submit({})

    assert await person.modal() is None
    assert done.errors == {}
    assert (await stage.request(request.id)).outcome == "approved"
    # The words may show before the list is drawn anew: both have to come to hold.
    await person.wait_for_home(
        lambda view: "Approved" in view.all_text and view.control(action_ids.HOME_OPEN) is None
    )


async def test_an_open_home_tab_follows_what_happens(stage: Stage) -> None:
    await stage.apply(amir())
    person = stage.person(AMIR)
    await person.open_home()
    request = await stage.submit()
    await person.wait_for_home(lambda view: "1 request waits" in view.all_text)
    await stage.approvals.decide(Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API))
    await person.wait_for_home(lambda view: "Nothing waits for you" in view.all_text)


async def test_the_home_tab_has_pages(stage: Stage) -> None:
    await stage.apply(amir())
    for number in range(23):
        await stage.submit(title=f"Number {number}")
    person = stage.person(AMIR)
    home = await person.open_home()
    assert home is not None
    assert len([b for b in home.buttons if b.action_id == action_ids.HOME_OPEN]) == 20

    await person.click_in_home(action_ids.HOME_NEXT)
    second = await person.wait_for_home(lambda view: view.control(action_ids.HOME_PREV) is not None)
    assert len([b for b in second.buttons if b.action_id == action_ids.HOME_OPEN]) == 3

    await person.click_in_home(action_ids.HOME_PREV)
    first = await person.wait_for_home(lambda view: view.control(action_ids.HOME_PREV) is None)
    assert len([b for b in first.buttons if b.action_id == action_ids.HOME_OPEN]) == 20


async def test_what_happens_meanwhile_turns_no_page(stage: Stage) -> None:
    await stage.apply(amir())
    for number in range(22):
        await stage.submit(title=f"Number {number}")
    person = stage.person(AMIR)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_NEXT)
    await person.wait_for_home(lambda view: view.control(action_ids.HOME_PREV) is not None)

    await stage.submit(title="One more")

    told = await person.wait_for_home(lambda view: "23 requests wait" in view.all_text)
    assert told.control(action_ids.HOME_PREV) is not None
    await person.open_home()
    await person.wait_for_home(lambda view: view.control(action_ids.HOME_PREV) is None)


async def test_another_process_keeps_the_page_true(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    for number in range(22):
        await web_stage.submit(title=f"Number {number}")
    await Passing(web_stage).drain(minutes(2))
    person = web_stage.person(AMIR)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_NEXT)
    await person.wait_for_home(lambda view: view.control(action_ids.HOME_PREV) is not None)

    async with another(web_stage) as pump:
        await web_stage.pump.stop()
        web_stage.pump = pump
        web_stage.time.pass_(minutes(2))
        await web_stage.submit(title="One more")
        told = await person.wait_for_home(lambda view: "23 requests wait" in view.all_text)

    assert told.control(action_ids.HOME_PREV) is not None


async def test_a_home_that_was_opened_long_ago_is_left_alone(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await web_stage.person(AMIR).open_home()
    web_stage.time.pass_(WATCHED)
    await web_stage.submit()
    await web_stage.card(AMIR)
    await Passing(web_stage).settle()
    assert len(await web_stage.calls("views.publish")) == 1


async def test_a_backup_is_told_on_the_home_tab_and_never_pinged(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(), domains=[a_domain(backups=True)])
    request = await web_stage.submit()
    await web_stage.card(AMIR)
    claire_ = web_stage.person(CLAIRE)

    home = await claire_.open_home()

    assert home is not None
    assert "à décider en renfort" in home.all_text
    assert await claire_.messages("dm") == []
    opened = await claire_.click_in_home(action_ids.HOME_OPEN)
    assert opened.modal is not None
    await claire_.click_in_modal(action_ids.APPROVE)
    await claire_.submit({})
    assert (await web_stage.request(request.id)).outcome == "approved"


async def test_looking_for_ones_projects_is_no_attempt_on_the_others(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.apply(amir())
    await stage.clockwork.apply(wanting(claire(), project=ProjectId("elsewhere")))
    home = await stage.person(AMIR).open_home()
    assert home is not None
    assert "not linked" not in home.all_text
    assert "refused somebody" not in caplog.text


async def test_somebody_who_is_no_sentinel_is_told_how_to_become_one(stage: Stage) -> None:
    await stage.apply(amir())
    home = await stage.person(KENJI).open_home()
    assert home is not None
    assert "not linked" in home.all_text
    assert home.buttons == []


async def test_going_away_passes_what_is_open_on(stage: Stage) -> None:
    await stage.apply(amir(), claire())
    request = await stage.submit()
    assert request.assigned_to == 1
    person = stage.person(AMIR)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_AWAY)
    day = (stage.time() + hours(72)).date().isoformat()

    done = await person.submit({action_ids.AWAY_UNTIL: day})

    assert done.errors == {}
    assert await stage.card(CLAIRE)
    assert (await stage.request(request.id)).assigned_to == 2
    home = await person.wait_for_home(lambda view: "You are away." in view.all_text)
    assert home.control(action_ids.HOME_BACK) is not None

    await person.click_in_home(action_ids.HOME_BACK)
    await person.wait_for_home(lambda view: view.control(action_ids.HOME_AWAY) is not None)
    roster = await stage.store.roster(PROJECT)
    assert not any(s.away(stage.time()) for s in roster.sentinels.values())


async def test_a_day_that_is_over_is_refused_beside_the_field(stage: Stage) -> None:
    await stage.apply(amir())
    person = stage.person(AMIR)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_AWAY)
    refused = await person.submit({action_ids.AWAY_UNTIL: "2020-01-01"})
    assert list(refused.errors) == [action_ids.AWAY_UNTIL]


async def test_a_stand_in_is_chosen(stage: Stage) -> None:
    await stage.apply(claire(), amir(tier=2))
    request = await stage.submit()
    person = stage.person(CLAIRE)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_AWAY)
    day = (stage.time() + hours(72)).date().isoformat()
    await person.submit({action_ids.AWAY_UNTIL: day, action_ids.AWAY_DELEGATE: "2"})
    assert (await stage.request(request.id)).assigned_to == 2


async def test_several_of_low_risk_are_approved_together(stage: Stage) -> None:
    await stage.apply(amir(), domains=[low()])
    requests = [await stage.submit(title=f"Small {n}", summary=f"Small thing {n}.") for n in range(3)]
    person = stage.person(AMIR)
    await person.open_home()

    opened = await person.click_in_home(action_ids.HOME_BULK)
    assert opened.modal is not None
    assert "Small thing 2." in opened.modal.all_text
    await stage.approvals.decide(
        Decide(PROJECT, requests[0].id, SentinelId(1), Verdict.REJECTED, Door.API, reasoning="No.")
    )
    done = await person.submit({action_ids.ITEMS: [r.id for r in requests[:2]]})

    assert done.view is not None
    assert "#2: approved" in done.view.all_text
    outcomes = [(await stage.request(r.id)).outcome for r in requests]
    assert outcomes == ["rejected", "approved", None]


async def test_high_risk_is_never_approved_with_others(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(risk=Risk.HIGH)])
    for _ in range(3):
        await stage.submit()
    home = await stage.person(AMIR).open_home()
    assert home is not None
    assert home.control(action_ids.HOME_BULK) is None


async def test_the_command_lists_and_shows(stage: Stage) -> None:
    await stage.apply(amir())
    person = stage.person(AMIR)
    assert "Nothing waits" in (await person.command("/approvals")).ephemeral.text  # type: ignore[union-attr]
    request = await stage.submit()

    listed = await person.command("/approvals list")
    assert listed.ephemeral is not None
    assert "*#1*" in listed.ephemeral.text
    shown = await person.command("/approvals show 1")
    assert shown.modal is not None
    assert "Send the contract" in shown.modal.all_text
    await person.close_modal()
    by_id = await person.command(f"/approvals show {request.id}")
    assert by_id.modal is not None
    await person.close_modal()
    gone = await person.command("/approvals show 99")
    assert gone.ephemeral is not None
    assert "gone" in gone.ephemeral.text


async def test_the_command_goes_away_and_comes_back(stage: Stage) -> None:
    await stage.apply(amir())
    person = stage.person(AMIR)
    for line, told in [
        ("/approvals away", "Until when?"),
        ("/approvals away yesterday", "Until when?"),
        ("/approvals away 2020-01-01", "Until when?"),
        ("/approvals away 3d", "You are away."),
        ("/approvals back", "Welcome back"),
        ("/approvals dance", "/approvals list"),
        ("/approvals help", "/approvals away"),
    ]:
        answer = await person.command(line)
        assert answer.ephemeral is not None, line
        assert told in answer.ephemeral.text, line


async def test_the_command_shows_nothing_to_whoever_may_not_decide(stage: Stage) -> None:
    domain = a_domain(channel_shows=ChannelShows.FACTS)
    await stage.apply(amir(), claire(domains=["finance"]), domains=[domain])
    request = await stage.submit()
    answer = await stage.person(CLAIRE).command(f"/approvals show {request.id}")
    assert answer.modal is None
    assert answer.ephemeral is not None
    assert "legal" in answer.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def told(stage: Stage, user: str, line: str) -> str:
    """What somebody reads who typed this: a view, or words that only they see."""
    answer = await stage.person(user).command(line)
    said = answer.modal or answer.ephemeral
    assert said is not None
    if answer.modal:
        await stage.person(user).close_modal()
    return said.all_text


async def test_a_backup_is_shown_what_a_colleague_has(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(languages=("en",)), domains=[a_domain(backups=True)])
    request = await web_stage.submit()
    assert request.assigned_to == SentinelId(1)
    assert request.summary in await told(web_stage, CLAIRE, "/approvals show 1")


async def test_whoever_asks_for_a_number_of_their_field_hears_the_true_reason(web_stage: Stage) -> None:
    stage = web_stage
    kenji = a_wanted(3, name="Kenji Mori", email=KENJI, domains=["finance"])
    await stage.apply(amir(), claire(languages=("en",)), kenji)
    request = await stage.submit()
    passed = await told(stage, CLAIRE, "/approvals show #1")
    assert "assigned to somebody else. Who can decide it: Amir Haddad." in passed
    assert request.summary not in passed
    await stage.approvals.decide(Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API))
    over = await told(stage, CLAIRE, "/approvals show 1")
    assert "Approved by Amir Haddad" in over
    assert request.summary not in over
    # Whose field it is not does not hear that there is one.
    assert "gone" in await told(stage, KENJI, "/approvals show 1")


async def test_what_one_has_decided_is_shown_again(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir())
    request = await stage.submit()
    approved = Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API, "By telephone.")
    await stage.approvals.decide(approved)
    await stage.apply(amir(domains=["finance"]))
    shown = await told(stage, AMIR, "/approvals show 1")
    assert request.summary in shown
    assert "Approved by Amir Haddad" in shown
    assert "By telephone." in shown


async def test_a_number_that_several_projects_have_is_asked_for_by_its_id(web_stage: Stage) -> None:
    stage = web_stage
    elsewhere = ProjectId("elsewhere")
    for project in (PROJECT, elsewhere):
        await stage.clockwork.apply(replace(wanting(amir()), project=project))
        await stage.approvals.submit(a_submit(caller=a_caller(project=project)))
    assert "Several of your projects have a request 1." in await told(stage, AMIR, "/approvals show 1")


async def test_what_waited_comes_when_somebody_is_back(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.person(AMIR).command("/approvals away 3d")
    request = await stage.submit()
    assert request.state is State.PENDING
    await stage.person(AMIR).command("/approvals back")
    assert await stage.card(AMIR)


async def test_a_language_is_chosen_and_stays(stage: Stage) -> None:
    await stage.apply(amir(languages=("en",)))
    person = stage.person(AMIR)
    home = await person.open_home()
    assert home is not None
    assert "What waits for you" in home.all_text

    await person.click_in_home(action_ids.HOME_LANGUAGE, value="fr")
    await person.wait_for_home(lambda view: "Ce qui vous attend" in view.all_text)
    await stage.submit()
    assert "Approuver" in (await stage.card(AMIR)).all_text
    await stage.apply(amir(languages=("en",), tier=2))
    assert (await stage.store.roster(PROJECT)).sentinels[SentinelId(1)].locale == "fr"

    await person.click_in_home(action_ids.HOME_LANGUAGE, value="auto")
    await person.wait_for_home(lambda view: "What waits for you" in view.all_text)


async def test_open_cards_are_drawn_anew_in_the_language_that_was_chosen(stage: Stage) -> None:
    await stage.apply(amir(languages=("en",)))
    requests = [await stage.submit(), await stage.submit()]
    await stage.cards(AMIR, 2)
    person = stage.person(AMIR)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_LANGUAGE, value="fr")

    async def outdated() -> bool | None:
        cards = [card for r in requests for card in await stage.store.cards.cards(r.id)]
        return True if all(card.shown_version == 0 for card in cards) else None

    await stage.after_commits(outdated)
    assert await stage.reconciler.sweep() == 2

    async def french() -> bool:
        return all("Approuver" in card.all_text for card in await stage.cards(AMIR, 2))

    await person.wait_until(french)
    # They are the same cards, and decide as before.
    await person.click((await stage.cards(AMIR, 2))[0], action_ids.APPROVE)
    assert (await stage.request(requests[0].id)).outcome == "approved"
    assert len(await person.messages("dm")) == 2
