"""Attachments, once all records are settled: each file on the object of its record, once.

A file is known by its content and its record: the ledger has those that are there. Beside an object that was there
before, BILL is asked first: a file of that name is taken for the same. Where the answer to an upload is lost, it is
looked up (`uploads`), and never sent again in the same run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bill_api.errors import (
    REFUSES_ALL,
    InDoubtError,
    InvalidRecordError,
    NotFoundError,
    RefusedError,
    RetriableError,
)
from bill_api.wire.raw import File
from target_bill.delivery.refusals import problem_of
from target_bill.delivery.uploads import UNTOLD, Uploads, file_key, not_yet
from target_bill.input.named_files import RefusedFileError, content_of, sha256_of
from target_bill.model.attachment import ATTACHMENT, attachment_of, object_of, with_object
from target_bill.model.outcome import Hold, Outcome, Verdict, rejected
from target_bill.model.step import Action, Step
from target_bill.plan.written import REFUSED_YET_DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient, Element
    from bill_api.errors import BillError
    from bill_api.table.problem import Problem
    from target_bill.account.report import Report
    from target_bill.delivery.dry_run import DryRun
    from target_bill.delivery.sender import Sender
    from target_bill.input.spool import Spool
    from target_bill.ledger.ledger import LastOutcome, Ledger
    from target_bill.model.attachment import RecordFile
    from target_bill.model.document import Document
    from target_bill.plan.permission import Permission

log = logging.getLogger(__name__)

BELIEVED = (InvalidRecordError, NotFoundError, *REFUSES_ALL)
"""Refusals that are about what was sent, or about who sent it: nothing was done (inferred from their meaning)."""

NOT_SETTLED = "a file is not attached: its record is not in BILL as it came"
THERE = "BILL has a file of this name on the object already; it is taken for the same"
INTERRUPTED = "found in BILL after an interrupted upload"


def upload(client: BillClient, steps: Sequence[Step]) -> Sequence[Element]:
    """Send the file of a step, if it is still what it was when its record was read."""
    results: list[Element] = []
    for step in steps:
        (file,) = step.document.files
        try:
            content = content_of(file.path)
        except (OSError, RefusedFileError) as error:
            results.append(RefusedError(f"{file.name!r} cannot be read any more: {error}"))
            continue
        if sha256_of(content) != file.sha256:
            results.append(RefusedError(f"{file.name!r} was changed while the run was at work"))
            continue
        _, object_id = object_of(step.body)
        results.append({"id": client.attach(object_id, File(file_name=file.name, content=content))})
    return results


class Attachments:
    """Attaches the files that records of this run name.

    Args:
        client: BILL.
        ledger: Knows the objects of records, and what is attached.
        spool: Has the files.
        sender: Sends them; its own, so that no other step comes between.
        report: Counts them.
        permission: Forbids what an approved plan has not.
        moved_on: Called every now and then.
    """

    def __init__(
        self,
        client: BillClient,
        ledger: Ledger,
        spool: Spool,
        sender: Sender | DryRun,
        report: Report,
        permission: Permission,
        *,
        moved_on: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._spool = spool
        self._sender = sender
        self._report = report
        self._permission = permission
        self._moved_on = moved_on
        self._uploads = Uploads(client, ledger)
        self._unclear: dict[tuple[str, str], Problem] = {}
        self._in_doubt: list[Step] = []
        self._refused: list[tuple[Step, BillError]] = []

    def look_back(self) -> None:
        """Before the first record: settle the uploads of a run that was cut off."""
        intents = self._uploads.open()
        if not intents:
            return
        log.warning("An earlier run was interrupted; %d files are looked for before anything is sent", len(intents))
        looked = self._uploads.look(intents)
        self._ledger.adopt(looked.found, {})
        self._ledger.withdraw(intent.key for intent in looked.absent)
        self._unclear |= looked.unclear
        if looked.found:
            self._report.note(INTERRUPTED, len(looked.found))
        if looked.unclear:
            self._report.note("an interrupted upload of an earlier run is still unclear", len(looked.unclear))

    def settle(self) -> None:
        """Give every file that a record names its outcome; the records have theirs by now."""
        for some in self._spool.files():
            documents = [(each, attachment_of(each, self._ledger.salt)) for each in some]
            owners = [self._ledger.settled(each.entity.stream, each.source_key) for each, _ in documents]
            there = self._there(documents, owners)
            for (named, document), owner in zip(documents, owners, strict=True):
                self._report.received(document)
                decision = self._decision(named, document, owner, there)
                if isinstance(decision, Step):
                    self._sender.add(decision)
                    self._receive(flush=False)
                else:
                    self._settled(decision)
                self._moved_on()
        self._receive(flush=True)
        if self._in_doubt:
            self._ask()
        for step, refusal in self._refused:
            self._settled(self._outcome_of_refused(step, refusal))
        self._refused = []

    def land(self) -> None:
        """Settle what is in the air; send nothing more."""
        for steps, results in self._sender.remaining():
            self._answered(steps, results)

    # The decision on a file

    def _decision(
        self,
        named: RecordFile,
        document: Document,
        owner: LastOutcome | None,
        there: Mapping[str, Mapping[str, list[str]]],
    ) -> Step | Outcome:
        if owner is None or not _is_settled(owner, named):
            return Outcome(document=document, verdict=Verdict.SKIPPED, note=NOT_SETTLED)
        if self._ledger.has_as_it_is(document):
            return Outcome(document=document, verdict=Verdict.UNCHANGED)
        if problem := self._unclear.get(document.key):
            return rejected(document, problem)
        if alike := there.get(owner.bill_id, {}).get(file_key(named.file.name)):
            upload_id = alike.pop(0)
            verdict, hold = Verdict.UNCHANGED, Hold.ADOPTED
            return Outcome(document=document, verdict=verdict, bill_id=upload_id, hold=hold, note=THERE)
        body = with_object(document, named.entity, owner.bill_id)
        step = Step(document=document, action=Action.CREATE, body=body)
        problem = self._permission.not_approved(step)
        return rejected(document, problem) if problem else step

    def _there(
        self, documents: Sequence[tuple[RecordFile, Document]], owners: Sequence[LastOutcome | None]
    ) -> Mapping[str, Mapping[str, list[str]]]:
        """For objects that were there before their records: the names of their files, with the ids of the uploads.

        What a record has created had no file before those that the record names.
        """
        asked: dict[str, None] = {}
        for (named, document), owner in zip(documents, owners, strict=True):
            is_new = owner is None or owner.verdict == Verdict.CREATED or not _is_settled(owner, named)
            if not is_new and owner is not None and not self._ledger.has_as_it_is(document):
                asked[owner.bill_id] = None
        return self._uploads.attached(asked)

    # A file and its answer

    def _receive(self, *, flush: bool) -> None:
        for steps, results in self._sender.results(flush=flush):
            self._answered(steps, results)

    def _answered(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        for step, result in zip(steps, results, strict=True):
            if isinstance(result, InDoubtError | RetriableError):
                log.warning("%s: %s; looking for it", step.document.name, result)
                self._in_doubt.append(step)
            elif isinstance(result, dict):
                self._settled(_attached(step.document, result["id"]))
            else:
                self._refused.append((step, result))

    def _outcome_of_refused(self, step: Step, refusal: BillError) -> Outcome:
        """A reject, unless BILL has the file all the same: that it did nothing of what it refused is not known.

        Where it does not tell what it has, only a refusal that is about the file or the user is believed.
        """
        key = step.document.key
        looked = self._uploads.look([each for each in self._uploads.open() if each.key == key])
        for _, upload_id, _ in looked.found:
            return _attached(step.document, upload_id, REFUSED_YET_DONE)
        problem = looked.unclear.get(key)
        if problem is None or problem.kind != UNTOLD or isinstance(refusal, BELIEVED):
            return rejected(step.document, problem_of(ATTACHMENT, refusal))
        self._unclear[key] = problem
        return rejected(step.document, problem)

    def _ask(self) -> None:
        """Find out what became of uploads of this run; what is not there yet is not sent again in this run."""
        steps, self._in_doubt = {each.document.key: each for each in self._in_doubt}, []
        looked = self._uploads.look([each for each in self._uploads.open() if each.key in steps])
        for intent, upload_id, _ in looked.found:
            self._settled(_attached(steps[intent.key].document, upload_id, INTERRUPTED))
        for intent in looked.absent:
            self._report.settled(rejected(steps[intent.key].document, not_yet(intent)))
        for key, problem in looked.unclear.items():
            self._report.settled(rejected(steps[key].document, problem))

    def _settled(self, outcome: Outcome) -> None:
        if self._is_final(outcome):
            self._ledger.settle([outcome])
        self._report.settled(outcome)

    def _is_final(self, outcome: Outcome) -> bool:
        """True unless the intent of an earlier upload has to stay."""
        return outcome.document.key not in self._unclear and outcome.verdict is not Verdict.SKIPPED


def _is_settled(owner: LastOutcome, named: RecordFile) -> bool:
    """True if the record has an object of its own, with the content that it came with."""
    is_there = owner.is_owner and owner.is_whole and owner.verdict != Verdict.DELETED
    return is_there and owner.content_hash == named.content_hash


def _attached(document: Document, upload_id: str, note: str = "") -> Outcome:
    return Outcome(document=document, verdict=Verdict.CREATED, bill_id=upload_id, hold=Hold.WROTE, note=note)
