"""Small changes to the code, one at a time, each of which some test must notice: `make mutants`.

The changes are those of cosmic-ray. A sample of them is drawn with a seed from each package; each is made in a copy of
the project whose sources come first on PYTHONPATH, so that the programs that tests start are changed as well. The tests
in files that name the module, or share words with the changed function, run first, with those that killed a neighbour,
then all: fast ones before slow ones, up to the first that fails. A mutant that no test notices within `--budget`
seconds counts as one that survived.
`mutants.toml` has those that no test can notice, with reasons; they do not count. The end is an error where a package
is below the goal.

    python campaigns/mutants.py --package identity --sample 200 --seed 7
    python campaigns/mutants.py --package target_bill --module ledger --budget 900
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
GOAL_PERCENT = 95
SAMPLE, BUDGET_S, WORKERS = 60, 600, 2
NEAR_FILES = 10
"""Files of tests that are tried first for what they say, besides those that name the changed module."""
GRACE_S = 240
"""What a test may take beyond the budget until its mutant counts as one that hangs; no process of a test may longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is changed together, and the tests that must notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PACKAGES = {
    "identity": Package(
        modules=("bill_api/identity/keys.py", "bill_values/spelling.py", "bill_api/table/kinds.py"),
        tests=(
            "tests/api",
            "tests/values",
            "tests/program",
            "tests/csv",
            "tests/target/test_target_same.py",
            "tests/target/test_target_values.py",
            "tests/target/test_target_encoding.py",
            "tests/target/test_target_properties.py",
        ),
    ),
    # Without the entities: they are declarations, which a snapshot holds.
    "bill_api": Package(
        modules=("bill_api/*.py", "bill_api/[!e]*/*.py", "bill_program/*.py", "bill_values/*.py"),
        tests=("tests/values", "tests/program", "tests/api", "tests/singer", "tests/cli", "tests/tap", "tests/target"),
    ),
    "target_bill": Package(modules=("target_bill/**/*.py",), tests=("tests/target",)),
    "bill_cli": Package(modules=("bill_cli/**/*.py",), tests=("tests/cli",)),
}

OPERATORS = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ReplaceAndWithOr",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
    *(f"ReplaceBinaryOperator_{each}" for each in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{each}" for each in ("Mod_Mul", "BitOr_BitAnd", "BitAnd_BitOr")),
    *(f"ReplaceComparisonOperator_{each}" for each in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{each}" for each in ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt")),
    *(f"ReplaceComparisonOperator_{each}" for each in ("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")),
)
"""Of cosmic-ray's operators, those whose mutants look like mistakes that people make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one module.

    Attributes:
        module: The module's path in the project.
        number: The first changed line, from 1.
        before: The changed lines, each without its margin.
        after: What they became; empty where they are gone.
        source: The whole module with the change.
    """

    module: str
    number: int
    before: str
    after: str
    source: str = field(repr=False)

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.module}:{self.number}: {self.before}  ->  {self.after or '(gone)'}"


class _Acted(ast.NodeTransformer):
    """Leaves what Python acts on: no types, no speed, and no promises that the type checker keeps."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]  # cosmic-ray takes a bare star for a product
        node.defaults = [*node.defaults, *(each for each in node.kw_defaults if each is not None)]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = [each for each in node.decorator_list if "cache" not in ast.unparse(each)]
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.decorator_list = [
            each.func if isinstance(each, ast.Call) and ast.unparse(each.func) == "dataclass" else each
            for each in node.decorator_list
        ]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) in {"zip", "lru_cache"}:  # `strict` is a promise, and the size of a cache speed
            node.keywords = []
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def _acted(source: str) -> str | None:
    """A module as far as Python acts on it; None where it is no Python."""
    with suppress(SyntaxError):
        return ast.dump(_Acted().visit(ast.parse(source)))
    return None


def _words(text: str) -> set[str]:
    return {each.lower() for each in re.findall(r"[A-Za-z][a-z]{3,}|[A-Z]{4,}", text)}


def _words_around(source: str, number: int) -> set[str]:
    """The words of the innermost function that has a line; of the line, where there is none."""
    lines = source.splitlines()
    around = [
        each
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.lineno <= number <= (each.end_lineno or 0)
    ]
    if not around:
        return _words(lines[number - 1])
    inner = max(around, key=lambda each: each.lineno)
    return _words("\n".join(lines[inner.lineno - 1 : inner.end_lineno]))


def places(module: str) -> Iterator[tuple[str, str, int]]:
    """Each place of a module where an operator changes something: the module, the operator, its occurrence."""
    nodes = list(ast_nodes(get_ast((ROOT / module).read_text())))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        many = sum(len(list(operator.mutation_positions(node))) for node in nodes)
        yield from ((module, name, occurrence) for occurrence in range(many))


def mutant_at(place: tuple[str, str, int]) -> Mutant | None:
    """The mutant of a place; None where the change means nothing to Python."""
    module, operator, occurrence = place
    original = (ROOT / module).read_text()
    source = None
    with suppress(AttributeError):  # cosmic-ray cannot replace an exception that is written `module.Name`
        source = mutate_code(original, get_operator(f"core/{operator}")(), occurrence)
    if source is None or _acted(source) in {None, _acted(original)}:
        return None
    old, new = original.splitlines(), source.splitlines()
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    _, first, last, new_first, new_last = next(each for each in blocks if each[0] != "equal")
    return Mutant(
        module=module,
        number=first + 1,
        before=_told(old[first:last]),
        after=_told(new[new_first:new_last]),
        source=source,
    )


def _told(lines: Iterable[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def drawn(modules: Iterable[str], many: int, seed: int) -> list[Mutant]:
    """So many mutants of some modules, or all where there are fewer; the same for the same seed and code."""
    every = [place for module in modules for place in places(module)]
    random.Random(seed).shuffle(every)  # noqa: S311  a sample, no secret
    found: dict[str, Mutant] = {}
    for place in every:
        if len(found) >= many:
            break
        if (mutant := mutant_at(place)) is not None:
            found.setdefault(mutant.source, mutant)
    return sorted(found.values(), key=lambda mutant: (mutant.module, mutant.number, mutant.after))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mutants that no test can notice, each with its reason."""

    reasons: dict[tuple[str, str, str | None], str]

    @classmethod
    def read(cls, path: Path) -> Accepted:
        """Read the list; refuse one that speaks of lines that are gone."""
        entries = tomllib.loads(path.read_text()).get("accepted", [])
        for each in entries:
            if each["before"] not in _told((ROOT / each["module"]).read_text().splitlines()):
                sys.exit(f"{path.name}: {each['module']} has no line `{each['before']}` any more: remove its entry")
        return cls({(each["module"], each["before"], each.get("after")): each["reason"] for each in entries})

    def reason(self, mutant: Mutant) -> str | None:
        """Why no test can notice a mutant; None where one must."""
        place = mutant.module, mutant.before
        return self.reasons.get((*place, mutant.after)) or self.reasons.get((*place, None))


class Copy:
    """A copy of the project in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (folder / "project" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / "project" / name)
        for each in ROOT.glob(".venv-*"):  # Git lists no environment, and some tests run Meltano in its own
            (folder / "project" / each.name).symlink_to(each)
        (folder / "tmp").mkdir()

    def write(self, module: str, source: str) -> None:
        """Give a module another source."""
        path = self.folder / "project" / module
        path.write_text(source)
        # Python tells a compiled module's age in seconds: two mutants of one second may look alike to it.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)

    def tried(self, tests: Sequence[str], asked: dict[str, Any], budget_s: float) -> dict[str, Any]:
        """Run tests up to the first that fails; which failed, and what each took."""
        question = self.folder / "tests.json"
        question.write_text(json.dumps(asked))
        answer = question.with_suffix(".answer")
        answer.unlink(missing_ok=True)
        question.with_suffix(".now").unlink(missing_ok=True)
        project = self.folder / "project"
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "mutants_plugin", "-p", "no:cacheprovider", *tests],
            cwd=project,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str(project), str(project / "campaigns"))),
                "TMPDIR": str(self.folder / "tmp"),
                "MUTANT_TESTS": str(question),
                "MUTANT_BUDGET_S": str(budget_s),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = process.wait(budget_s + GRACE_S)
        except subprocess.TimeoutExpired:
            return {"failed": ["(hangs)"], "why": ["all of them"], "seconds": {}}
        finally:
            self.stop()
        if not answer.exists():
            hung = question.with_suffix(".now")
            failed = hung.read_text() if hung.exists() else f"(pytest ended with {code})"
            return {"failed": [failed], "why": [f"it hangs, or ends Python with {code}"], "seconds": {}}
        found: dict[str, Any] = json.loads(answer.read_text())
        found["failed"] = found["failed"] or (["(cannot be imported)"] if code not in {0, 2} else [])
        return found

    def stop(self) -> None:
        """End the tests, and what a broken program has left running."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Campaign:
    """The mutants of one package, tried side by side."""

    def __init__(self, copies: Sequence[Copy], package: Package, budget_s: float) -> None:
        self._package, self._budget_s = package, budget_s
        self._every_copy = copies
        self._copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for each in copies:
            self._copies.put(each)
        self._killers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._seconds: dict[str, float] = {}
        files = {
            path
            for each in package.tests
            for path in ([ROOT / each] if each.endswith(".py") else (ROOT / each).glob("**/test_*.py"))
        }
        self._words = {str(path.relative_to(ROOT)): _words(path.read_text()) for path in sorted(files)}

    def without_mutant(self, known: Path | None) -> None:
        """Run the tests on the code as it is; they must pass, and tell what each takes.

        Args:
            known: Has that from an earlier run, which is believed; written where there is none.
        """
        if known is not None and known.exists():
            self._seconds = json.loads(known.read_text())["seconds"]
            return
        copy = self._copies.get()
        answer = copy.tried(self._package.tests, {"first": [], "seconds": {}}, float("inf"))
        self._copies.put(copy)
        if answer["failed"]:
            sys.exit(f"without any mutant, {answer['failed'][0]} fails ({answer['why'][0]}): mend it first")
        self._seconds = answer["seconds"]
        if known is not None:
            known.write_text(json.dumps({"seconds": self._seconds}))

    def survivors(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Those of these that no test notices."""
        pool = ThreadPoolExecutor(len(self._every_copy))
        try:
            killed = list(pool.map(self._killed, mutants))
        finally:  # Ctrl-C ends the tests under way too
            pool.shutdown(wait=False, cancel_futures=True)
            for each in self._every_copy:
                each.stop()
        return [mutant for mutant, is_killed in zip(mutants, killed, strict=True) if not is_killed]

    def _near(self, mutant: Mutant) -> list[str]:
        """Files of tests that are about the changed code: most mutants are noticed there, before all are collected.

        Those that name its module, and those that share the rarest words with the function around the change.
        """
        dotted = mutant.module.removesuffix(".py").replace("/", ".")
        words = _words_around((ROOT / mutant.module).read_text(), mutant.number)
        shared = {path: words & found for path, found in self._words.items()}
        many = Counter(word for each in shared.values() for word in each)
        ranked = sorted(shared, key=lambda path: sum(1 / many[word] for word in shared[path]), reverse=True)
        naming = [path for path in self._words if re.search(rf"\b{dotted}\b", (ROOT / path).read_text())]
        return [*naming, *ranked[:NEAR_FILES]]

    def _killed(self, mutant: Mutant) -> bool:
        copy = self._copies.get()
        began, killers = time.monotonic(), self._killers[mutant.module]
        copy.write(mutant.module, mutant.source)
        try:
            asked = {"first": [name for name, _ in killers.most_common()], "seconds": self._seconds}
            near = {*self._near(mutant), *(name.partition("::")[0] for name in killers if "::" in name)}
            answer = copy.tried(sorted(near), asked, self._budget_s) if near else {"failed": []}
            if not answer["failed"]:
                answer = copy.tried(self._package.tests, asked, self._budget_s)
        finally:
            copy.write(mutant.module, (ROOT / mutant.module).read_text())
            self._copies.put(copy)
        failed: list[str] = answer["failed"]
        killers.update(failed[:1])
        told = " ".join([*failed[:1], *(f"({each})" for each in answer.get("why", ())[:1])])
        took_s = time.monotonic() - began
        print(f"{'killed' if failed else 'SURVIVED'} {took_s:.0f} s {mutant} {told}", flush=True)
        return bool(failed)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", choices=tuple(PACKAGES), action="append")
    parser.add_argument("--module", help="Of the package, only modules of this name.")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="Mutants of each package.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--after", type=int, default=0, help="Go on with a sample that was stopped behind so many.")
    parser.add_argument("--budget", type=float, default=BUDGET_S, help="Seconds for each mutant.")
    parser.add_argument("--workers", type=int, default=WORKERS, help="Mutants tried at the same time.")
    parser.add_argument(
        "--seconds", type=Path, help="File of what each test of the package takes without a mutant; made when missing."
    )
    parser.add_argument("--tests", nargs="+", help="Instead of the package's own.")
    options = parser.parse_args()
    accepted = Accepted.read(ROOT / "campaigns" / "mutants.toml")
    with tempfile.TemporaryDirectory() as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(options.workers)]
        reached = [_tried(name, copies, accepted, options) for name in options.package or PACKAGES]
    return 0 if all(reached) else 1


def _tried(name: str, copies: Sequence[Copy], accepted: Accepted, options: argparse.Namespace) -> bool:
    """Try a sample of a package and print what it came to; whether the goal is reached."""
    package = PACKAGES[name]
    modules = sorted({str(path.relative_to(ROOT)) for glob in package.modules for path in ROOT.glob(glob)})
    if options.module:
        modules = [each for each in modules if Path(each).stem == options.module]
    if options.tests:
        package = Package(modules=package.modules, tests=tuple(options.tests))
    mutants = drawn(modules, options.sample, options.seed)[options.after :]
    open_ones = [mutant for mutant in mutants if accepted.reason(mutant) is None]
    campaign = Campaign(copies, package, options.budget)
    campaign.without_mutant(options.seconds)
    survivors = campaign.survivors(open_ones)
    killed = len(open_ones) - len(survivors)
    percent = 100 * killed / len(open_ones) if open_ones else 100.0
    print(
        f"{name}: seed {options.seed}, {len(mutants)} mutants, {killed} killed, {len(survivors)} survived, "
        f"{len(mutants) - len(open_ones)} equivalent (listed): {percent:.1f} % of {GOAL_PERCENT} %"
    )
    for each in survivors:
        print(f"  survived: {each}")
    for each in mutants:
        if reason := accepted.reason(each):
            print(f"  listed: {each}: {reason}")
    return percent >= GOAL_PERCENT


if __name__ == "__main__":
    sys.exit(main())
