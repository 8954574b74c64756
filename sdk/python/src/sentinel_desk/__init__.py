"""Ask a person before your agent acts: the Python client of Sentinel Desk."""

from sentinel_desk.aio import AsyncClient, AsyncRequest, AsyncRequests
from sentinel_desk.approval import requires_approval
from sentinel_desk.client import Client, Request, Requests
from sentinel_desk.errors import (
    APIError,
    ArgumentsChanged,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    DeskFailure,
    Expired,
    InvalidRequest,
    NotApproved,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
    Rejected,
    SentinelDeskError,
    SignatureInvalid,
    UnreadableMessage,
    WaitTimeout,
)
from sentinel_desk.models import Decision, Page, Question, Status
from sentinel_desk.retries import Retries
from sentinel_desk.version import __version__
from sentinel_desk.webhooks import Event, check_signature, verify

__all__ = [
    "APIError",
    "ArgumentsChanged",
    "AsyncClient",
    "AsyncRequest",
    "AsyncRequests",
    "Client",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "Decision",
    "DeskFailure",
    "Event",
    "Expired",
    "InvalidRequest",
    "NotApproved",
    "NotAuthenticated",
    "NotFound",
    "NotPermitted",
    "Page",
    "Question",
    "RateLimited",
    "Rejected",
    "Request",
    "Requests",
    "Retries",
    "SentinelDeskError",
    "SignatureInvalid",
    "Status",
    "UnreadableMessage",
    "WaitTimeout",
    "__version__",
    "check_signature",
    "requires_approval",
    "verify",
]
