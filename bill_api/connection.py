"""Where BILL is and who we are."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bill_api.errors import SettingsError
from bill_api.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTION_URL = "https://api.bill.com/api/v2"
"""Documented (V2: api-request-format)."""

SANDBOX_URL = "https://api-stage.bill.com/api/v2"
"""Documented (V2: api-sandbox-sign-in)."""

CONNECTION_SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="username",
        kind="string",
        description="Login e-mail, or the name of an API token.",
        required=True,
    ),
    Setting(
        name="password",
        kind="string",
        description="Login password, or the value of an API token.",
        required=True,
        secret=True,
    ),
    Setting(
        name="organization_id",
        kind="string",
        description="The organization, 20 characters that begin with 008 (BILL: Settings, or ListOrgs).",
        required=True,
    ),
    Setting(
        name="developer_key",
        kind="string",
        description="Developer key of the same environment (sandbox and production have different ones).",
        required=True,
        secret=True,
    ),
    Setting(
        name="use_production_url",
        kind="boolean",
        description=f"true: production ({PRODUCTION_URL}); false: sandbox ({SANDBOX_URL}).",
        default=True,
    ),
    Setting(
        name="api_url",
        kind="string",
        description="Another base URL in place of both: bill-simulator, a proxy.",
    ),
    Setting(
        name="allow_plain_http",
        kind="boolean",
        description="Let `api_url` be http:// on another computer: passwords go there in the clear. For a "
        "bill-simulator in a container.",
        default=False,
    ),
    Setting(
        name="mfa_id",
        kind="string",
        description="Id of a remembered MFA device; makes the session trusted (bank accounts).",
        secret=True,
    ),
    Setting(
        name="device_id",
        kind="string",
        description="The device id that `mfa_id` was made with.",
    ),
    Setting(
        name="timeout_s",
        kind="integer",
        description="Longest time for a call, from connecting to the last byte of its answer, in seconds.",
        default=120,
        minimum=1,
        maximum=3600,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Everything that is needed to call BILL for one organization.

    Attributes:
        url: Base URL without a trailing slash.
        timeout_s: Longest time for a call, from connecting to the last byte of its answer, in seconds.
        allow_plain_http: `url` may be http:// on another computer.

    Raises:
        SettingsError: It is, and may not be.
    """

    url: str
    username: str
    password: str = field(repr=False)
    organization_id: str
    developer_key: str = field(repr=False)
    mfa_id: str | None = field(default=None, repr=False)
    device_id: str | None = None
    timeout_s: int = 120
    allow_plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse to send passwords in the clear."""
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (is_loopback(parts.hostname) or self.allow_plain_http):
            raise SettingsError(
                f"setting `api_url` is {self.url}: passwords would go to {parts.hostname} in the clear. Begin "
                "it with https://, or set `allow_plain_http` to true (for a simulator)"
            )

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> Connection:
        """Read the connection from checked settings.

        Raises:
            SettingsError: `api_url` is not an http(s) URL, or would have passwords sent in the clear; or
                `organization_id` cannot be one.
        """
        in_production = config.get("use_production_url") is not False
        url = (config.get("api_url") or "").strip() or (PRODUCTION_URL if in_production else SANDBOX_URL)
        if not _is_base_url(url):
            raise SettingsError(
                f"setting `api_url` must look like {SANDBOX_URL}: http(s), a host, a path, and no password in it"
            )
        organization = config["organization_id"].strip()
        if not (organization.startswith("008") and len(organization) == len("0" * 20)):
            raise SettingsError(
                f"setting `organization_id` is {organization!r}; allowed are 20 characters that begin with 008"
            )
        return cls(
            url=url.rstrip("/"),
            username=config["username"],
            password=config["password"],
            organization_id=organization,
            developer_key=config["developer_key"],
            mfa_id=config.get("mfa_id") or None,
            device_id=config.get("device_id") or None,
            timeout_s=config.get("timeout_s") or 120,
            allow_plain_http=bool(config.get("allow_plain_http")),
        )


def is_loopback(host: str | None) -> bool:
    """Whether this name or address is of this computer itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_base_url(url: str) -> bool:
    """Whether paths can be put behind this URL, and it carries no password."""
    try:
        parts = urlsplit(url)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and "?" not in url and "#" not in url
    return parts.scheme in {"http", "https"} and has_place and is_plain
