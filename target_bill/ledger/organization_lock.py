"""One run at a time for each organization on a machine, whatever its ledger: two would create everything twice."""

from __future__ import annotations

import logging
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock
from platformdirs import user_state_path

from bill_api.connection import is_loopback
from bill_program.start import DISTRIBUTION
from target_bill.files import PRIVATE, PRIVATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_bill.ledger.waiting import Wait

log = logging.getLogger(__name__)

WHY = "Two at a time could create the same objects twice, whatever their ledgers"


class OrganizationLock:
    """Held by the run that writes to an organization.

    It lies in the user's folder for states, or else in the one for temporary files; runs of other users, and on other
    machines, do not see it.

    Args:
        url: BILL's address; sandbox and production share no organizations.
        organization_id: The organization.
        is_needed: Whether anything is written.
        wait: Waits for another run that has it.

    Raises:
        TakenError: Another run has it.
    """

    def __init__(self, url: str, organization_id: str, *, is_needed: bool, wait: Wait) -> None:
        self._lock: FileLock | None = None
        if not is_needed:
            return
        host = _host(url)
        held = f"another target-bill on this computer is writing to the organization {organization_id} on {host}"
        for folder in _folders():
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
                lock = FileLock(folder / f"{host}-{organization_id}.lock", mode=PRIVATE)
                wait.take(lock, lambda: held, WHY)
            except OSError as error:
                log.warning("No lock for the organization can be kept in %s: %s", folder, error)
            else:
                self._lock = lock
                return

    def release(self) -> None:
        """Let the next run begin."""
        if self._lock is not None:
            self._lock.release()


def _host(url: str) -> str:
    """The host and port of an address as part of a file's name; this computer has one name only."""
    parts = urlsplit(url)
    name = "loopback" if is_loopback(parts.hostname) else parts.hostname or ""
    return re.sub(r"[^\w.-]", "_", f"{name}:{parts.port}" if parts.port else name)


def _folders() -> Iterator[Path]:
    yield user_state_path(DISTRIBUTION) / "locks"
    yield Path(tempfile.gettempdir()) / f"{DISTRIBUTION}-locks"
