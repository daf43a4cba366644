"""Settings of the DuckDB loader."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from bill_program.errors import SettingsError
from bill_program.settings import COUNT_MAX, Settings, WrongSetting, declared, text


def _local_file(given: str) -> str:
    if given == ":memory:" or given.startswith("md:") or "://" in given:
        raise WrongSetting(f"is {given!r}, which is not allowed: it must name a file on this machine, like out.duckdb")
    return given


LocalFile = Annotated[str, text(_local_file, "the path of a file, like out.duckdb")]


class Latest(Settings, frozen=True, kw_only=True):
    """Rows that count as long as they are of the latest version of what they belong to."""

    belongs_to: Annotated[
        tuple[str, ...],
        Meta(description="The fields that say what a row belongs to, as a line to its bill.", min_length=1),
    ] = field(name="of")
    version: Annotated[
        str, Meta(description="The field that says of which version of that it is; the one that comes last counts.")
    ]


class LoaderSettings(Settings, frozen=True, kw_only=True):
    """Settings of the loading."""

    filepath: Annotated[LocalFile, Meta(description="The DuckDB file. It and its folder are made when missing.")]
    default_target_schema: Annotated[str, Meta(description="Schema for all tables; made when missing.")] = "tap_bill"
    load_method: Annotated[
        Literal["upsert", "append-only"],
        Meta(
            description="`upsert`: a record replaces the row with the same key; streams without key properties are "
            "appended. `append-only`: every record becomes a row."
        ),
    ] = "upsert"
    batch_size_rows: Annotated[
        int,
        Meta(description="Most rows in one transaction. 64 MiB of rows end a batch as well.", ge=1, le=COUNT_MAX),
    ] = 10_000
    decimal_scale: Annotated[
        int,
        Meta(
            description="Decimals of a new column for numbers, DECIMAL(38, decimal_scale). A number with more is "
            "refused.",
            ge=0,
            le=37,
        ),
    ] = 10
    latest_only: Annotated[
        dict[str, Latest],
        Meta(
            description="Per stream: rows that are deleted when rows of another version of what they belong to come, "
            'such as the lines of a bill: {"bill_line_items": {"of": ["organization_id", "bill_id"], "version": '
            '"lines_version"}}. With `upsert` only.'
        ),
    ] = field(default_factory=dict)
    validate_records: Annotated[
        bool,
        Meta(
            description="Check each record against the whole JSON schema too (patterns, enums, nested fields), at "
            "about 2,000 records a second. Whether a value fits its column is always checked."
        ),
    ] = False
    add_record_metadata: Annotated[
        bool,
        Meta(
            description="Add the columns `_sdc_extracted_at`, `_sdc_deleted_at`, `_sdc_table_version` and their like."
        ),
    ] = False

    def __post_init__(self) -> None:
        """Refuse settings that do not go together."""
        if self.latest_only and self.load_method != "upsert":
            raise SettingsError(
                f"setting `latest_only` deletes rows, and `load_method: {self.load_method}` keeps every record: give "
                "`load_method: upsert`, or leave `latest_only` out"
            )


LOADER_SETTINGS = declared(LoaderSettings)
