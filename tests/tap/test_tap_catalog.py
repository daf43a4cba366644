"""The catalog, stream by stream, as it was written down (`BILL_CATALOG=write pytest tests/tap/test_tap_catalog.py`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from bill_api.entities import ENTITIES
from bill_api.table.entity import snake
from tap_bill.tap import STREAM_NAMES, TapBill

FOLDER = Path(__file__).with_name("catalog")
ROOT = Path(__file__).resolve().parents[2]
CATALOG: dict[str, dict[str, Any]] = {
    each["tap_stream_id"]: json.loads(json.dumps(each))
    for each in TapBill(validate_config=False).catalog_dict["streams"]
}


def test_every_stream_has_a_snapshot_and_no_snapshot_is_left_over() -> None:
    assert tuple(CATALOG) == STREAM_NAMES
    if os.environ.get("BILL_CATALOG") != "write":
        assert {path.stem for path in FOLDER.glob("*.json")} == set(STREAM_NAMES)


@pytest.mark.parametrize("stream", STREAM_NAMES)
def test_a_stream_is_in_the_catalog_as_it_was_written_down(stream: str) -> None:
    entry = {**CATALOG[stream], "metadata": sorted(CATALOG[stream]["metadata"], key=lambda each: each["breadcrumb"])}
    path = FOLDER / f"{stream}.json"
    if os.environ.get("BILL_CATALOG") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(json.dumps(entry, indent=1) + "\n")
    assert entry == json.loads(path.read_text())


def test_meltano_selects_everything_for_what_is_sensitive_is_a_setting() -> None:
    """Outside of this project Meltano selects all columns of all streams, whatever the catalog has as its default."""
    (extractor,) = [
        each
        for each in yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["extractors"]
        if each["name"] == "tap-bill"
    ]
    assert "select" not in extractor
    hidden = {(entity.stream, snake(field.name)) for entity in ENTITIES for field in entity.fields if field.sensitive}
    assert not {(stream, name) for stream, each in CATALOG.items() for name in each["schema"]["properties"]} & hidden
