"""Where Slack and the desk meet: one route over HTTP, or a socket; and the connections outwards."""

from __future__ import annotations

import aiohttp

NETWORK_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""What a call to Slack raises when there is no answer."""
