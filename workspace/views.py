"""Open modals, their stacks, and each person's App Home."""

from __future__ import annotations

from dataclasses import dataclass, field

from workspace.blockkit.normal import normal
from workspace.form import initial_values
from workspace.ids import Ids
from workspace.refusal import Refused
from workspace.wire import Json

STACK = 3


@dataclass
class View:
    """A modal or home view on one person's screen; `body` is what the app gave, made whole.

    `user_team` is the viewer's own workspace, `team` the one where the app is installed.
    """

    id: str
    team: str
    user: str
    user_team: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    values: Json = field(default_factory=dict)
    suggested: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        return str(self.body.get("external_id") or "")


class Views:
    """Every view that is on a screen."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.open: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[tuple[str, str], View] = {}

    def make(self, team: str, user: str, user_team: str, body: Json, now: float) -> View:
        """A view not yet shown; refuses an external_id that the team already uses."""
        self._claim(team, str(body.get("external_id") or ""), None)
        view_id = self._ids.upper("V")
        view = View(view_id, team, user, user_team, self._whole(body), self.new_hash(now), view_id)
        view.values = initial_values(view.body["blocks"])
        return view

    def show(self, view: View) -> None:
        """Open a modal: it takes the place of whatever modal the person had open."""
        self.clear(view.user)
        self._put_on_top(view)

    def push(self, view: View) -> None:
        """Stack a modal on the open one; Refused `push_limit_reached` above three."""
        stack = self.stacks.get(view.user, [])
        if not stack:
            raise Refused("not_found")
        if len(stack) >= STACK:
            raise Refused("push_limit_reached")
        view.root, view.previous = self.open[stack[0]].id, stack[-1]
        self._put_on_top(view)

    def restore(self, stack: list[View]) -> None:
        """Put a person's remembered modals back, bottom first."""
        for view in stack:
            self._put_on_top(view)

    def replace(self, view: View, body: Json, now: float) -> None:
        """New content in place; what was entered under the same ids stays."""
        self._claim(view.team, str(body.get("external_id") or ""), view.id)
        view.body = self._whole(body)
        view.values = initial_values(view.body["blocks"], view.values)
        view.hash = self.new_hash(now)

    def publish(self, home: View) -> None:
        """Keep a person's first home view; later ones go through `replace`."""
        self.homes[home.team, home.user] = home
        self.open[home.id] = home

    def top(self, user: str) -> View | None:
        """The modal a person looks at."""
        stack = self.stacks.get(user)
        return self.open[stack[-1]] if stack else None

    def pop(self, user: str) -> View | None:
        """Take the top modal away."""
        stack = self.stacks.get(user)
        return self.open.pop(stack.pop()) if stack else None

    def clear(self, user: str) -> list[View]:
        """Take all modals away, top first."""
        taken: list[View] = []
        while view := self.pop(user):
            taken.append(view)
        return taken

    def find(self, team: str, view_id: str | None, external_id: str | None) -> View:
        """An open view of the team by id or external id; Refused `not_found`."""
        for view in self.open.values():
            if view.team == team and (
                view.id == view_id or (external_id and view.external_id == external_id)
            ):
                return view
        raise Refused("not_found")

    def new_hash(self, now: float) -> str:
        return f"{int(now)}.{self._ids.secret(length=8)}"

    def _put_on_top(self, view: View) -> None:
        self.open[view.id] = view
        self.stacks.setdefault(view.user, []).append(view.id)

    def _claim(self, team: str, external_id: str, owner: str | None) -> None:
        for view in self.open.values():
            if external_id and view.external_id == external_id and view.team == team and view.id != owner:
                raise Refused("duplicate_external_id")

    def _whole(self, body: Json) -> Json:
        return body | {"blocks": normal(body.get("blocks") or [], self._ids)}
