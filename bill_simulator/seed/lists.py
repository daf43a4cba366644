"""The lists that documents are coded with."""

from __future__ import annotations

from decimal import Decimal

ACCOUNTS = (
    ("1000", "Operating Checking", "3"), ("1010", "Payroll Checking", "3"), ("1100", "Accounts Receivable", "2"),
    ("1200", "Inventory", "12"), ("1300", "Prepaid Expenses", "12"), ("1500", "Furniture and Equipment", "8"),
    ("2000", "Accounts Payable", "1"), ("2100", "Company Credit Card", "5"), ("2200", "Sales Tax Payable", "13"),
    ("2500", "Equipment Loan", "10"), ("3000", "Retained Earnings", "6"), ("4000", "Service Income", "9"),
    ("4010", "Product Income", "9"), ("4900", "Interest Income", "15"), ("5000", "Cost of Goods Sold", "4"),
    ("6000", "Advertising", "7"), ("6010", "Office Supplies", "7"), ("6020", "Professional Fees", "7"),
    ("6030", "Rent", "7"), ("6040", "Repairs and Maintenance", "7"), ("6050", "Telephone and Internet", "7"),
    ("6060", "Travel", "7"), ("6070", "Utilities", "7"), ("6080", "Insurance", "7"), ("6090", "Freight", "7"),
    ("7000", "Bank Charges", "14"),
)  # fmt: skip
"""Number, name and type of each account."""

EXPENSE, INCOME = "7", "9"

ITEMS = (
    ("Consulting hour", "1", Decimal("145.00")), ("Installation", "1", Decimal("320.00")),
    ("Support plan, monthly", "1", Decimal("89.50")), ("Training day", "1", Decimal("1150.00")),
    ("Standard widget", "2", Decimal("12.75")), ("Large widget", "2", Decimal("27.40")),
    ("Mounting kit", "2", Decimal("8.95")), ("Cable, 10 m", "2", Decimal("15.20")),
    ("Delivery", "8", Decimal("35.00")), ("Rush fee", "8", Decimal("75.00")),
)  # fmt: skip
"""Name, type and price of each item."""

NAMED = {
    "Department": ("Administration", "Operations", "Sales", "Field Service", "Warehouse", "Engineering"),
    "Location": ("Headquarters", "North Warehouse", "Harbor Shop", "Airport Depot"),
    "Job": ("Main Street remodel", "Harbor pier lights", "School gym floor", "Clinic network", "Depot racking"),
    "ActgClass": ("Commercial", "Residential", "Public sector", "Internal"),
}
EMPLOYEES = 8

NET_DUE_DAYS = (0, 10, 15, 30, 45, 60)
"""Of the payment terms."""

BANKS = (("Harbor National Bank", "1000"), ("Summit Savings Bank", "1010"), ("Lakeside Credit Union", "1000"))
"""Name of each bank where the organization has an account, and the number of the account of the chart for it."""
