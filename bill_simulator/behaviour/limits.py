"""Limits of what BILL takes at once and per hour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.given import as_given, check_known

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 10**12


@dataclass(slots=True)
class SimulatorLimits:
    """Every number that a test may want smaller.

    Attributes:
        concurrent: Calls at once per developer key and organization (documented: api-rate-limits).
        requests_per_hour: Calls per developer key and clock hour (documented: api-rate-limits).
        logins_per_hour: Login and ListOrgs calls per developer key and clock hour (documented: api-rate-limits).
        session_idle_s: A session dies after 35 idle minutes (documented: api-login-best-practices).
        bulk_objects: Objects in one bulk call (documented: bulkcreatevendor).
        list_rows: Rows in one List page (documented: search-ops-with-lists). With fewer, pages are cut below what is
            asked for, unless the switch `list_over_limit` refuses that.
        mfa_code_s: Life of a texted code (that it expires was seen in clients; how soon is unknown).
        mfa_attempts: Wrong codes in one session before BDC_1358 (seen in clients; how many is unknown).
        attachment_bytes: An attachment must be smaller (documented: UploadAttachment; v3 says 6 MB for bills). Above
            32 MB every file is too large here.
        attachment_ready_s: From the upload until the pages of an attachment are there (v3: a few minutes).
        attachments_kept_bytes: All attachments that a simulator keeps, in memory (ours): one more is BDC_1001.
        latency_ms: Time that every call of the API takes before it does anything. Real time.
        write_latency_ms: Time that a create, update, delete or undelete takes on top.
    """

    concurrent: int = 3
    requests_per_hour: int = 20_000
    logins_per_hour: int = 200
    session_idle_s: int = 35 * 60
    bulk_objects: int = 100
    list_rows: int = 999
    mfa_code_s: int = 10 * 60
    mfa_attempts: int = 5
    attachment_bytes: int = 20_000_000
    attachment_ready_s: int = 0
    attachments_kept_bytes: int = 200_000_000
    latency_ms: int = 0
    write_latency_ms: int = 0

    def set(self, values: Mapping[str, int]) -> None:
        """Change limits, all of them or none; ValueError says what is wrong."""
        check_known(values, [each.name for each in fields(self)], "limit")
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
                message = f"limit {name} must be a whole number from 0 to {LARGEST:,}, not {as_given(value)}"
                raise ValueError(message)
        for name, value in values.items():
            setattr(self, name, value)

    def described(self) -> list[dict[str, Any]]:
        """Every limit with its value and its default."""
        standard = SimulatorLimits()
        return [
            {"name": each.name, "value": getattr(self, each.name), "default": getattr(standard, each.name)}
            for each in fields(self)
        ]
