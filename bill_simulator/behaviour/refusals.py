"""Refusals of BILL: a code that begins with BDC_ and a text."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE = re.compile(r"BDC_[0-9]{4}")
CODE_LIKE = "must look like BDC_1001"
"""The form of a code, known or not, and what is said of another text."""

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "BDC_1001": "System error occurred.",
        "BDC_1002": "Unknown error occurred.",
        "BDC_1003": "Unknown version.",
        "BDC_1005": "Version {0} is not supported.",
        "BDC_1101": "User name and/or password do not match our records.",
        "BDC_1102": "Developer key is invalid.",
        "BDC_1103": "Developer key is inactive.",
        "BDC_1104": "Developer terms are not accepted.",
        "BDC_1105": "The organization has no access to the API.",
        "BDC_1106": "Partner type of the API user and the organization being accessed do not match.",
        "BDC_1107": "Organization is locked out.",
        "BDC_1108": "Missing parameter value for parameter: {0}.",
        "BDC_1109": "Session is invalid. Please log in.",
        "BDC_1110": "Login is locked.",
        "BDC_1111": "No active user for: {0}, {1}.",
        "BDC_1113": "Login error.",
        "BDC_1114": "Invalid entity type: {0}.",
        "BDC_1115": "Invalid CRUD operation: {0}.",
        "BDC_1116": "Invalid CRUD operation entity: {0}.",
        "BDC_1117": "Missing required data for: {0}.",
        "BDC_1118": "Entity from CRUD operation: {0} does not match the entity specified in the data: {1}.",
        "BDC_1119": "Invalid field,value: {0}, {1}.",
        "BDC_1120": "No data found.",
        "BDC_1121": "API not supported.",
        "BDC_1122": "Error Parsing Json Object. Please check your request.",
        "BDC_1123": "Invalid organization id.",
        "BDC_1124": "Invalid field datatype: {0}.",
        "BDC_1125": "Error uploading sync log file.",
        "BDC_1126": "Invalid log session id.",
        "BDC_1127": "No sync log file found.",
        "BDC_1128": "Invalid List entity: {0}.",
        "BDC_1129": "Invalid parameter value for parameter,value: {0}, {1}.",
        "BDC_1130": "Invalid list filter field: {0}.",
        "BDC_1131": "Invalid list filter operator: {0}.",
        "BDC_1143": "{0} is longer than {1} characters.",
        "BDC_1144": "Max number of allowed requests per hour reached: {0}.",
        "BDC_1145": "You do not have permission to perform this operation.",
        "BDC_1150": "User cannot make online payments.",
        "BDC_1151": "Bank account cannot make online payments.",
        "BDC_1152": "Invalid process date.",
        "BDC_1171": "Invoice number already exists.",
        "BDC_1302": "System user entity type mismatch.",
        "BDC_1322": "Max number of concurrent requests per organization reached.",
        "BDC_1354": "No phone is registered for 2-Step Verification.",
        "BDC_1356": "Token has expired.",
        "BDC_1358": "2-Step Verification too many token response attempts.",
        "BDC_1361": "Untrusted session.",
        "BDC_1374": "Token is expired.",
        "BDC_1402": "The process date must be two business days out.",
        "BDC_5370": "Invoice number already exists.",
    }
)
"""Documented: common-error-codes and the older error list; 1143, 1145, 1171 and 5370 are live, the rest was seen in
clients (section 11). The wording of what is not documented is in part ours, and BILL's own is not guaranteed: a client
must go by the code. The simulator answers with those that its rules name; the others are for faults and Errors.json."""


class ErrorAnswer(Exception):  # noqa: N818  BILL refuses; nothing failed here
    """An answer with `response_status` 1."""

    def __init__(self, code: str, *details: object, text: str | None = None) -> None:
        self.code = code
        self.text = text if text is not None else TEXTS.get(code, "Error {0}.").format(*details, *("?", "?"))
        super().__init__(f"{code} {self.text}")


def catalogue() -> list[dict[str, str]]:
    """The codes with their texts, with the placeholders that BILL's documentation shows."""
    return [
        {"error_code": code, "error_message": text.replace("{0}", "${paramName0}").replace("{1}", "${paramName1}")}
        for code, text in TEXTS.items()
    ]
