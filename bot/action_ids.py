"""The names that Slack sends back to the desk, and nothing else holds them.

Cards live for weeks, so a name is an interface: it is never changed without keeping the old one alive.
"""

# Buttons on a card. Their value is the request's id and nothing more.
APPROVE = "approval.approve"
REJECT = "approval.reject"
MODIFY = "approval.modify"
ESCALATE = "approval.escalate"
ASK = "approval.ask"
DETAILS = "approval.details"

CARD_BUTTONS = (APPROVE, REJECT, MODIFY, ESCALATE, ASK, DETAILS)

# A line of a digest. It opens the request, as a card's Details does, but the message is no card.
DIGEST_OPEN = "digest.open"

# Leafing through a request that is too long for one view. Their value is the page's number.
PAGE_BACK = "approval.page.prev"
PAGE_ON = "approval.page.next"

# `callback_id` of the modals. A notice only tells something and has no way to answer.
DECIDE_MODAL = "approval.decide"
ESCALATE_MODAL = "approval.escalate"
ASK_MODAL = "approval.ask"
DETAILS_MODAL = "approval.details"
BULK_MODAL = "approval.bulk"
AWAY_MODAL = "home.away"
NOTICE_MODAL = "approval.notice"

# Inputs: the action_id, and the block_id of the same name.
REASONING = "reasoning"
MODIFIED_ACTION = "modified_action"
TARGET = "target"
QUESTION = "question"
ITEMS = "items"
AWAY_UNTIL = "away.until"
AWAY_DELEGATE = "away.delegate"

FIELD_PREFIX = "field."

# Blocks of a card.
HEADER_BLOCK = "approval.header"
FACTS_BLOCK = "approval.facts"
SUMMARY_BLOCK = "approval.summary"
CONTEXT_BLOCK = "approval.context"
ACTIONS_BLOCK = "approval.actions"

# App Home.
HOME_PREV = "home.page.prev"
HOME_NEXT = "home.page.next"
HOME_BULK = "home.bulk"
HOME_AWAY = "home.away"
HOME_BACK = "home.back"
HOME_LANGUAGE = "home.language"
HOME_OPEN = "home.open"

COMMAND = "/approvals"


def field(name: str) -> str:
    """The input of a template's field."""
    return FIELD_PREFIX + name


def of_request(block: str, request_id: str) -> str:
    """A block's id where several requests share one view."""
    return f"{block}:{request_id}"
