"""What nobody outside BILL knows, as switches: name, default, choices and what is known."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def switch(default: str, *others: str, doc: str, anything: bool = False) -> Any:
    """Declare a switch: its default, its other choices (or that anything goes), what it decides and what is known."""
    return field(default=default, metadata={"choices": () if anything else (default, *others), "doc": doc})


@dataclass(slots=True)
class Switches:
    """Every behaviour that could not be established. Values are texts, so that a command line can set them."""

    bulk_top_level: str = switch(
        "success",
        "any_failed",
        "all_failed",
        doc="When the top level of a bulk answer says Error although the array is there (unknown).",
    )
    bulk_transaction: str = switch(
        "per_element",
        "all_or_nothing",
        "whole_request",
        doc="Elements succeed or fail one by one (documented schema, seen in a client); or one bad element undoes all, "
        "with an array (`all_or_nothing`) or with a single error and no array (`whole_request`).",
    )
    login_bad_mfa: str = switch(
        "untrusted",
        "refuse",
        doc="Login with an unknown or expired mfaId: an untrusted session (inferred), or BDC_1374 (unknown).",
    )
    login_end_point: str = switch(
        "same",
        "other",
        doc="The apiEndPoint of Login: where it was called (as in the documented sample), or another address of the "
        "same server (unknown whether that happens). Both serve every call.",
    )
    mfa_required: str = switch(
        "yes",
        "no",
        doc="Whether what is documented as protected needs an MFA-trusted session: a developer key or organization can "
        "be exempt (documented: VendorBankAccount, v3 mfaBypass).",
    )
    mfa_device_id_limit: str = switch(
        "100",
        "20",
        doc="Longest deviceId of MFAAuthenticate: 100 documented; in live use 49 characters were refused as an expired "
        "token (BDC_1356), and 19 worked.",
    )
    mfa_id_without_remember: str = switch(
        "generated",
        "absent",
        doc="Whether MFAAuthenticate without rememberMe returns an mfaId, which ends with the session: the newer page "
        "says yes, the older one no.",
    )
    bank_account_reads: str = switch(
        "open",
        "read_gated",
        "read_and_list_gated",
        doc="VendorBankAccount Read and List without an MFA-trusted session: a live client does it, "
        "the documentation gates Read and is silent on List.",
    )
    default_order: str = switch(
        "created",
        "id",
        "updated_descending",
        "shuffled",
        doc="The order of a List without sort (unknown). `shuffled` is stable, but follows nothing.",
    )
    list_inactive: str = switch(
        "include",
        "hide",
        doc="Whether a List that does not filter on isActive returns inactive rows (inferred: yes).",
    )
    in_separator: str = switch(
        "comma",
        "comma_and_blanks",
        "none",
        doc="What separates the values of `in` and `nin` in their one text: a comma (weakly supported), a comma with "
        "blanks around it, or nothing: the whole text is one value (the only documented sample has one).",
    )
    null_comparison: str = switch(
        "differs",
        "unknown",
        "smallest",
        "empty_text",
        doc="A filter on a field without value (unknown): null differs from every value and has no order; passes no "
        "filter at all, as in SQL; comes before every value; or equals an empty text.",
    )
    null_order: str = switch(
        "smallest",
        "largest",
        doc="Where a sort puts fields without value (unknown): before every value when it ascends, or after.",
    )
    list_over_limit: str = switch(
        "clamp", "refuse", doc="A List with max above 999: shortened to 999, or BDC_1129 (unknown)."
    )
    update_lines: str = switch(
        "replace",
        "merge",
        doc="Line items in an update replace all lines (inferred from two clients), or are merged by id.",
    )
    update_absent: str = switch(
        "keep", "clear", doc="Optional fields that an update leaves out keep their value (inferred), or are emptied."
    )
    duplicate_names: str = switch(
        "refuse", "allow", doc="A second active vendor or customer of the same name (seen in a client: refused)."
    )
    duplicate_name_code: str = switch(
        "BDC_1119", doc="The code of that refusal, and of a second bank account (unknown).", anything=True
    )
    error_http_status: str = switch(
        "200",
        "502",
        doc="HTTP status of refusals: 200 with the envelope (seen in clients), or an edge that answers HTML.",
    )
    bulk_counts_as: str = switch(
        "request", "elements", doc="What a bulk call adds to the hourly count: 1, or one per element (unknown)."
    )
    bulk_above_hour: str = switch(
        "refuse",
        "partly",
        doc="A bulk call whose elements exceed the hourly limit, where they are counted: refused whole, or done as far "
        "as the hour goes, with BDC_1144 for the other elements (unknown).",
    )
    bulk_over_limit_code: str = switch(
        "BDC_1129", doc="The code for more than 100 objects in a bulk call (unknown).", anything=True
    )
    duplicate_bill_scope: str = switch(
        "vendor_number",
        "vendor_number_date",
        doc="Which bills are duplicates: same vendor and number, or the same date besides (scope unknown).",
    )
    duplicates_of_inactive: str = switch(
        "ignore", "count", doc="Whether a deleted object still blocks its number, name or account (unknown)."
    )
    bill_number_limit: str = switch(
        "21", "100", doc="Longest Bill.invoiceNumber: 21 seen in live use (BDC_1143), 100 in the CSV help."
    )
    text_limits: str = switch(
        "enforce",
        "bill_number_only",
        doc="Whether the lengths of the CSV help hold for the other texts of the API too (inferred).",
    )
    unknown_fields: str = switch(
        "ignore", "refuse", doc="Keys of an object that BILL does not know: ignored, or BDC_1119 (unknown)."
    )
    numbers_as_text: str = switch(
        "refuse",
        "accept",
        doc='Amounts and booleans sent as text, "12.50" or "true": BDC_1124, or taken (unknown).',
    )
    not_found_code: str = switch(
        "BDC_1120", "BDC_1114", "BDC_1119", doc="Read, update or delete of an unknown id (unknown which)."
    )
    unknown_reference_code: str = switch(
        "BDC_1119", doc="A reference to an object that does not exist (code unknown).", anything=True
    )
    create_inactive: str = switch(
        "keep", "activate", doc='A create with isActive "2" (unknown): deleted from the start, or active all the same.'
    )
    inactive_references: str = switch(
        "accept", "refuse", doc="A reference to a deleted object (unknown): accepted, or as an unknown one."
    )
    update_mandatory: str = switch(
        "optional",
        "required",
        doc="Whether an update must repeat the mandatory fields: documented so, but clients leave them out.",
    )
    filter_fields: str = switch(
        "evidence",
        "any",
        doc="Which fields a List filters on: ids, dates, datetimes, enums and those a source names; or every one.",
    )
    empty_fields: str = switch(
        "null",
        "omit",
        "empty_text",
        doc='Fields without a value: null (captures of 2024), no key at all (seen by an integration), or "" for texts '
        "(an older mock).",
    )
    unnested_children: str = switch(
        "absent", "empty", doc="Child arrays in a List without nested (inferred): no key, or an empty array."
    )
    routing_numbers: str = switch(
        "clear",
        "masked",
        doc="Routing numbers of bank accounts in answers: clear in captures of 2024, masked in documents of 2016.",
    )
    unknown_operations: str = switch(
        "refuse",
        "offer",
        doc="Operations of which nothing says whether BILL offers them, such as undelete of a bank account: BDC_1121, "
        "or as for the other entities (unknown).",
    )
    attachment_refusal_code: str = switch(
        "BDC_1119",
        doc="The code for a file that is too large, or whose extension is not that of its content (unknown).",
        anything=True,
    )

    changed_texts: str = switch(
        "none",
        "names_and_countries",
        doc="Texts that BILL keeps in another form than was sent (unknown): none; or names and whatever is "
        "compared like them, in capitals, and US or USA, "
        "as United States (inferred for the country).",
    )

    unread_fields: str = switch(
        "absent",
        "present",
        doc="isActive, createdTime and updatedTime of entities whose fields could not all be read, such as PaymentTerm "
        "and User (unknown): not told and not filterable, or as everywhere else.",
    )

    def set(self, name: str, value: str) -> None:
        """Turn one switch; ValueError says what would have been possible."""
        known = {each.name: each.metadata for each in fields(self)}
        if name not in known:
            message = f"unknown switch {name!r}; there are: {', '.join(known)}"
            raise ValueError(message)
        choices = known[name]["choices"]
        if choices and value not in choices:
            message = f"switch {name} cannot be {value!r}; choices: {', '.join(choices)}"
            raise ValueError(message)
        setattr(self, name, value)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Switches:
        """The defaults with these values turned."""
        switches = cls()
        for name, value in values.items():
            switches.set(name, value)
        return switches

    def described(self) -> dict[str, dict[str, Any]]:
        """Every switch with its value, default, choices and meaning."""
        return {
            each.name: {
                "value": getattr(self, each.name),
                "default": each.default,
                "choices": list(each.metadata["choices"]),
                "doc": each.metadata["doc"],
            }
            for each in fields(self)
        }
