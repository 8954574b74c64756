"""Authorisation codes: what a person consented to, waiting to be exchanged."""

from __future__ import annotations

from dataclasses import dataclass

CODE_SECONDS = 600
SIGN_IN = "sign_in"
INSTALL = "install"


@dataclass
class Consent:
    """What a code stands for; `purpose` is "install" or "sign_in", `scope` comma-separated.

    `whole`: the app is installed for the organisation of the team.
    """

    purpose: str
    user: str
    team: str
    scope: str
    redirect_uri: str
    born: float
    nonce: str = ""
    used: bool = False
    whole: bool = False
