"""Checks of a connection, from the outside in; the first that fails explains those that follow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from bill_api import mfa
from bill_api.connection import CONNECTION_SETTINGS, PRODUCTION_URL, SANDBOX_URL, is_loopback
from bill_api.entities import BY_STREAM
from bill_api.errors import (
    ONE_OF_FOUR,
    SIGN_IN_CODES,
    BillError,
    FinalAnswerError,
    HourlyLimitError,
    NotPermittedError,
    ThrottledError,
)
from bill_api.table.query import ListQuery
from bill_api.wire.limits import CONCURRENCY_LIMIT, HOURLY_LIMIT
from bill_api.wire.session import LOGIN
from bill_cli.connecting.addresses import API_PATH, right_url
from bill_program.errors import SettingsError
from bill_program.exit_codes import ExitCode
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bill_api.client import BillClient
    from bill_api.connection import Connection
    from bill_cli.connecting.settings import Given

SKEW_MAX_S = 60
"""More than this between BILL's clock and ours deserves a word: tokens, bookmarks and lookups go by time."""

REACH_S = 10.0
DAYS_FEW = 3
PROBE = BY_STREAM["vendors"]
"""The list that is asked for to see whether the API answers: everybody has it."""


class CheckResult(StrEnum):
    """The result of a check."""

    OK = "ok"
    WRONG = "wrong"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's.

    Attributes:
        name: Of the thing that was looked at.
        verdict: The result.
        text: The finding, for people.
        exit_code: The end of a command that meets what is wrong.
    """

    name: str
    verdict: CheckResult
    text: str
    exit_code: ExitCode = ExitCode.DONE


class Examination:
    """Checks one after the other; what a wrong thing makes impossible is skipped.

    Args:
        given: The settings and where they come from.
        client: Makes a client for a connection.
    """

    def __init__(self, given: Given, client: Callable[[Connection], BillClient]) -> None:
        self._given = given
        self._make = client

    def checks(self) -> Iterator[Check]:
        """Every check, as it comes out."""
        names = list(NAMES)
        for check in self._steps():
            yield check
            names.remove(check.name)
            if check.verdict is CheckResult.WRONG and check.name not in HARMLESS:
                break
        yield from (Check(name, CheckResult.SKIPPED, "see above") for name in names)

    def _steps(self) -> Iterator[Check]:
        try:
            connection = self._given.connection()
        except SettingsError as error:
            yield wrong("settings", error.message, error.exit_code)
            return
        yield ok("settings", _where_from(self._given))
        yield self._environment(connection)
        from bill_api.wire.reachability import reachability  # noqa: PLC0415  HTTP takes long to load

        found = reachability(connection.url, min(REACH_S, connection.timeout_s))
        host = urlsplit(connection.url).hostname or ""
        if found.host:
            yield wrong("host", f"{host} cannot be reached: {found.host}", ExitCode.CONNECTION)
        else:
            yield ok("host", f"{host} answers")
        yield _tls(connection.url, host, found.tls)
        # Without a remembered device: an old one could keep us from logging in at all (unknown).
        client = self._make(msgspec.structs.replace(connection, mfa_id=None, device_id=None))
        is_session_alone = self._given.session_id and not connection.username
        for check in _unasked() if is_session_alone else _door(client, connection):
            yield check
            if check.verdict is CheckResult.WRONG:
                return
        refused = _sign_in(client, connection)
        if refused is not None:
            yield refused
            return
        yield _access(client)
        yield _budget(client)
        yield _clock(client)
        yield self._trust(client, connection)

    def _environment(self, connection: Connection) -> Check:
        values, url = self._given.values, connection.url
        if not values.get("api_url"):
            return ok("environment", f"{self._given.environment}, {url}")
        other = {True: SANDBOX_URL, False: PRODUCTION_URL}.get(values.get("use_production_url", ""))
        if other and urlsplit(url).hostname == urlsplit(other).hostname:
            meant = str(values["use_production_url"]).lower()
            text = f"mixed up: `api_url` is {url}, and `use_production_url` is {meant}"
            return wrong("environment", text, ExitCode.USAGE)
        right = right_url(url)
        if right is not None:
            text = f"the path of `api_url` is wrong, {url} has no v2 API: set it to {right}"
            return wrong("environment", text, ExitCode.USAGE)
        return ok("environment", f"`api_url`, {url}")

    def _trust(self, client: BillClient, connection: Connection) -> Check:
        name = "MFA trust"
        if not connection.mfa_id:
            return ok(name, "no remembered device; vendor bank accounts need one (bill mfa authenticate)")
        if not connection.device_id:
            return wrong(name, "`mfa_id` without `device_id`: they go together", ExitCode.USAGE)
        try:
            is_trusted = mfa.is_trusted(client, connection.mfa_id, connection.device_id)
        except BillError as error:
            return wrong(name, str(error), error.exit_code)
        if not is_trusted:
            text = "the trust of `mfa_id` has ended: bill mfa authenticate --remember --save"
            return wrong(name, text, ExitCode.CREDENTIALS)
        until = parse_instant(self._given.trusted_until or "")
        if until is None:
            return ok(name, "trusted; BILL does not tell until when (30 days from when the code was answered)")
        days = mfa.days_left(until)
        verdict = CheckResult.WARNING if days < DAYS_FEW else CheckResult.OK
        return Check(name, verdict, f"trusted for {days} more days, until {until:%Y-%m-%d %H:%M} UTC")


def ok(name: str, text: str) -> Check:
    """Nothing is wrong with it."""
    return Check(name, CheckResult.OK, text)


def wrong(name: str, text: str, exit_code: ExitCode) -> Check:
    """That is what is wrong."""
    return Check(name, CheckResult.WRONG, text, exit_code)


def warning(name: str, text: str) -> Check:
    """It works, and something is to be known of it."""
    return Check(name, CheckResult.WARNING, text)


NAMES = (
    *("settings", "environment", "host", "TLS", "developer key", "user and password", "organization"),
    *("API access", "rate budget", "clock", "MFA trust"),
)
"""What is checked, in this order."""

HARMLESS = frozenset({"API access", "rate budget", "clock", "MFA trust"})
"""What comes after these can be checked all the same."""

PATH_CODES = frozenset({"BDC_1109", "BDC_1121"})
"""Answers to a list of organizations that something else was called: it needs no session (documented: section 5, 6),
and BDC_1121 is that of a path without an operation (live: section 11, 5)."""

KEY_CODES = SIGN_IN_CODES | {"BDC_1103", "BDC_1104"}
"""Codes that leave open whether BILL knows the developer key."""


def _where_from(given: Given) -> str:
    """Which settings are there, and where they were found; no values."""
    by_origin: dict[str, list[str]] = {}
    for setting in CONNECTION_SETTINGS:
        if setting.name in given.origins:
            by_origin.setdefault(given.origins[setting.name], []).append(setting.name)
    return "; ".join(f"{', '.join(names)} from {origin}" for origin, names in by_origin.items())


def _tls(url: str, host: str, problem: str | None) -> Check:
    if problem:
        text = f"no secure connection: {problem}; check certificates and `api_url`"
        return wrong("TLS", text, ExitCode.CONNECTION)
    if url.startswith("https:"):
        return ok("TLS", "the certificate is good")
    if is_loopback(host):
        return ok("TLS", "none, and none is needed on this computer")
    return warning("TLS", "none: `allow_plain_http` lets everything go there in the clear")


def _door(client: BillClient, connection: Connection) -> Iterator[Check]:
    """Key, user and organization, by the list of organizations that the user may enter."""
    try:
        organizations = client.organizations()
    except HourlyLimitError as error:
        yield wrong("rate budget", _used_up(error), error.exit_code)
        return
    except BillError as error:
        if isinstance(error, FinalAnswerError) or error.code in PATH_CODES:
            path = urlsplit(connection.url).path
            text = f"the path of `api_url` is wrong, {path} has no v2 API (BILL's is {API_PATH}): {error}"
            yield wrong("developer key", text, ExitCode.USAGE)
            return
        if error.code not in KEY_CODES:
            yield ok("developer key", "BILL knows it")
            yield wrong("user and password", str(error), error.exit_code)
            return
        yield wrong("developer key", f"{error} Asked was {connection.url}.", ExitCode.CREDENTIALS)
        return
    yield ok("developer key", "BILL knows it")
    yield ok("user and password", f"{connection.username} may sign in")
    mine = connection.organization_id
    if mine in organizations:
        yield ok("organization", mine)
    else:
        may = ", ".join(organizations) or "none"
        text = f"{mine} is none that {connection.username} may enter: {may}"
        yield wrong("organization", text, ExitCode.CREDENTIALS)


def _unasked() -> Iterator[Check]:
    """The checks that a session does without: it was made with those values, elsewhere."""
    for name in ("developer key", "user and password", "organization"):
        yield Check(name, CheckResult.SKIPPED, "a session was given: nobody logs in")


def _sign_in(client: BillClient, connection: Connection) -> Check | None:
    """The check that fails when BILL lets nobody in, though it has listed the organizations; None where it does."""
    try:
        client.session_id()
    except HourlyLimitError as error:
        return wrong("rate budget", _used_up(error), error.exit_code)
    except ThrottledError:
        return None  # the others tell
    except BillError as error:
        if error.code not in SIGN_IN_CODES:
            return wrong("API access", str(error), error.exit_code)
        said = error.message.replace(ONE_OF_FOUR, "").strip()
        left = (
            "BILL knows the key, and has listed the organizations for this user and password: what can still be wrong "
            "is `organization_id`, or `username` and `password` for signing in to it"
        )
        text = f"{LOGIN}: {said} ({error.code}) {left}. Asked was {connection.url}."
        return wrong("API access", text, ExitCode.CREDENTIALS)
    return None


def _access(client: BillClient) -> Check:
    name = "API access"
    try:
        client.list_page(PROBE, ListQuery(limit=1))
    except NotPermittedError as error:
        return warning(name, f"signed in, but {error}")
    except (HourlyLimitError, ThrottledError):
        return ok(name, "BILL answers, but not now: see rate budget")
    except BillError as error:
        return wrong(name, str(error), error.exit_code)
    return ok(name, "signed in, and the API answers")


def _budget(client: BillClient) -> Check:
    """True if BILL takes calls; how many are left it does not tell."""
    name = "rate budget"
    try:
        client.raw("/GetSessionInfo.json", repeatable=True)
    except HourlyLimitError as error:
        return wrong(name, _used_up(error), error.exit_code)
    except ThrottledError as error:
        return warning(name, f"somebody else uses all {CONCURRENCY_LIMIT} places of this organization: {error}")
    except BillError as error:
        return wrong(name, str(error), error.exit_code)
    calls = sum(client.limits.calls().values())
    return ok(
        name, f"not used up; this took {calls} of {HOURLY_LIMIT:,} calls an hour (BILL does not tell what is left)"
    )


def _used_up(error: BillError) -> str:
    return f"the calls or logins of this hour are used up; there are new ones when the hour turns: {error}"


def _clock(client: BillClient) -> Check:
    name = "clock"
    try:
        began_s = time.time()
        theirs = client.current_time()
        ours = datetime.fromtimestamp((began_s + time.time()) / 2, UTC)
    except BillError as error:
        return wrong(name, str(error), error.exit_code)
    skew_s = (ours - theirs).total_seconds()
    if abs(skew_s) > SKEW_MAX_S:
        where = "ahead of" if skew_s > 0 else "behind"
        return warning(name, f"this computer is {abs(skew_s):,.0f} s {where} BILL; set its clock")
    return ok(name, "within a minute of BILL's")
