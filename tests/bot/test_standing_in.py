"""Standing in for somebody absent, as the people in Slack see it."""

from approvals.commands import SetAway
from approvals.model import ChannelShows, SentinelId
from bot import action_ids
from tests.bot.stage import ADA, AMIR, CAMILLE, CLAIRE, KENJI, LEGAL, Stage, amir, claire
from tests.builders import PROJECT, a_domain, a_wanted, hours
from workspace.driver import SubmitResult


async def leaves(stage: Stage, who: int, delegate: int) -> None:
    """Somebody is away, and somebody stands in."""
    until = stage.time() + hours(72)
    command = SetAway(PROJECT, SentinelId(who), until, SentinelId(delegate), "somebody")
    await stage.clockwork.set_away(command)


async def asks_to_leave(stage: Stage, user: str, delegate: int) -> SubmitResult:
    """Somebody goes away by the Home tab and names who stands in."""
    person = stage.person(user)
    await person.open_home()
    await person.click_in_home(action_ids.HOME_AWAY)
    day = (stage.time() + hours(72)).date().isoformat()
    return await person.submit({action_ids.AWAY_UNTIL: day, action_ids.AWAY_DELEGATE: str(delegate)})


async def test_the_card_the_outcome_and_the_thread_say_in_whose_place(stage: Stage) -> None:
    await stage.apply(claire(), amir(tier=2), domains=[a_domain(channel=LEGAL)])
    request = await stage.submit()
    await stage.card(CLAIRE)
    assert (await asks_to_leave(stage, CLAIRE, 2)).errors == {}

    card = await stage.card(AMIR)
    assert "It came to you because you stand in for Claire Tremblay." in card.all_text
    shared = await stage.card(AMIR, LEGAL, text="who stands in for")
    assert "With Amir Haddad, tier 2, who stands in for Claire Tremblay." in shared.all_text
    left = await stage.closed(CLAIRE, text="Amir Haddad")
    assert "Confiée à Amir Haddad, niveau 2, qui remplace Claire Tremblay." in left.all_text

    await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert "Approved by Amir Haddad for Claire Tremblay" in (await stage.closed(AMIR)).all_text
    told = "Approuvée par Amir Haddad pour Claire Tremblay"
    assert await stage.closed(CLAIRE, text=told)
    amir_ = stage.person(AMIR)
    entry = await amir_.wait_for(lambda m: m.thread_ts == shared.ts, where=LEGAL, text="Approved")
    assert "Approved by Amir Haddad for Claire Tremblay." in entry.all_text
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.by_name == "Amir Haddad"


async def test_in_french_too(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2))
    await web_stage.submit()
    assert (await asks_to_leave(web_stage, AMIR, 2)).errors == {}
    card = await web_stage.card(CLAIRE)
    assert "parce que vous remplacez Amir Haddad" in card.all_text
    opened = await web_stage.person(CLAIRE).click(card, action_ids.DETAILS)
    assert opened.modal is not None
    assert "Confiée à Claire Tremblay, qui remplace Amir Haddad" in opened.modal.all_text


async def test_a_backup_decides_for_nobody(web_stage: Stage) -> None:
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT, backups=True)
    kenji = a_wanted(3, name="Kenji Mori", email=KENJI)
    await web_stage.apply(claire(), amir(tier=2), kenji, domains=[domain])
    await leaves(web_stage, 1, 3)
    await leaves(web_stage, 3, 2)
    await web_stage.submit()
    card = await web_stage.card(KENJI, LEGAL)
    assert "who stands in for" in card.all_text
    await web_stage.person(KENJI).click(card, action_ids.APPROVE)
    assert "Approved by Kenji Mori," in (await web_stage.closed(KENJI, LEGAL)).all_text


async def test_standing_in_gives_no_right_and_it_is_said(stage: Stage) -> None:
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT)
    other = a_wanted(3, name="Kenji Mori", email=KENJI, tier=2)
    both = claire(domains=["legal", "finance"])
    await stage.apply(both, amir(domains=["finance"]), other, domains=[domain, a_domain("finance")])
    request = await stage.submit()
    assert (await asks_to_leave(stage, CLAIRE, 2)).errors == {}
    card = await stage.card(AMIR, LEGAL, text="With Kenji Mori")

    told = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert told.ephemeral is not None
    assert "legal is not one of your domains" in told.ephemeral.text
    assert "Who can decide it: Kenji Mori." in told.ephemeral.text
    assert (await stage.request(request.id)).assigned_to == 3


async def test_what_the_absent_may_not_decide_the_stand_in_may_not_either(stage: Stage) -> None:
    """That it was asked for by Claire is known only once Slack has said which account is hers."""
    await stage.apply(claire(), amir(tier=2))
    await leaves(stage, 1, 2)
    request = await stage.submit(requested_by=f"<@{stage.user_id(CLAIRE)}>")
    card = await stage.card(AMIR)
    await stage.person(CLAIRE).open_home()

    for button in (action_ids.APPROVE, action_ids.REJECT, action_ids.DETAILS):
        told = await stage.person(AMIR).click(card, button)
        assert told.modal is None
        assert told.ephemeral is not None
        assert "in the place of somebody who may not decide it, so neither may you" in told.ephemeral.text
    assert (await stage.request(request.id)).decision is None


async def test_a_circle_is_refused_beside_the_field(stage: Stage) -> None:
    await stage.apply(claire(), amir(), a_wanted(3, name="Kenji Mori", email=KENJI))
    await leaves(stage, 2, 3)
    await leaves(stage, 3, 1)
    refused = await asks_to_leave(stage, CLAIRE, 2)
    assert refused.errors == {
        action_ids.AWAY_DELEGATE: "Cette personne est absente et vous renverrait tout."
        " Choisissez quelqu’un de présent."
    }
    assert not (await stage.store.roster(PROJECT)).sentinels[SentinelId(1)].away(stage.time())


async def test_a_circle_is_refused_in_english_too(web_stage: Stage) -> None:
    await web_stage.apply(claire(), amir())
    await leaves(web_stage, 1, 2)
    refused = await asks_to_leave(web_stage, AMIR, 1)
    assert refused.errors == {
        action_ids.AWAY_DELEGATE: "This person is away and passes everything back to you."
        " Choose somebody who is here."
    }


async def test_nobody_stands_in_for_themselves(web_stage: Stage) -> None:
    gone = a_wanted(3, name="Kenji Mori", email=KENJI)
    await web_stage.apply(claire(), amir(), gone)
    await web_stage.apply(claire(), amir())
    await web_stage.person(AMIR).open_home()
    opened = await web_stage.person(AMIR).click_in_home(action_ids.HOME_AWAY)
    assert opened.modal is not None
    menu = opened.modal.control(action_ids.AWAY_DELEGATE)
    assert menu is not None
    assert [o["text"]["text"] for o in menu.raw["options"]] == ["Claire Tremblay"]


async def test_it_goes_on_three_people_far_and_no_farther(web_stage: Stage) -> None:
    names = {3: ("Kenji Mori", KENJI), 4: ("Camille Durand", CAMILLE), 5: ("Ada Owens", ADA)}
    others = [a_wanted(n, name=name, email=email, tier=n) for n, (name, email) in names.items()]
    await web_stage.apply(claire(), amir(tier=2), *others)
    for who in range(1, 5):
        await leaves(web_stage, who, who + 1)

    request = await web_stage.submit()

    # Claire's would be the fourth hop, Amir's is the third.
    card = await web_stage.card(ADA)
    assert "because you stand in for Amir Haddad." in card.all_text
    assert (await web_stage.request(request.id)).in_place_of == (2, 3, 4)
    await web_stage.person(ADA).click(card, action_ids.APPROVE)
    assert "Approved by Ada Owens for Amir Haddad" in (await web_stage.closed(ADA)).all_text


async def test_coming_back_ends_it(stage: Stage) -> None:
    await stage.apply(claire(), amir(tier=2))
    assert (await asks_to_leave(stage, CLAIRE, 2)).errors == {}
    first = await stage.submit()
    kept = await stage.card(AMIR)

    claire_ = stage.person(CLAIRE)
    await claire_.open_home()
    await claire_.click_in_home(action_ids.HOME_BACK)
    await claire_.wait_for_home(lambda view: view.control(action_ids.HOME_AWAY) is not None)
    await stage.submit()

    own = await stage.card(CLAIRE)
    assert "vous remplacez" not in own.all_text
    assert "qui remplace" not in own.all_text
    # What Amir has already stays with him, in her place.
    await stage.person(AMIR).click(kept, action_ids.APPROVE)
    assert "Approved by Amir Haddad for Claire Tremblay" in (await stage.closed(AMIR)).all_text
    assert (await stage.request(first.id)).outcome == "approved"


async def test_only_who_shares_a_domain_is_offered(web_stage: Stage) -> None:
    kenji = a_wanted(3, name="Kenji Mori", email=KENJI, domains=["finance"])
    await web_stage.apply(claire(), amir(tier=2), kenji, a_wanted(4, name="Ada Owens", domains=["*"]))
    person = web_stage.person(CLAIRE)
    await person.open_home()
    opened = await person.click_in_home(action_ids.HOME_AWAY)
    assert opened.modal is not None
    menu = opened.modal.control(action_ids.AWAY_DELEGATE)
    assert menu is not None
    assert "Amir Haddad" in str(menu)
    assert "Ada Owens" in str(menu)
    assert "Kenji Mori" not in str(menu)
