"""The core: the life of an approval request, and who may move it.

Pure rules over frozen values. Nothing here knows HTTP, Slack, SQL or the wall
clock: the doors translate into commands, the store brings the time.
"""
