"""An approved plan, read from its file and held against the steps of a run: nothing else may be done."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.table.problem import Problem
from bill_program.errors import SettingsError
from bill_values.exact_json import encode
from target_bill.account.carried_out import CarriedOut
from target_bill.model.document import salted
from target_bill.plan.plan_file import KIND, VERSION, identity_of
from target_bill.plan.readable import rows
from target_bill.plan.shown_step import differences_shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from target_bill.model.step import Step
    from target_bill.plan.pins import Pins

TOLD_MAX = 20
"""Records with another content of which it is told what differs."""


class Approval:
    """An approved plan.

    Args:
        path: The plan's file.
        organization_id: The organization that is written to.

    Raises:
        SettingsError: It is no plan, one for another organization, or one that was changed.
    """

    def __init__(self, path: Path, organization_id: str) -> None:
        self._path = path
        plan = _read(path)
        if plan.get("organization_id") != organization_id:
            raise _unusable(path, f"is for the organization {plan.get('organization_id')!r}")
        self._differing_count = 0
        self._salt = str(plan["salt"])
        self.hash = str(plan["hash"])
        for row in plan["steps"]:
            row.pop("shown", None)  # what people read is not kept in memory
        self._steps = {(row["stream"], row["key"], row["action"]): row for row in plan["steps"]}
        self.carried_out = CarriedOut(self.hash, {step: row["source_key"] for step, row in self._steps.items()})

    def problem(self, step: Step, pins: Pins) -> Problem | None:
        """The reason for which a step may not be done, if there is one.

        Args:
            step: What would be done.
            pins: Tells whether what it refers to is what was planned.
        """
        told = ""
        row = self._steps.get((*step.document.key, step.action.value))
        if row is None:
            what, kind = f"{step.action.value} of {step.document.name} does not stand", "the step does not stand"
        elif row["fingerprint"] != salted(step.document.digest, self._salt):
            what = f"the record {step.document.name} has another content than"
            kind = "the record has another content than"
            told = self._told(step, pins)
        elif another := pins.problem(step, row["references"], row["object"]):
            what, kind = f"{another}, as", "it refers to another object than"
        elif edits := pins.edited(step, row, self._salt):
            what = f"{step.bill_id} was edited in BILL ({edits}), and is not as it stands"
            kind = "the object was edited in BILL, and is not as it stands"
        elif unseen := pins.not_named(step, row["notices"]):
            what = f"{step.document.name} has a warning now ({unseen}) that does not stand"
            kind = "a warning has come up since that does not stand"
        elif {each["field"] for each in row["changes"]} != {each.field for each in step.changes}:
            what, kind = f"{step.bill_id} differs in other fields than", "the object differs in other fields than"
        else:
            self.carried_out.begins(step)
            return None
        hint = "Make a new plan (`mode: plan`), and have it approved."
        where = f" in the approved plan {self._path}"
        return Problem(field=None, reason=what + where + told, hint=hint, kind=kind + where)

    def _told(self, step: Step, pins: Pins) -> str:
        """Differences of a step from the approved one, in words; of the first steps only, each is looked for."""
        self._differing_count += 1
        if self._differing_count > TOLD_MAX:
            return ""
        place = step.document.entity.stream, step.document.source_key, step.action.value
        then = next(
            (row["shown"] for row in rows(self._path, "steps") if (row["stream"], row["key"], row["action"]) == place),
            None,
        )
        told = differences_shown(then, pins.shown(step)) if then else []
        return f": {', '.join(told) or 'it differs in what is hidden, or not shown'}"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        plan: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        head = {name: plan[name] for name in ("kind", "version", "organization_id", "salt")}
        if (head["kind"], head["version"]) != (KIND, VERSION):
            raise _unusable(path, f"is a {head['kind']!r} of version {head['version']!r}")
        digest = hashlib.sha256(identity_of(head))
        for row in plan["steps"]:
            _ = row["references"], row["object"], row["state"], row["notices"]
            digest.update(encode(row).encode())
        for row in (*plan["not_written"], plan["about"]):
            digest.update(encode(row).encode())
    except OSError as error:
        raise SettingsError(f"setting `plan`: {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        raise _unusable(path, "is no plan") from None
    if plan.get("hash") != f"sha256:{digest.hexdigest()}":
        raise _unusable(path, "was changed after it was made: its hash does not fit")
    return plan


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(f"setting `plan`: {path} {why}; make a new one with `mode: plan`")
