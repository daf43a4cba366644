"""Who works in an organization: roles, those who may sign in, and colleagues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_simulator.defaults import SEED_END
from bill_simulator.seed import names
from bill_simulator.state.clock import instant, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_simulator.state.books import Books
    from bill_simulator.state.sessions import User

ROLES = (("Administrator", "2"), ("Accountant", "0"), ("Approver", "0"), ("Payer", "0"))
"""Name and type; "2" for the administrator is documented, the other codes are unknown."""

COLLEAGUES = 4
SINCE_S = 500 * 24 * 3600


def admit(books: Books, users: Iterable[User]) -> None:
    """Write down who may sign in, as administrators; those who are there already stay as they are."""
    table = books.table(BY_NAME["User"])
    administrators = next(iter(books.table(BY_NAME["Profile"]).rows))
    for user in users:
        if user.id in table.rows:
            continue
        first, _, last = user.username.partition("@")[0].partition(".")
        person = {"firstName": first.title(), "lastName": last.title() or "Simulator", "email": user.username}
        time = stamp(int(instant(SEED_END)) - SINCE_S)
        kept = {"id": user.id, "createdTime": time, "updatedTime": time}
        table.load([{**table.shape.defaults, **kept, "profileId": administrators, **person}])


def enroll(books: Books, users: Iterable[User], *, colleagues: bool) -> None:
    """Write down roles and users, so that references to them lead somewhere; BILL has them in every organization."""
    time = stamp(int(instant(SEED_END)) - SINCE_S)
    kept = {"createdTime": time, "updatedTime": time}
    profiles = books.table(BY_NAME["Profile"])
    roles = [
        {**profiles.shape.defaults, **kept, "id": books.new_id("Profile", "0po"), "name": name, "type": kind}
        for name, kind in ROLES
    ]
    profiles.load(roles)
    admit(books, users)
    if not colleagues:
        return
    table = books.table(BY_NAME["User"])
    staff = zip(names.FIRST_NAMES[:COLLEAGUES], names.LAST_NAMES[-COLLEAGUES:], strict=True)
    table.load(
        {
            **table.shape.defaults,
            **kept,
            "id": books.new_id("User", "006"),
            "profileId": roles[1 + place % (len(roles) - 1)]["id"],
            "firstName": first,
            "lastName": last,
            "email": f"{first}.{last}@simulator.test".lower(),
        }
        for place, (first, last) in enumerate(staff)
    )
