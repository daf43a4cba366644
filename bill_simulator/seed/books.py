"""Seeded books of the organizations of a simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_api.table.entity import ZERO_ID
from bill_simulator.seed import names
from bill_simulator.seed.seeder import seed_books
from bill_simulator.state.members import JOINED, empty_books

if TYPE_CHECKING:
    from bill_simulator.state.books import Books
    from bill_simulator.state.directory import Directory, Organization
    from bill_simulator.state.world import SimulatorSettings, Sizes

COLLEAGUES = 4


def books_of(settings: SimulatorSettings) -> dict[str, Books]:
    """New books by organization, the first ones seeded; pure, so it may run beside the server."""
    directory, sizes = settings.directory, settings.sizes
    first, *others = directory.organizations
    return {
        first.id: seeded_books(first, directory, sizes),
        **{each.id: empty_books(each, directory.members(each.id), sizes.seed) for each in others},
    }


def seeded_books(organization: Organization, directory: Directory, sizes: Sizes) -> Books:
    """Books full of invented objects; pure, so it may run beside the server."""
    members = directory.members(organization.id)
    books = empty_books(organization, members, sizes.seed)
    add_colleagues(books)
    seed_books(books, sizes, members[0].id if members else ZERO_ID)
    return books


def add_colleagues(books: Books) -> None:
    """Add users who cannot sign in, with the roles other than the administrator's."""
    roles = list(books.table(BY_NAME["Profile"]).rows)
    table = books.table(BY_NAME["User"])
    people = zip(names.FIRST_NAMES[:COLLEAGUES], names.LAST_NAMES[-COLLEAGUES:], strict=True)
    table.load(
        {
            **table.shape.defaults,
            "createdTime": JOINED,
            "updatedTime": JOINED,
            "id": books.new_id("User", "006"),
            "profileId": roles[1 + place % (len(roles) - 1)],
            "firstName": first,
            "lastName": last,
            "email": f"{first}.{last}@simulator.test".lower(),
        }
        for place, (first, last) in enumerate(people)
    )
