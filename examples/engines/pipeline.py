"""One organization's pipe, `tap | target`, as an engine runs it: its folder, its STATE, its exit codes.

Nothing here knows an engine. Only the standard library is needed. It needs a Unix.

An organization has a folder of its own. The commands run in it, so that everything of theirs that is named without a
folder (`.bill/ledger.sqlite3`, `.bill/reports`, `warehouse.duckdb`) is that organization's.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import logging
import os
import random
import re
import secrets
import shlex
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOUR_S = 3600
TURN_S = 60
"""Seconds after the turn of the hour, for a clock of ours that is ahead of BILL's."""

SPREAD = 0.2
"""The part of a wait that is drawn: organizations that failed together should not all come back together."""

TAIL_LINES = 20
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
OTHERS = 0o077
"""What nobody but the owner of a file may do: clients' data are in the folders."""

LOG = logging.getLogger(__name__)

SIGPIPE = 13

# --- exit codes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The meaning of an exit code, and the answer of an engine to it.

    Args:
        meaning: For people.
        retries: Runs that follow by themselves; 0 where a person has to look first.
        wait_s: Seconds before the first of these; each later one waits twice as long, up to an hour.
        to_the_hour: Wait for the turn of the hour, when BILL gives new calls.
    """

    meaning: str
    retries: int = 0
    wait_s: int = 0
    to_the_hour: bool = False

    def delay_s(self, attempt: int, now: float) -> float:
        """Seconds to wait before a retry.

        Args:
            attempt: Retries so far.
            now: The present time, in seconds since the epoch.
        """
        plain_s = min(self.wait_s * 2**attempt, HOUR_S)
        turn_s = HOUR_S - now % HOUR_S + TURN_S
        # Drawn, which is no secret, and longer only: before the full hour there are no calls.
        return (turn_s if self.to_the_hour else plain_s) + self.wait_s * SPREAD * random.random()  # noqa: S311


# As in the table of all our commands (docs/exit-codes.md), of which nothing is imported here; a test compares them.
DONE, REFUSED, USAGE, CONNECTION, PARTLY, CREDENTIALS, LIMIT, TAKEN = range(8)
BUG, INTERRUPTED = 70, 130
ENDINGS = {
    DONE: Ending(meaning="done"),
    REFUSED: Ending(meaning="refused by BILL, or rejects, or a file that cannot be used"),
    USAGE: Ending(meaning="wrong usage or settings"),
    CONNECTION: Ending(meaning="BILL cannot be reached", retries=4, wait_s=60),
    # Running again looks up what is not known, and repeats no write. Once: what is still open then is for a person.
    PARTLY: Ending(meaning="done in part, or not known whether it was done", retries=1, wait_s=300),
    # Never by itself: a login can be locked (BDC_1110), and after how many wrong passwords is unknown.
    CREDENTIALS: Ending(meaning="BILL does not take the credentials"),
    LIMIT: Ending(meaning="the calls or logins of this hour are used up", retries=3, wait_s=300, to_the_hour=True),
    TAKEN: Ending(meaning="another run holds this organization", retries=6, wait_s=60),
    BUG: Ending(meaning="a bug in the program"),
    INTERRUPTED: Ending(meaning="interrupted"),
}
"""The exit codes of the commands that a pipe has."""

KILLED = Ending(meaning="ended by a signal", retries=1, wait_s=60)
"""After SIGKILL, or for want of memory; the next run goes on at the last STATE, and looks up what was being written."""

UNKNOWN = Ending(meaning="an exit code that is none of ours")


def ending_of(code: int) -> Ending:
    """The meaning of the exit code of a command; below zero it is a signal."""
    return KILLED if code < 0 else ENDINGS.get(code, UNKNOWN)


def decisive(reader: int, writer: int) -> int:
    """The code that says what becomes of a pipe: 0 only if both commands are done.

    Args:
        reader: The tap's.
        writer: The target's.
    """
    # A tap whose target has gone ends with 1, or with SIGPIPE: the reason is the target's.
    if writer != DONE and reader in {REFUSED, -SIGPIPE, 128 + SIGPIPE}:
        return writer
    failed = [code for code in (reader, writer) if code != DONE]
    # Of two reasons that of which no retry follows.
    return min(failed, key=lambda code: ending_of(code).retries, default=DONE)


class PipeError(Exception):
    """A pipe that is not done.

    Args:
        code: Its exit code.
        said: Each command's last words.
    """

    def __init__(self, code: int, said: str) -> None:
        self.code = code
        self.ending = ending_of(code)
        super().__init__(f"exit code {code}: {self.ending.meaning}\n{said}".rstrip())


def seconds_to_wait(error: PipeError, attempt: int) -> float | None:
    """Seconds before the pipe is run again, or None where it is not.

    Args:
        error: Of the run that has ended.
        attempt: Retries so far.
    """
    return error.ending.delay_s(attempt, time.time()) if attempt < error.ending.retries else None


# --- organizations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One of BILL's organizations, as the list of them has it.

    Args:
        id: BILL's.
        name: For people.
        user: The beginning of the names of the variables that hold its user and password, `BILL_USERNAME` and
            `BILL_PASSWORD` by default, in capitals: one user may enter many organizations.
    """

    id: str
    name: str
    user: str = "BILL"


COLUMNS = ("id", "name", "user")
ID = re.compile(r"008[^\s/\\]{17}")
"""As settings of the commands want it, and the name of a folder."""

USER = re.compile(r"[A-Z][A-Z0-9_]*")


class ListError(ValueError):
    """A list of organizations that cannot be used; the text names the file and the line."""


def organizations_in(path: Path) -> dict[str, Organization]:
    """The organizations of a CSV with the columns `id`, `name` and `user` (which may be empty), by their ids.

    Raises:
        ListError: It is not such a list.
    """
    found: dict[str, Organization] = {}
    lines: dict[str, int] = {}
    for line, cells in _rows_of(path):
        place = f"{path}, line {line}"
        organization = _organization(cells, place)
        folder = organization.id.casefold()  # each is a folder, and some file systems fold case
        if folder in lines:
            raise ListError(f"{place}: {organization.id} stands there twice, first in line {lines[folder]}")
        lines[folder] = line
        found[organization.id] = organization
    return found


def _rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of `COLUMNS` below the header, each row with the number of its last line; blank lines are no rows."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ListError(f"{path}, line {line}: not in UTF-8; save it as a CSV in UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [each.strip() for each in next(rows, [])]
        if not {*COLUMNS} <= {*header}:
            raise ListError(f"{path}, line 1: the header is {','.join(header)!r}, and needs {', '.join(COLUMNS)}")
        for cells in filter(None, rows):
            if len(cells) != len(header):
                wrong = f"{len(cells)} cells under {len(header)} headers; a name with a comma belongs in quotes"
                raise ListError(f"{path}, line {rows.line_num}: {wrong}")
            yield rows.line_num, [cells[header.index(each)].strip() for each in COLUMNS]
    except csv.Error as error:
        raise ListError(f"{path}, line {rows.line_num}: {error}") from None


def _organization(cells: Sequence[str], place: str) -> Organization:
    id_, name, user = cells
    if not ID.fullmatch(id_):
        raise ListError(f"{place}: the id {id_!r} is no organization of BILL's: 20 characters that begin with 008")
    user = user.upper() or "BILL"
    if not USER.fullmatch(user):
        raise ListError(f"{place}: the user {user!r} cannot begin the name of a variable: letters, digits and _ can")
    return Organization(id=id_, name=name, user=user)


# --- the environment of its commands ------------------------------------------------------------------------------

NEEDED = ("USERNAME", "PASSWORD")
PERSONAL = (*NEEDED, "MFA_ID", "DEVICE_ID")
ENVIRONMENT = ("DEVELOPER_KEY", "API_URL", "USE_PRODUCTION_URL")
"""The BILL that credentials are for."""

SHARED = (*ENVIRONMENT, "ALLOW_PLAIN_HTTP", "TIMEOUT_S")
"""Settings of the connection that are no user's own."""

PREFIXES = ("BILL", "TAP_BILL", "TARGET_BILL")
"""Beginnings of the names by which commands find a setting of the connection; their own count more than BILL's."""


def personal_of(organization: Organization, variables: Mapping[str, str]) -> dict[str, str]:
    """The settings that the variables of an organization's user give.

    Raises:
        PipeError: There is no user name, or no password.
    """
    for name in (f"{organization.user}_{each}" for each in NEEDED):
        if not variables.get(name):
            raise PipeError(USAGE, f"{organization.id} ({organization.name}): the variable {name} is not set")
    return {name: text for name in PERSONAL if (text := variables.get(f"{organization.user}_{name}"))}


def settings_of(name: str, connection: Mapping[str, Any]) -> dict[str, str]:
    """The settings that an engine's own connection gives, as texts; what it has no value for is left out.

    Args:
        name: The connection's.
        connection: Its values, by the names of settings.

    Raises:
        PipeError: A value is of no setting; with a slip in `use_production_url` the run would be in production.
    """
    given = {each.upper(): value for each, value in connection.items() if value is not None and value != ""}
    if unknown := sorted(given.keys() - {*PERSONAL, *SHARED}):
        known = ", ".join(each.lower() for each in (*PERSONAL, *SHARED))
        raise PipeError(USAGE, f"connection {name}: {', '.join(unknown).lower()} may not stand there, but {known}")
    return {each: value if isinstance(value, str) else json.dumps(value) for each, value in given.items()}


def variables_for(
    organization: Organization,
    others: Mapping[str, Organization],
    given: Mapping[str, str],
    variables: Mapping[str, str],
) -> dict[str, str]:
    """The environment of an organization's commands: its id, its user's settings, and nothing of another user.

    Args:
        organization: Whose commands they are.
        others: All that are listed.
        given: The settings of its user: those of `personal_of`, or of `settings_of`.
        variables: The environment of the engine.
    """
    users = {each.user for each in others.values()}
    hidden = {f"{each}_{name}" for each in {*users, *PREFIXES} for name in PERSONAL} | {"TAP_BILL_ORGANIZATIONS"}
    plain = {name: text for name, text in variables.items() if name not in hidden}
    # By each name, so that none that counts more writes one client's bills into another's organization.
    own = {**given, "ORGANIZATION_ID": organization.id}
    return plain | {f"{prefix}_{name}": text for prefix in PREFIXES for name, text in own.items()}


# --- credentials that were refused --------------------------------------------------------------------------------

BILL_CODE = re.compile(r"BDC_\d+")
OF_THE_ORGANIZATION = frozenset({"BDC_1105", "BDC_1107", "BDC_1123"})
"""Refusals that concern one organization: no API (seen in a client), locked out, a wrong id (both documented)."""


@contextmanager
def not_refused(folder: Path, user: str, variables: Mapping[str, str]) -> Iterator[None]:
    """Let a user's commands run, unless BILL has refused these very credentials; note it where they are refused now.

    A login can be locked, and the lock is the user's: its other organizations are not tried either. The note is a file
    beside the organizations' folders. Other credentials are tried, and once they are taken the note goes. Where the
    same ones are right after all, because the login has been unlocked, a person takes it away.

    Args:
        folder: With the organizations' folders.
        user: As `Organization` has it.
        variables: Those of `variables_for`.

    Raises:
        PipeError: They were refused before; there is no login.
    """
    note = folder / f"refused-{user}.json"
    if _is_of(note, variables):
        raise PipeError(
            CREDENTIALS,
            f"BILL has refused the credentials of the user {user}, and they are as they were: correct them; or, once "
            f"the login is unlocked at BILL, remove {note}",
        )
    try:
        yield
    except PipeError as error:
        codes = set(BILL_CODE.findall(str(error)))
        if error.code == CREDENTIALS and not (codes and codes <= OF_THE_ORGANIZATION):
            salt = secrets.token_hex(16)
            _replace(note, json.dumps({"salt": salt, "credentials": _hash_of(variables, salt)}).encode())
        raise
    # A run that was let in before these very credentials were refused proves nothing.
    if note.exists() and not _is_of(note, variables):
        note.unlink(missing_ok=True)


def _is_of(note: Path, variables: Mapping[str, str]) -> bool:
    try:
        found = json.loads(note.read_bytes())
    except FileNotFoundError:
        return False
    return bool(found["credentials"] == _hash_of(variables, found["salt"]))


def _hash_of(variables: Mapping[str, str], salt: str) -> str:
    """A hash that is slow, so that a password is not guessed from it."""
    names = [f"{prefix}_{name}" for prefix in PREFIXES for name in (*PERSONAL, *ENVIRONMENT)]
    given = json.dumps([variables.get(each) for each in names])
    return hashlib.scrypt(given.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()


# --- STATE --------------------------------------------------------------------------------------------------------


class State:
    """The STATE of one pipe of one organization.

    The target writes its STATE lines to a file by itself, so that they are there although the worker that started it
    was killed. Of these the last complete one is kept, in a file that is replaced in one go.

    Args:
        folder: The organization's.
        name: The pipe's.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.kept = folder / f"{name}-state.json"
        self.lines = folder / f"{name}-states.jsonl"

    def keep_last(self) -> None:
        """Keep the last complete STATE that a run has written, if it wrote any; else the one before stays."""
        if not self.lines.exists():
            return
        last = _last_complete(self.lines)
        if last is not None:
            _replace(self.kept, last)
        self.lines.unlink()

    def forget(self) -> None:
        """Let the next run begin from nothing."""
        self.kept.unlink(missing_ok=True)

    @property
    def arguments(self) -> list[str]:
        """The tap's option, if there is a STATE."""
        return ["--state", str(self.kept)] if self.kept.exists() else []


def _last_complete(path: Path) -> bytes | None:
    """The last line that was written to its end: a target that is killed may leave the half of one."""
    for line in reversed(path.read_bytes().splitlines(keepends=True)):
        if line.endswith(b"\n") and _is_object(line):
            return line
    return None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one go, for its owner only."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


# --- a run --------------------------------------------------------------------------------------------------------


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Hold the folder of an organization: no two runs use one STATE, one ledger, one DuckDB file at a time.

    The commands inherit the lock, whose number this gives. It is free when the last of them has ended, also where the
    worker was killed and they still run.

    Raises:
        PipeError: Another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)  # it may be there already: who made the inbox has made it
    with open(folder / "lock", "ab", opener=_private) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipeError(TAKEN, f"{folder.name}: its commands are still running") from None
        yield file.fileno()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """A tap and a target that run as one.

    Args:
        name: Of its STATE and its logs.
        tap: The command that reads, without `--state`.
        target: The command that writes.
        written: The file in the organization's folder that has what STATE says was read, if there is one.
    """

    name: str
    tap: Sequence[str]
    target: Sequence[str]
    written: str | None = None

    def run(self, folder: Path, lock: int, variables: Mapping[str, str]) -> None:
        """Run both to their end, in the folder of an organization, and keep STATE.

        Settings and credentials come by variables, never in the command line, which every user of a machine can see.

        Args:
            folder: The organization's, which is held.
            lock: The number that `held` gave.
            variables: Those of `variables_for`.

        Raises:
            PipeError: One of them is not done; what was written has its STATE all the same.
        """
        state = State(folder, self.name)
        state.keep_last()  # of a run whose worker was killed
        self._agree(folder, state)
        try:
            codes = self._codes(folder, state, variables, lock)
        finally:
            state.keep_last()
        if (code := decisive(*codes)) != DONE:
            raise PipeError(code, self._said(folder, codes))

    def log(self, folder: Path, command: Sequence[str]) -> Path:
        """The log of a command's last run."""
        return folder / f"{self.name}-{Path(command[0]).name}.log"

    def _agree(self, folder: Path, state: State) -> None:
        """Forget STATE where what was written with it is gone: else only what changed since would be there."""
        if self.written is None or not state.kept.exists():
            return
        written = folder / self.written
        if not (written.exists() and written.stat().st_size):
            LOG.warning("%s is not there, or empty: everything is read from the beginning, without STATE", written)
            state.forget()

    def _codes(self, folder: Path, state: State, variables: Mapping[str, str], lock: int) -> tuple[int, int]:
        shared: dict[str, Any] = {"cwd": folder, "env": dict(variables), "pass_fds": (lock,), "umask": OTHERS}
        running: list[subprocess.Popen[bytes]] = []
        with (
            open(self.log(folder, self.tap), "wb", opener=_private) as tap_log,
            open(self.log(folder, self.target), "wb", opener=_private) as target_log,
            open(state.lines, "wb", opener=_private) as states,
            _ended(running),
        ):
            tap = subprocess.Popen(  # noqa: S603  the commands of the example
                [*self.tap, *state.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=tap_log,
                **shared,
            )
            running.append(tap)
            assert tap.stdout is not None  # noqa: S101  it is a pipe
            with (
                tap.stdout as records
            ):  # closed here: else a tap whose target has gone would wait for a reader for ever
                target = subprocess.Popen(self.target, stdin=records, stdout=states, stderr=target_log, **shared)  # noqa: S603
            running.append(target)
            return tap.wait(), target.wait()

    def _said(self, folder: Path, codes: tuple[int, int]) -> str:
        """The last lines of the logs; our commands tell no secrets in them."""
        said = []
        for command, code in zip((self.tap, self.target), codes, strict=True):
            lines = self.log(folder, command).read_text(errors="replace").splitlines()[-TAIL_LINES:]
            said.append("\n".join([f"{shlex.join(command)} ended with {code}", *(f"  {line}" for line in lines)]))
        return "\n".join(said)


@contextmanager
def _ended(running: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Tell the commands to end when the worker is told to, and wait: they settle what is under way."""
    try:
        yield
    except BaseException:
        for each in running:
            each.terminate()
        for each in running:
            each.wait()
        raise
