"""The people, keys and organizations that a simulator starts with: obviously fake, and public on purpose."""

from __future__ import annotations

USERNAME = "ap@simulator.test"
PASSWORD = "correct-horse-simulator"  # noqa: S105  the password of a simulator, documented
USER_ID = "00601SIMULATORUaaaa1"
DEVELOPER_KEY = "01SIMULATORDEVELOPERKEY"

ORGANIZATION_ID = "00801SIMULATORAaaaa1"
ORGANIZATION_NAME = "Simulated Books"
EMPTY_ORGANIZATION_ID = "00801SIMULATORBaaaa2"
EMPTY_ORGANIZATION_NAME = "Empty Books"

SEED_END = "2025-06-30T16:00:00Z"
"""Everything seeded was last touched before this instant, whatever the clock says: books repeat byte by byte."""


def connection(api_url: str, organization_id: str = ORGANIZATION_ID) -> dict[str, str]:
    """The settings of a connection to a simulator, by their variables."""
    return {
        "BILL_API_URL": api_url,
        "BILL_USERNAME": USERNAME,
        "BILL_PASSWORD": PASSWORD,
        "BILL_ORGANIZATION_ID": organization_id,
        "BILL_DEVELOPER_KEY": DEVELOPER_KEY,
    }
