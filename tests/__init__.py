"""The tests. A package, so that no `tests` from elsewhere on the path can stand in for it."""
