"""The definitions of our plugins for Meltano and its Hub, made from the settings that the programs declare.

`plugins/<type>/<name>.yml` is what the Hub lists and `meltano add --from-ref` reads. The `.lock` beside it is the same
in the form in which Meltano keeps it in a project: this repository is one, and its `meltano.yml` only names plugins.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from singer_sdk.plugin_base import PluginBase

from bill_api.connection import CONNECTION_SETTINGS, CONNECTION_VARIABLES
from tap_bill.settings import TAP_SETTINGS
from tap_bill.tap import TapBill
from tap_bill_csv.settings import CSV_SETTINGS
from tap_bill_csv.tap import TapBillCsv
from target_bill.settings import TARGET_SETTINGS
from target_bill.target import TargetBill
from target_duckdb.settings import LOADER_SETTINGS
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_program.settings import Setting
    from bill_singer.plugin import PlainPlugin

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DISTRIBUTION: str = PYPROJECT["project"]["name"]
REPOSITORY: str = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
"""Empty as long as there is no public one."""

VARIANT = DISTRIBUTION
"""The name that tells our plugins from others that are called alike."""

MADE = "# Made from the settings that the program declares: `make docs`.\n"
WIDTH = 120
SPELLED = {"api": "API", "id": "ID", "mfa": "MFA", "http": "HTTP", "url": "URL", "s": "(Seconds)"}
"""Parts of a setting's name that its label spells in another way."""

NOT_OFFERED = "faker_config"
"""A setting of the SDK for a library that none of our extras brings."""

SIGN_IN = ("username", "password", "developer_key")
BILL = "https://developer.bill.com"
DUCKDB = "https://duckdb.org"


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One of our programs as a plugin.

    Attributes:
        name: The program.
        kind: The folder of its type.
        label: Its name for people.
        description: Its work, in a line.
        domain_url: Of the system to which it connects.
        settings: Those that it declares.
        extras: Those of the distribution that it needs.
        program: Its class, if it is a tap or target.
        groups: Settings without which it does not run; each group is enough.
    """

    name: str
    kind: str
    label: str
    description: str
    domain_url: str
    settings: tuple[Setting, ...]
    extras: tuple[str, ...] = ()
    program: type[PlainPlugin] | None = None
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def definition(self) -> dict[str, Any]:
        """The definition for Meltano."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        capabilities = sorted(each.value for each in self.program.capabilities) if self.program else None
        versions = [each.rpartition(" ")[2] for each in PYPROJECT["project"]["classifiers"] if "Python :: 3." in each]
        found = {
            "name": self.name,
            "namespace": self.name.replace("-", "_"),
            "variant": VARIANT,
            "label": self.label,
            "docs": REPOSITORY and f"{REPOSITORY}/blob/main/README.md",
            "repo": REPOSITORY,
            "pip_url": f"{DISTRIBUTION}{extras}",
            "executable": self.name,
            "description": self.description,
            "capabilities": capabilities,
            "settings_group_validation": [list(each) for each in self.groups],
            "settings": list(self._settings()),
            "supported_python_versions": versions,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def listing(self) -> dict[str, Any]:
        """The same with what only the Hub asks for."""
        return self.definition | {
            "domain_url": self.domain_url,
            "keywords": ["meltano_sdk"] if self.program else ["api"],
            "maintenance_status": "development",  # until it has been run against BILL itself
            "quality": "unknown",  # the Hub judges it
        }

    def _settings(self) -> Iterator[dict[str, Any]]:
        shared = self.program.shared_variables if self.program else dict.fromkeys(CONNECTION_VARIABLES, "")
        for each in self.settings:
            yield _setting(each.name, each.schema(), shared)
        schema: dict[str, Any] = {"properties": {}}
        if self.program:
            PluginBase.append_builtin_config.__func__(self.program, schema)  # type: ignore[attr-defined]
        for name, described in schema["properties"].items():
            if name != NOT_OFFERED:
                yield _setting(name, described, {})


def _setting(name: str, schema: Mapping[str, Any], shared: Mapping[str, str]) -> dict[str, Any]:
    """A setting as Meltano describes it.

    Args:
        name: Of the setting.
        schema: Its JSON schema.
        shared: The variable of each setting that several commands have, which is its default; empty where Meltano
            reads it by itself. A constant would be handed over, and count more than what other commands go by.
    """
    found = {
        "name": name,
        "label": schema.get("title") or _label(name),
        "description": schema["description"],
        **_kind([each for each in schema["type"] if each != "null"]),
    }
    if choices := [each for each in schema.get("enum", ()) if each]:
        found |= {"kind": "options", "options": [{"label": _label(each), "value": each} for each in choices]}
    if schema.get("secret"):
        found["sensitive"] = True
    if name in shared:
        found |= {"value": f"${shared[name]}"} if shared[name] else {}
    elif schema.get("default") not in (None, "", [], {}):
        found["value"] = schema["default"]
    return found


def _kind(types: list[str]) -> dict[str, str]:
    """The kind of a setting; none of a list that may be a word: Meltano ends at a text where it wants a list."""
    return {} if types[0] == "array" and len(types) > 1 else {"kind": types[0]}


def _label(name: str) -> str:
    words = name.replace("-", "_").split("_")
    return " ".join(SPELLED.get(each, each.capitalize()) for each in words)


PLUGINS = (
    Plugin(
        name="tap-bill",
        kind="extractors",
        label="BILL",
        description="Bills, invoices, vendors, customers and all else that BILL (Bill.com) lists, with line items",
        domain_url=BILL,
        settings=TAP_SETTINGS,
        program=TapBill,
        groups=((*SIGN_IN, "organization_id"), (*SIGN_IN, "organizations")),
    ),
    Plugin(
        name="tap-bill-csv",
        kind="extractors",
        label="Spreadsheets for BILL",
        description="CSV files and workbooks as bills, invoices, vendors and customers for BILL (Bill.com)",
        domain_url=BILL,
        settings=CSV_SETTINGS,
        extras=("csv",),
        program=TapBillCsv,
        groups=(("files",),),
    ),
    Plugin(
        name="target-bill",
        kind="loaders",
        label="BILL",
        description="Records into BILL (Bill.com), each written once, with a ledger, plans and undo",
        domain_url=BILL,
        settings=TARGET_SETTINGS,
        extras=("csv", "xlsx"),
        program=TargetBill,
        groups=((*SIGN_IN, "organization_id"),),
    ),
    Plugin(
        name="target-duckdb",
        kind="loaders",
        label="DuckDB",
        description="Any Singer stream into a DuckDB file, to the row and to the cent",
        domain_url=DUCKDB,
        settings=LOADER_SETTINGS,
        extras=("duckdb",),
        program=TargetDuckDB,
        groups=(("filepath",),),
    ),
    Plugin(
        name="bill",
        kind="utilities",
        label="BILL",
        description="Every single action of BILL (Bill.com) at a terminal, with the settings of the project",
        domain_url=BILL,
        settings=CONNECTION_SETTINGS,
        groups=((*SIGN_IN, "organization_id"),),
    ),
)


def definitions() -> dict[Path, str]:
    """The files in `plugins/`, by path."""
    found = {}
    for each in PLUGINS:
        folder = ROOT / "plugins" / each.kind
        text = yaml.safe_dump(each.listing, sort_keys=False, allow_unicode=True, width=WIDTH)
        found[folder / f"{each.name}.yml"] = MADE + text
        lock = json.dumps({"plugin_type": each.kind, **each.definition}, indent=2)
        found[folder / f"{each.name}--{VARIANT}.lock"] = f"{lock}\n"
    return found
