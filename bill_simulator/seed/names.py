"""Believable names of invented people, companies and places."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PLACES = (
    "Harbor", "Cedar", "Northgate", "Summit", "Lakeside", "Willow", "Granite", "Riverbend", "Maple", "Ironwood",
    "Bluebird", "Canyon", "Foxglove", "Redstone", "Silver Creek", "Stonebridge", "Juniper", "Westbrook", "Orchard",
    "Pinecrest", "Sandpiper", "Thornhill", "Windmill", "Ashford", "Birchwood", "Coral Bay", "Driftwood", "Elmhurst",
    "Fairview", "Greenfield", "Hawthorn", "Kestrel", "Larkspur", "Meadow", "Oakdale", "Prairie", "Quarry", "Rosewood",
)  # fmt: skip
SUPPLIES = (
    "Office Supply", "Print & Copy", "Freight", "Janitorial", "Electric", "Software", "Catering", "Landscaping",
    "Plumbing", "Insurance", "Staffing", "Packaging", "Telecom", "Legal", "Advertising", "Fuel", "Steel", "Lumber",
    "Security", "Equipment Rental", "Waste Services", "Water", "Courier", "IT Services", "Roofing", "Fasteners",
)  # fmt: skip
TRADES = (
    "Dental Group", "Bakery", "Hotel", "Architects", "Outfitters", "Veterinary Clinic", "Books", "Brewing", "Cycles",
    "Day School", "Fitness", "Florist", "Furniture", "Gallery", "Grocers", "Hardware", "Kitchens", "Marina", "Motors",
    "Music", "Nursery", "Optical", "Pharmacy", "Properties", "Restaurants", "Theatre", "Toys", "Travel", "Winery",
)  # fmt: skip
FORMS = ("LLC", "Inc.", "Co.", "& Sons", "Partners", "Group")
FIRST_NAMES = (
    "Amara", "Ben", "Carla", "Diego", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Maya",
    "Noah", "Olga", "Priya", "Quinn", "Rosa", "Samir", "Tessa",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Brandt", "Castillo", "Dawson", "Eriksen", "Fontaine", "Garcia", "Hoffman", "Ibarra", "Jensen",
    "Kowalski", "Lindqvist", "Moreno", "Nakamura", "O'Hara", "Petrov", "Quigley", "Rossi", "Schmidt", "Tanaka",
)  # fmt: skip
CITIES = (
    ("Portland", "OR", "97205"), ("Austin", "TX", "78701"), ("Denver", "CO", "80202"), ("Madison", "WI", "53703"),
    ("Savannah", "GA", "31401"), ("Boise", "ID", "83702"), ("Tucson", "AZ", "85701"), ("Albany", "NY", "12207"),
)  # fmt: skip
STREETS = ("Main St", "Oak Ave", "2nd St", "Mill Rd", "Harbor Dr", "Station Rd", "Elm St", "Commerce Way")
WORK = (
    "Monthly service", "Materials as ordered", "Repair, parts and labor", "Annual licence", "Delivery and handling",
    "Consulting", "Cleaning, two visits", "Spare parts", "Printing, 500 copies", "Deposit", "Maintenance contract",
)  # fmt: skip


def company_names(random: Random, kinds: tuple[str, ...]) -> Iterator[str]:
    """Company names without end, none twice."""
    plain = [f"{place} {kind}" for place in PLACES for kind in kinds]
    random.shuffle(plain)
    yield from (f"{name} {random.choice(FORMS)}" for name in plain)
    for number in count(2):
        yield from (f"{name} No. {number}" for name in plain)
