"""Archives and folders: which of their files are read, in which order, and what is refused in one line."""

from __future__ import annotations

import gzip
import io
import json
import logging
import random
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from csv_tap import BILL_HEADER, Json, bills, documents, run_tap
from workbooks import Cell, write

from bill_documents.mapping.guess import guess as guess_of
from bill_documents.reading import archive, zip_limits
from bill_documents.reading.files import find
from bill_program.errors import ConnectorError

if TYPE_CHECKING:
    from pathlib import Path


HEADER: list[Cell] = [*BILL_HEADER.strip().split(",")]


def csv_of(vendor: str, number: int = 1) -> bytes:
    return f"{BILL_HEADER}{vendor},{number},2021-06-01,1.50,Pipe\n".encode()


def zip_at(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def read(path: Path | str, **more: Json) -> list[tuple[str, str]]:
    """File and vendor of each bill."""
    return [(each["_source_file"], each["vendorName"]) for each in documents(bills(str(path), **more))["bills"]]


def error_of(path: Path | str) -> str:
    with pytest.raises(ConnectorError) as caught:
        documents(bills(str(path)))
    assert "\n" not in str(caught.value)
    return str(caught.value)


CLUTTER = ("__MACOSX/a.csv", ".hidden.csv", ".git/a.csv", "Thumbs.db", ".DS_Store", "~$b.xlsx", ".~lock.a.csv#")


def test_an_archive_is_read_like_a_folder_of_its_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "c.xlsx", {"Bills": [HEADER, ["Cee", "3", "2021-06-01", 5, "x"]]})
    members = {
        "b.csv": csv_of("Bee"),
        "2026/02/d.csv": csv_of("Dee"),
        "c.xlsx": (tmp_path / "c.xlsx").read_bytes(),
        "a.CSV.gz": gzip.compress(csv_of("Ace")),
        "letter.pdf": b"%PDF-1.7",
        **dict.fromkeys(CLUTTER, b"\x00\x05\x16\x07 no table"),
    }
    path = zip_at(tmp_path / "month.zip", members)
    with caplog.at_level(logging.WARNING):
        found = read(path)
    assert found == [
        (f"{path}/2026/02/d.csv", "Dee"),
        (f"{path}/a.CSV.gz", "Ace"),
        (f"{path}/b.csv", "Bee"),
        (f"{path}/c.xlsx, sheet Bills", "Cee"),
    ]
    assert f"{path}: not read: letter.pdf" in caplog.text


def test_a_folder_is_read_without_what_systems_and_programs_keep_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "in"
    (folder / "done").mkdir(parents=True)
    for name in (*(each for each in CLUTTER if "/" not in each), "._a.csv", "done/old.csv", "old.zip", "notes.md"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07 no table")
    (folder / "2026-02.csv").write_bytes(csv_of("Bee"))
    (folder / "2026-01.csv").write_bytes(csv_of("Ace"))
    with caplog.at_level(logging.WARNING):
        assert [vendor for _, vendor in read(folder)] == ["Ace", "Bee"]
    assert caplog.text.count(f"{folder}: not read: done/, notes.md, old.zip") == 1, "said, and said once"
    (folder / "notes.md").unlink()
    (folder / "old.zip").unlink()
    assert [vendor for _, vendor in read(f"{folder}/*")] == ["Ace", "Bee"], "a pattern leaves such files out too"


def test_archives_are_found_by_a_pattern_and_by_their_content(tmp_path: Path) -> None:
    zip_at(tmp_path / "2026-01.zip", {"x.csv": csv_of("Ace")})
    zip_at(tmp_path / "2026-02.download", {"x.csv": csv_of("Bee")})
    assert [vendor for _, vendor in read(tmp_path / "2026-*")] == ["Ace", "Bee"]


def test_a_file_a_folder_and_a_pattern_in_an_archive_can_be_named(tmp_path: Path) -> None:
    members = {"in/a.csv": csv_of("Ace"), "in/b.csv": csv_of("Bee"), "list.dat": csv_of("Cee"), "more.csv": b"x,y\n"}
    path = zip_at(tmp_path / "month.zip", members)
    assert read(path / "in" / "a.csv") == [(f"{path}/in/a.csv", "Ace")]
    assert [vendor for _, vendor in read(path / "in")] == ["Ace", "Bee"]
    assert [vendor for _, vendor in read(path / "in" / "b*")] == ["Bee"]
    assert [vendor for _, vendor in read(path / "list.dat")] == ["Cee"]
    assert 'has no "in/c.csv"; did you mean "in/b.csv"' in error_of(path / "in" / "c.csv")
    (tmp_path / "plain.csv").write_bytes(csv_of("Ace"))
    assert f'"{tmp_path / "plain.csv"}" is no archive' in error_of(tmp_path / "plain.csv" / "a.csv")


def named_as_written(path: Path, name: bytes) -> Path:
    """An archive with one member whose name is these bytes, and is not said to be UTF-8."""
    plain = "x" * len(name)
    zip_at(path, {plain: csv_of("Ace")})
    path.write_bytes(path.read_bytes().replace(plain.encode(), name))
    return path


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("B\u00fcro.csv".encode(), "B\u00fcro.csv"),
        ("B\u00fcro.csv".encode("cp437"), "B\u00fcro.csv"),
        (b"..\\..\\etc\\a.csv", "etc/a.csv"),
        (b"/abs/./a.csv", "abs/a.csv"),
        (b"line\nbreak.csv", "line?break.csv"),
    ],
    ids=["UTF-8 unsaid", "cp437", "a way out", "absolute", "a line break"],
)
def test_names_of_members_are_shown_as_they_were_meant(tmp_path: Path, name: bytes, shown: str) -> None:
    path = named_as_written(tmp_path / "month.zip", name)
    assert read(path) == [(f"{path}/{shown}", "Ace")]


def test_names_that_are_said_to_be_utf_8_are(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "month.zip", {"R\u00e9sum\u00e9 \u0416.csv": csv_of("Ace")})
    assert read(path) == [(f"{path}/R\u00e9sum\u00e9 \u0416.csv", "Ace")]


# What is refused


def locked(path: Path) -> None:
    zip_at(path, {"a.csv": csv_of("Ace")})
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(signature) + place
        content[start : start + 2] = struct.pack("<H", 1)
    path.write_bytes(content)


def twice(path: Path) -> None:
    zip_at(path, {"a.csv": csv_of("Ace"), "b.csv": csv_of("Bee")})
    path.write_bytes(path.read_bytes().replace(b"b.csv", b"a.csv"))


def in_another(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("a.csv", csv_of("Ace"))
    zip_at(path, {"b.csv": inner.getvalue()})


def damaged(path: Path) -> None:
    zip_at(path, {"a.csv": csv_of("Ace")}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"Pipe", b"Pope"))


def damaged_lzma(path: Path) -> None:
    zip_at(path, {"a.csv": csv_of("Ace") * 50}, zipfile.ZIP_LZMA)
    content = bytearray(path.read_bytes())
    start = 30 + len("a.csv") + 9  # behind the header of the member and that of its packing
    content[start : start + 20] = b"\xff" * 20
    path.write_bytes(content)


def out_of_place(path: Path) -> None:
    """The directory says that the member begins shortly before the end of the archive."""
    zip_at(path, {"a.csv": csv_of("Ace")})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 42
    content[place : place + 4] = struct.pack("<I", len(content) - 5)
    path.write_bytes(content)


def odd_packing(path: Path) -> None:
    zip_at(path, {"a.csv": csv_of("Ace")})
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = content.index(signature) + place
        content[start : start + 2] = struct.pack("<H", 9)  # what Windows takes for large files
    path.write_bytes(content)


def bomb(path: Path) -> None:
    zip_at(path, {"a.csv": b"\0" * (zip_limits.PLAIN_BYTES + 1)})


REFUSED = {
    "locked": (locked, '/a.csv: is locked by a password: unpack "'),
    "two of one name": (twice, ': has two files named "a.csv": unpack it, and give the folder'),
    "an archive in an archive": (in_another, "/b.csv: is an archive in an archive: unpack it"),
    "only an archive": (lambda path: zip_at(path, {"b.zip": b"PK"}), "has no file that ends in one of .csv,"),
    "damaged": (damaged, ": cannot be unpacked (Bad CRC-32 for file 'a.csv'): get it once more, or unpack it"),
    "damaged, packed by LZMA": (damaged_lzma, ": cannot be unpacked (Corrupt input data): get it once more"),
    "out of its place": (out_of_place, ": cannot be unpacked ("),
    "packed in another way": (odd_packing, ": cannot be unpacked (That compression method is not supported)"),
    "a bomb": (bomb, ": a.csv unpacks to more than 200 times its size, as no sheet does: unpack it"),
    "a PDF by another name": (lambda path: zip_at(path, {"a.csv": b"%PDF-1.7"}), "/a.csv: is a PDF"),
    "nothing but hidden files": (lambda path: zip_at(path, {".a.csv": b"x"}), "has no file that ends in one of .csv,"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_of_an_archive_is_one_line(tmp_path: Path, what: str) -> None:
    make, said = REFUSED[what]
    path = tmp_path / "month.zip"
    make(path)
    error = error_of(path)
    assert said in error
    assert str(path) in error


@pytest.mark.parametrize(
    ("limit", "most", "said"),
    [
        ((archive, "MEMBERS_MAX"), 1, "has 2 files, 1 are allowed: unpack it"),
        ((zip_limits, "UNPACKED_BYTES_MAX"), 100, "bytes, 100 are allowed: unpack it"),
    ],
    ids=["files", "bytes"],
)
def test_an_archive_has_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: tuple[object, str], most: int, said: str
) -> None:
    path = zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace"), "b.csv": csv_of("Bee")})
    monkeypatch.setattr(*limit, most)
    assert said in error_of(path)


def test_a_member_that_is_larger_than_it_says_is_read_no_further(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace") + b"x" * 1000})
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02") + 24
    content[start : start + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    assert "cannot be unpacked (Bad CRC-32" in error_of(path)


@pytest.mark.parametrize("member", ["mimetype", "META-INF/manifest.xml"])
def test_what_an_archive_is_shows_without_a_member_that_is_a_bomb(tmp_path: Path, member: str) -> None:
    path = zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace"), member: bytes(50_000_000)})
    tracemalloc.start()
    assert len(find(str(path), "files[0].path")) == 1
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 10_000_000


PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def broken(content: bytes, chance: random.Random) -> bytes:
    """The archive cut off, or with some of its bytes changed."""
    if chance.random() < 0.2:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_broken_archive_is_one_line_or_has_its_files_as_they_were(tmp_path: Path, packing: int) -> None:
    members = {"a.csv": csv_of("Ace"), "in/b.csv": csv_of("Bee") * 9}
    path = zip_at(tmp_path / "month.zip", members, packing)
    content, chance = path.read_bytes(), random.Random(packing)  # noqa: S311  # the same each time, on purpose
    read: list[bytes] = []
    errors: list[str] = []
    for _ in range(400):
        path.write_bytes(broken(content, chance))
        try:
            found = find(str(path), "files[0].path")
            read += [each.unpacked.path.read_bytes() for each in found if each.unpacked]
        except ConnectorError as error:
            errors.append(str(error))
    assert {*read} == {*members.values()}
    assert len(errors) > 20
    assert not [each for each in errors if "\n" in each]


# One run


def test_nothing_of_an_archive_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace"), "b.csv": csv_of("Bee")})
    with monkeypatch.context() as patched:
        patched.setattr("tempfile.tempdir", str(scratch))
        found = find(str(tmp_path / "month.zip"), "files[0].path")
        (folder,) = scratch.iterdir()
        assert folder.stat().st_mode & 0o077 == 0, "only this user may look into it"
        del found
        assert list(scratch.iterdir()) == []
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert len(run_tap(tmp_path, bills("month.zip")).records("bills")) == 2
    zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace"), "b.csv": csv_of("Bee") + b"ragged\n"})
    assert "month.zip/b.csv, row 3: 1 cells" in run_tap(tmp_path, bills("month.zip")).error
    assert list(scratch.iterdir()) == []


def test_members_that_have_not_changed_are_not_read_again(tmp_path: Path) -> None:
    def vendors_of(state: str | None) -> list[str]:
        run = run_tap(tmp_path, bills("month.zip"), state=state)
        found = [each["vendorName"] for each in run.records("bills")]
        kept = [each["value"] for each in run.messages if each["type"] == "STATE"][-1]
        (tmp_path / "state.json").write_text(json.dumps(kept))
        return found

    zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace")})
    assert vendors_of(None) == ["Ace"]
    zip_at(tmp_path / "month.zip", {"b.csv": csv_of("Bee"), "a.csv": csv_of("Ace")}, zipfile.ZIP_STORED)
    assert vendors_of("state.json") == ["Bee"], "packed anew, and one file more"
    assert vendors_of("state.json") == []
    zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Aye")})
    assert vendors_of("state.json") == ["Aye"]
    (files,) = json.loads((tmp_path / "state.json").read_text())["bookmarks"]["bills"].values()
    assert [each["path"] for each in files] == ["month.zip/a.csv"], "what went is forgotten"


# A first mapping


def test_a_guess_for_several_files_is_from_the_first_and_says_which_it_does_not_fit(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "month.zip", {"a.csv": csv_of("Ace"), "b.csv": csv_of("Bee"), "c.csv": b"Who,Sum\nX,1\n"})
    said = guess_of(str(path))
    assert f'# guess: from "{path}/a.csv", the first of 3 files\n' in said
    assert f'# question: "{path}/c.csv" has no column "Supplier", "Number"' in said
    assert f'- path: "{path}"' in said
    assert "b.csv" not in said


def test_a_guess_takes_the_encoding_and_the_sheet_that_are_given(tmp_path: Path) -> None:
    row = "M\u00fcller,1,2021-06-01,1.50,Pipe\n"
    (tmp_path / "f.csv").write_bytes((BILL_HEADER + row).encode("cp850"))
    assert 'encoding: "cp850"  # as given' in guess_of(str(tmp_path / "f.csv"), encoding="cp850")
    with pytest.raises(ConnectorError, match=r"^--encoding is \"latin-99\", which is no encoding"):
        guess_of(str(tmp_path / "f.csv"), encoding="latin-99")
    rows: list[list[Cell]] = [HEADER, ["Ace", "1", "2021-06-01", 5, "x"]]
    write(tmp_path / "f.xlsx", {"Notes": [["a", "b"], [1, 2]], "2024": rows, "Bills": rows})
    with pytest.raises(ConnectorError, match=r"^--sheet: must be given: .* has 3 sheets"):
        guess_of(str(tmp_path / "f.xlsx"))
    assert 'sheet: "Bills"  # as given' in guess_of(str(tmp_path / "f.xlsx"), sheet="Bills")
    assert 'sheet: "2024"  # as given' in guess_of(str(tmp_path / "f.xlsx"), sheet="2024")
    assert "sheet: 3  # as given" in guess_of(str(tmp_path / "f.xlsx"), sheet="3")
    with pytest.raises(ConnectorError, match=r'^--sheet: .* has no sheet "Bils"; did you mean "Bills"'):
        guess_of(str(tmp_path / "f.xlsx"), sheet="Bils")
    for name, given in (("f.xlsx", {"encoding": "cp850", "sheet": "Bills"}), ("f.csv", {"sheet": "3"})):
        with pytest.raises(ConnectorError, match=f"^--{next(iter(given))}: is about files that are a"):
            guess_of(str(tmp_path / name), **given)
