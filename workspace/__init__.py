"""A strict local Slack: slack_bolt and slack_sdk talk to it, people click in its page."""

from workspace.model import App, Channel, Shortcut, Team, User, Usergroup
from workspace.seed import Seed
from workspace.server import build
from workspace.space import Workspace

__all__ = ["App", "Channel", "Seed", "Shortcut", "Team", "User", "Usergroup", "Workspace", "build"]
