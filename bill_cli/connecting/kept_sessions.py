"""Sessions kept between calls of `bill`, a file for each identity, so that a hundred calls cost one login.

A session id is as good as a password while it lives: the file is its owner's alone (0600, in a folder of 0700). What is
not exactly so is not used, and what cannot be kept costs a login: nothing here is ever an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import stat
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from bill_api.answers.rows import is_id
from bill_program.whole_files import OTHERS, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bill_api.connection import Connection

log = logging.getLogger(__name__)

IDLE_MAX_S = 35 * 60
"""Documented: a session dies after 35 idle minutes (V2: api-login-best-practices)."""

VERSION = 2
WRITERS = 0o022
SIZE_MAX_BYTES = 4096

COST = {"n": 1 << 14, "r": 8, "p": 1}
"""Of the hash in a file's name, which a password goes into: 50 ms and 16 MiB for each guess (measured)."""

NAME_BYTES = 20


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as its file has it.

    Attributes:
        session_id: A secret.
        begun: When we logged in.
    """

    session_id: str = field(repr=False)
    begun: datetime


class SessionFile:
    """The kept session of one identity.

    Args:
        connection: Who we are; a change of address, organization or anything that signs in is another identity.
        is_fresh: Log in anew, whatever is kept; the new session is kept for the next call.
        now_s: Seconds since the epoch.
    """

    def __init__(
        self, connection: Connection, *, is_fresh: bool = False, now_s: Callable[[], float] = time.time
    ) -> None:
        self._is_fresh = is_fresh
        self._now_s = now_s
        self._path = _path_of(connection)

    def kept(self) -> str | None:
        """The id of a session that may still live; None if there is none."""
        found = None if self._is_fresh else self.found()
        return found.session_id if found else None

    def found(self) -> KeptSession | None:
        """The kept session, if it is ours and not too old."""
        if self._path is None:
            return None
        try:
            return self._read(self._path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
            log.info("The kept session is not used: %s", type(error).__name__)
            return None

    def keep(self, session_id: str) -> None:
        """Keep a session that has just begun, in place of an earlier one."""
        if self._path is None:
            return
        said = {
            "version": VERSION,
            "identity": self._path.stem,  # a copy under another name is another organization's
            "session_id": session_id,
            "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            _make_folder(self._path.parent)
            _sweep(self._path.parent, self._now_s() - IDLE_MAX_S)
            write_whole(self._path, [json.dumps(said)])
        except (OSError, ValueError) as error:
            log.info("The session is not kept: %s", type(error).__name__)

    def used(self, session_id: str) -> None:  # noqa: ARG002  another process' session of this identity is as good
        """A call goes out in this session: its idle time begins anew."""
        if self._path is not None:
            with contextlib.suppress(OSError, NotImplementedError):
                os.utime(self._path, follow_symlinks=False)

    def drop(self, session_id: str) -> None:
        """BILL says that this session is over; one that another process has begun meanwhile stays."""
        found = self.found()
        if self._path is not None and (found is None or found.session_id == session_id):
            try:
                self._path.unlink()
            except OSError:  # in a folder that cannot be written the file itself may be: it says nothing then
                with contextlib.suppress(OSError):
                    os.truncate(self._path, 0)

    def _read(self, path: Path) -> KeptSession | None:
        """The content of a file that is only ours.

        Raises:
            OSError, ValueError, KeyError, TypeError: It is none of ours.
        """
        _check_folder(path.parent)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & OTHERS:
                raise PermissionError
            if not 0 <= self._now_s() - state.st_mtime + 1 < IDLE_MAX_S:  # clocks of files are a tick behind
                return None
            said = json.loads(file.read(SIZE_MAX_BYTES))
        if (said["version"], said["identity"]) != (VERSION, path.stem) or not is_id(said["session_id"]):
            raise ValueError
        return KeptSession(said["session_id"], datetime.fromisoformat(said["begun"]).astimezone(UTC))


def _path_of(connection: Connection) -> Path | None:
    """The file of an identity; None where there is no place for one."""
    try:
        folder = user_state_path("bill") / "sessions"
        secrets = [connection.developer_key, connection.password, connection.mfa_id, connection.device_id]
        who = [connection.url, connection.username, connection.organization_id]
        name = hashlib.scrypt(
            json.dumps(secrets).encode(),
            salt=hashlib.sha256(json.dumps(who).encode()).digest(),
            dklen=NAME_BYTES,
            **COST,
        ).hex()
    except (OSError, RuntimeError, ValueError, AttributeError) as error:  # no home, or a Python without scrypt
        log.info("No session is kept: %s", type(error).__name__)
        return None
    return folder / f"{name}.json" if folder.is_absolute() and hasattr(os, "geteuid") else None


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_folder(folder)


def _check_folder(folder: Path) -> None:
    """Refuse a folder in which others can put files.

    Raises:
        OSError: They can, or it is none.
    """
    state = os.lstat(folder)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & WRITERS:
        raise PermissionError


def _sweep(folder: Path, before_s: float) -> None:
    """Remove the sessions that are over."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.lstat().st_mtime < before_s and not path.is_dir():
                path.unlink()
