"""The address of BILL, and who we are."""

from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from bill_program.errors import SettingsError
from bill_program.settings import SECRET, Settings, WrongSetting, declared, text

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTION_URL = "https://api.bill.com/api/v2"
"""Documented (V2: api-request-format)."""

SANDBOX_URL = "https://api-stage.bill.com/api/v2"
"""Documented (V2: api-sandbox-sign-in)."""

ORGANIZATION_ID_LENGTH = 20


def _organization_id(given: str) -> str:
    stripped = given.strip()
    if not (stripped.startswith("008") and len(stripped) == ORGANIZATION_ID_LENGTH):
        raise ValueError
    return stripped


def _base_url(given: str) -> str:
    stripped = given.strip()
    if stripped and not _is_base_url(stripped):
        raise WrongSetting(f"must look like {SANDBOX_URL}: http(s), a host, a path, and no password in it")
    return stripped.rstrip("/")


OrganizationId = Annotated[str, text(_organization_id, "20 characters that begin with 008")]
BaseUrl = Annotated[str, text(_base_url, "a URL")]


class Connection(Settings, frozen=True, kw_only=True):
    """Everything that is needed to call BILL for one organization.

    Raises:
        SettingsError: Passwords would leave this computer in the clear, and may not.
    """

    username: Annotated[str, Meta(description="Login e-mail, or the name of an API token.")]
    password: Annotated[str, SECRET, Meta(description="Login password, or the value of an API token.")]
    organization_id: Annotated[
        OrganizationId,
        Meta(description="The organization, 20 characters that begin with 008 (BILL: Settings, or ListOrgs)."),
    ]
    developer_key: Annotated[
        str,
        SECRET,
        Meta(
            description="Developer key of the same environment (sandbox and production have different ones).",
        ),
    ]
    use_production_url: Annotated[
        bool, Meta(description=f"true: production ({PRODUCTION_URL}); false: sandbox ({SANDBOX_URL}).")
    ] = True
    api_url: Annotated[
        BaseUrl | None, Meta(description="Another base URL in place of both: bill-simulator, a proxy.")
    ] = None
    allow_plain_http: Annotated[
        bool,
        Meta(
            description="Let `api_url` be http:// on another computer: passwords go there in the clear. For a "
            "bill-simulator in a container."
        ),
    ] = False
    mfa_id: Annotated[
        str | None,
        SECRET,
        Meta(description="Id of a remembered MFA device; makes the session trusted (bank accounts)."),
    ] = None
    device_id: Annotated[str | None, Meta(description="The device id that `mfa_id` was made with.")] = None
    timeout_s: Annotated[
        int,
        Meta(
            description="Longest time for a call, from connecting to the last byte of its answer, in seconds.",
            ge=1,
            le=3600,
        ),
    ] = 120

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
        """Read the connection from settings.

        Raises:
            SettingsError: One line per wrong setting; or passwords would be sent in the clear.
        """
        return cls.of(config)

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return base_url(self.api_url, is_production=self.use_production_url)


def base_url(api_url: str | None, *, is_production: bool) -> str:
    """The address that counts, without a slash at its end: one that is given, in place of both of BILL's."""
    return api_url.rstrip("/") if api_url else (PRODUCTION_URL if is_production else SANDBOX_URL)


CONNECTION_SETTINGS = declared(Connection)

CONNECTION_VARIABLES: Mapping[str, str] = MappingProxyType(
    {each.name: f"BILL_{each.name.upper()}" for each in CONNECTION_SETTINGS}
)
"""The environment variable of each: `BILL_API_URL` for `api_url`."""


def is_loopback(host: str | None) -> bool:
    """True for a name or address of this computer itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_base_url(url: str) -> bool:
    """True for a URL that paths can be put behind, and that carries no password."""
    try:
        parts = urlsplit(url)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and "?" not in url and "#" not in url
    return parts.scheme in {"http", "https"} and has_place and is_plain
