"""Every method that this workspace knows."""

from __future__ import annotations

from workspace.webapi import auth, chat, conversations, oauth, users, views
from workspace.webapi.method import Method

METHODS: dict[str, Method] = {
    method.name: method
    for family in (auth, chat, conversations, oauth, users, views)
    for method in family.METHODS
}
