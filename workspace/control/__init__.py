"""The control API: what the page and test drivers use to look, to act as a person, and to break things."""
