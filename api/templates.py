"""Finding the template that a client names."""

from __future__ import annotations

import re

from api.ops import Call
from approvals.library import Template

_ID = re.compile(r"template_[0-9a-f]{32}")


async def find(call: Call, template_id: str) -> Template | None:
    """The project's template of that id; None where there is none, or where it is no id at all."""
    if not _ID.fullmatch(template_id):
        return None
    return await call.desk.library.template(call.key.project, template_id)
