"""A call as a line for the shell."""

from __future__ import annotations

import json

from api.docs.prose import Example


def line(method: str, example: Example) -> str:
    """The call with `$DESK` for the desk's address and `$KEY` for a key."""
    verb = "" if method == "GET" else f"-X {method} "
    parts = [f'curl {verb}"$DESK{example.address}"', '-H "x-api-key: $KEY"']
    if example.request is not None:
        body = json.dumps(example.request, indent=2, ensure_ascii=False).replace("'", "'\\''")
        parts += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(parts)
