"""The people of the strict seed: every kind of reader a card can meet."""

from __future__ import annotations

from workspace.model import Channel, Team, User, Usergroup

HOME = Team(id="T0ACME0001", name="Acme", domain="acme")
GRID = Team(
    id="T0NORDLYS1",
    name="Nordlys",
    domain="nordlys",
    enterprise_id="E0NORDLYS1",
    enterprise_name="Nordlys Group",
    paid=False,
)
CONNECTED = Team(id="T0RIVAGE01", name="Rivage", domain="rivage", installed=False)


def strict_users() -> tuple[User, ...]:
    """French and English readers in five time zones, a guest, a leaver and a stranger."""
    return (
        User("Claire Tremblay", "claire@acme.example", "U0CLAIRE01", HOME.id, "fr-CA", "America/Toronto"),
        User("Amir Haddad", "amir@acme.example", "U0AMIR0001", HOME.id, "en-GB", "Europe/London"),
        User("Camille Durand", "camille@acme.example", "U0CAMILLE1", HOME.id, "fr-FR", "Europe/Paris"),
        User("Kenji Mori", "kenji@acme.example", "U0KENJI001", HOME.id, "en-US", "Asia/Tokyo"),
        User(
            "Ada Owens",
            "ada@acme.example",
            "U0ADA00001",
            HOME.id,
            "en-US",
            tz="America/New_York",
            is_admin=True,
        ),
        User("Gus Guest", "gus@partner.example", "U0GUEST001", HOME.id, is_restricted=True),
        User("Lena Left", "lena@acme.example", "U0LEFT0001", HOME.id, deleted=True),
        User("Sol Stranger", "claire@acme.example", "U0STRANGE1", CONNECTED.id, is_stranger=True),
        User("Ingrid Dahl", "ingrid@nordlys.example", "W0INGRID01", GRID.id, "en-GB", "Europe/Oslo"),
    )


def strict_channels() -> tuple[Channel, ...]:
    """Public, private, archived, shared, and one the bot is not in."""
    everyone = ("U0CLAIRE01", "U0AMIR0001", "U0CAMILLE1", "U0KENJI001", "U0ADA00001")
    home = HOME.id
    return (
        Channel("general", "C0GENERAL1", home, members=everyone),
        Channel("legal-approvals", "C0LEGAL001", home, members=(*everyone[:3], "U0GUEST001")),
        Channel("board", "C0BOARD001", home, kind="group", members=("U0ADA00001",)),
        Channel("random", "C0RANDOM01", home, members=everyone, bot_is_member=False),
        Channel("old-project", "C0ARCHIVE1", home, members=everyone, is_archived=True),
        Channel("acme-rivage", "C0SHARED01", home, members=("U0AMIR0001", "U0STRANGE1"), is_ext_shared=True),
        Channel("general", "C0NORDGEN1", GRID.id, members=("W0INGRID01",)),
    )


def strict_groups() -> tuple[Usergroup, ...]:
    return (
        Usergroup("S0LEGAL001", "legal", "Legal counsel", HOME.id, ("U0CLAIRE01", "U0AMIR0001")),
        Usergroup("S0NORD0001", "nord", "Nordlys counsel", GRID.id, ("W0INGRID01",)),
    )
