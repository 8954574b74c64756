"""Block Kit, as strict as Slack: what a message or a view may hold."""
