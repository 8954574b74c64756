"""The control API as one thing to mount."""

from __future__ import annotations

from aiohttp import web

from workspace.control.gestures import Gestures
from workspace.control.looking import Looking
from workspace.control.operating import Operating
from workspace.courier import Courier
from workspace.events import Events
from workspace.space import Workspace


class Control:
    """Looking, acting as a person, and operating the workspace."""

    def __init__(self, ws: Workspace, courier: Courier, events: Events) -> None:
        self._looking = Looking(ws)
        self._parts = (self._looking, Gestures(ws, courier, events), Operating(ws, courier, events))

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount everything under /control."""
        for part in self._parts:
            part.add_to(router)

    def shut(self) -> None:
        """End what would otherwise wait for ever."""
        self._looking.shut()
