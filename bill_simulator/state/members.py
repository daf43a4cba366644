"""Roles and users of an organization as objects in its books; BILL has them in every organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_simulator.defaults import SEED_END
from bill_simulator.state.books import Books
from bill_simulator.state.clock import instant, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_simulator.state.directory import Organization, User

ROLES = (("Administrator", "2"), ("Accountant", "0"), ("Approver", "0"), ("Payer", "0"))
"""Name and type; "2" for the administrator is documented, the other codes are unknown."""

SINCE_S = 500 * 24 * 3600
JOINED = stamp(int(instant(SEED_END)) - SINCE_S)
"""The creation of every role and user."""


def empty_books(organization: Organization, users: Iterable[User], seed: int) -> Books:
    """Books with the organization, roles and users only, so that references to them lead somewhere."""
    books = Books(organization.id, organization.name, str(seed))
    organizations = books.table(BY_NAME["Organization"])
    kept = {"id": organization.id, "createdTime": JOINED, "updatedTime": JOINED}
    organizations.load([{**organizations.shape.defaults, **kept}])
    profiles = books.table(BY_NAME["Profile"])
    profiles.load(
        {
            **profiles.shape.defaults,
            "createdTime": JOINED,
            "updatedTime": JOINED,
            "id": books.new_id("Profile", "0po"),
            "name": name,
            "type": kind,
        }
        for name, kind in ROLES
    )
    add_users(books, users)
    return books


def add_users(books: Books, users: Iterable[User]) -> None:
    """Add those who may sign in as administrators; known ones stay as they are."""
    table = books.table(BY_NAME["User"])
    administrators = next(iter(books.table(BY_NAME["Profile"]).rows))
    for user in users:
        if user.id in table.rows:
            continue
        first, _, last = user.username.partition("@")[0].partition(".")
        person = {"firstName": first.title(), "lastName": last.title() or "Simulator", "email": user.username}
        kept = {"id": user.id, "createdTime": JOINED, "updatedTime": JOINED}
        table.load([{**table.shape.defaults, **kept, "profileId": administrators, **person}])
