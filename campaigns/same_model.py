"""What ought to become of records, told from what they mean: a model of its own, slow and simple.

It knows nothing of texts, calls, batches or places: books are a list of objects, the ledger is a dictionary.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from same_inputs import BLANK, BROKEN, KINDS, written_ways
from same_inputs import NOTHING as WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from same_inputs import Case, Choices, Said

Lines = tuple[tuple[str | None, int], ...]
Key = tuple[Any, ...]
NOTHING = (BLANK, BROKEN)


@dataclass(eq=False, kw_only=True)
class Object:
    """An object of BILL."""

    stream: str
    name: str
    party: Object | None = None
    lines: Lines = ()
    note: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Which object a record holds: it owns it, it was made on the way, or it only refers to it."""

    obj: Object
    said: Any
    is_owner: bool = True
    is_made: bool = False


Effect = tuple[str, "Callable[[], None]"]


@dataclass(kw_only=True)
class Model:
    """Books and ledger."""

    books: list[Object] = field(default_factory=list)
    ledger: dict[tuple[str, Key], Entry] = field(default_factory=dict)
    made: int = 0
    _choices: Any = None
    _open: dict[int, Said] = field(default_factory=dict)
    _keys: dict[int, tuple[str, Key]] = field(default_factory=dict)
    _taken: list[Object] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case) -> Model:
        """Books as others have filled them."""
        model = cls()
        for said in sorted(case.before, key=lambda each: list(KINDS).index(each.kind.stream)):
            party = model._parties(said)
            model.books.append(_object(said, party[0] if party else None))
        return model

    def lose_ledger(self) -> None:
        """Nothing is known of earlier runs."""
        self.ledger.clear()

    def run(self, records: Sequence[Said], chosen: Choices) -> list[str]:
        """The verdict of each record."""
        self._choices, self.made = chosen, 0
        self._keys = {place: key for place, said in enumerate(records) if (key := _key(said, chosen)) is not None}
        verdicts: dict[int, str] = {}
        for stream in KINDS:
            self._taken = []
            mine = {place: said for place, said in enumerate(records) if said.kind.stream == stream}
            self._settle(mine, verdicts)
        return [verdicts[place] for place in range(len(records))]

    def owner(self, obj: Object) -> tuple[tuple[str, Key], Entry] | None:
        """The record that owns an object."""
        owners = ((key, entry) for key, entry in self.ledger.items() if entry.obj is obj and entry.is_owner)
        return next(owners, None)

    # One entity

    def _settle(self, mine: dict[int, Said], verdicts: dict[int, str]) -> None:
        self._open = dict(mine)
        for settle in (self._keyless, self._versions, self._known, self._refused, self._claims):
            for place, verdict in settle().items():
                verdicts[place] = verdict
                del self._open[place]
        for is_last in (False, True):
            while found := self._next(is_last=is_last):
                place, (verdict, effect) = found
                effect()
                verdicts[place] = verdict
                del self._open[place]

    def _next(self, *, is_last: bool) -> tuple[int, Effect] | None:
        # Of several that may write one object the first by its key does.
        for place in sorted(self._open, key=lambda place: str(self._keys[place])):
            said = self._open[place]
            decision = self._decide(place, said, is_last=is_last)
            if decision is not None:
                return place, decision
        return None

    def _keyless(self) -> dict[int, str]:
        return {place: "rejected" for place in self._open if place not in self._keys}

    def _versions(self) -> dict[int, str]:
        found: dict[int, str] = {}
        groups: dict[tuple[str, Key], list[int]] = {}
        for place in self._open:
            groups.setdefault(self._keys[place], []).append(place)
        for places in groups.values():
            current = self._current(places)
            for place in places:
                if current is None:
                    found[place] = "rejected"
                elif place != current:
                    is_same = self._says(place) == self._says(current)
                    found[place] = "repeated" if is_same else "superseded"
        return found

    def _current(self, places: list[int]) -> int | None:
        if len({self._says(place) for place in places}) == 1:
            return places[0]
        marks = {place: self._open[place].mark for place in places}
        if any(mark is None for mark in marks.values()):
            return None
        newest = max(places, key=lambda place: marks[place] or 0)
        latest = self._open[newest]
        for place in places:
            older = self._open[place]
            if self._says(place) != self._says(newest):
                is_whole = latest.is_deleted or not Counter(older.lines) - Counter(latest.lines)
                if marks[place] == marks[newest] or not is_whole:
                    return None
        return newest

    def _says(self, place: int) -> Any:
        return _says(self._open[place], self._choices)

    def _known(self) -> dict[int, str]:
        found = {}
        for place, said in self._open.items():
            entry = self.ledger.get(self._keys[place])
            if entry is None or not entry.is_owner:
                continue  # what is linked asks again: its owner may be gone, or be to give up
            if entry.said == self._says(place) and not _is_wrong(said, self._choices):
                found[place] = "unchanged"
        return found

    def _refused(self) -> dict[int, str]:
        return {place: "rejected" for place, said in self._open.items() if _is_wrong(said, self._choices)}

    def _claims(self) -> dict[int, str]:
        """All that claim one object that nobody owns are rejected; of master data that says the same one is written."""
        claims: dict[Any, list[int]] = {}
        for place, said in self._open.items():
            if not said.is_deleted and self._is_unique(said):
                party = said.party if said.kind.is_partys_number else None
                claims.setdefault((said.name, party), []).append(place)
        found: dict[int, str] = {}
        for places in claims.values():
            said = self._open[places[0]]
            if len(places) == 1 or self._has_owner(said):
                continue
            if said.kind.is_document or len({self._says(place) for place in places}) > 1:
                found |= dict.fromkeys(places, "rejected")
        return found

    def _has_owner(self, said: Said) -> bool:
        parties = self._parties(said)
        owners = [self.owner(each) for each in self._same_key(said, parties[0] if parties else None)]
        return any(
            owner is not None and not self._gives_up(*owner) and not self._moves_on(owner[0], owner[1].obj)
            for owner in owners
        )

    def _moves_on(self, key: tuple[str, Key], obj: Object) -> bool:
        """Whether the record of an owner is to delete its object, or to give it another name."""
        said = next((each for place, each in self._open.items() if self._keys[place] == key), None)
        if said is None:
            return False
        if said.is_deleted:
            return bool(self._choices.allow_deletes)
        parties = self._parties(said)
        return bool(self._choices.allow_renames) and not _is_called(obj, said, parties[0] if parties else None)

    def _gives_up(self, key: tuple[str, Key], entry: Entry) -> bool:
        """Whether an owner leaves its object to the first that asks: made on the way, or to be taken over."""
        return entry.is_made or (self._choices.takes_over and key not in self._keys.values())

    # One record

    def _decide(self, place: int, said: Said, *, is_last: bool) -> Effect | None:
        key = self._keys[place]
        entry = self.ledger.get(key)
        is_owner = entry is not None and entry.is_owner
        if said.is_deleted:
            return self._deleted(key, said, entry) if entry and is_owner else ("skipped", _nothing)
        parties = self._parties(said)
        if said.party is not None and self._waits_for_parent(place, said, parties, is_last=is_last):
            return None
        if said.party is not None and len(parties) != 1:
            return self._without_party(place, said, parties, is_last=is_last)
        party = parties[0] if said.party is not None else None
        return self._with_party(key, said, party, is_last=is_last)

    def _waits_for_parent(self, place: int, said: Said, parties: list[Object], *, is_last: bool) -> bool:
        if is_last or said.kind.is_document:
            return False
        may_come = any(each.name == said.party for other, each in self._open.items() if other != place)
        return not parties or may_come

    def _without_party(self, place: int, said: Said, parties: list[Object], *, is_last: bool) -> Effect | None:
        if parties or not (said.kind.is_document and self._choices.create_missing):
            return "rejected", _nothing
        if not is_last:
            return None
        made = Object(stream=said.kind.parties, name=str(said.party))
        decision = self._with_party(self._keys[place], said, made, is_last=True)
        if decision is None or decision[0] not in {"created", "updated"}:
            return "rejected", _nothing

        def effect() -> None:
            self.made += 1
            self.books.append(made)
            made_key = said.kind.parties, (self._choices.source, "made on the way", said.party)
            self.ledger[made_key] = Entry(obj=made, said=None, is_made=True)
            decision[1]()

        return decision[0], effect

    def _with_party(self, key: tuple[str, Key], said: Said, party: Object | None, *, is_last: bool) -> Effect | None:
        entry = self.ledger.get(key)
        own = entry.obj if entry is not None and entry.is_owner else None
        matches = [each for each in self._same_key(said, party) if each is not own]
        if own is not None:
            if not self._choices.allow_renames and not _is_called(own, said, party):
                return "rejected", _nothing
            is_moved = not own.is_active or not _is_called(own, said, party)
            if is_moved and matches and self._is_unique(said):
                return self._wait_or("rejected", matches, is_last=is_last)
            return self._for_known(key, said, party, own)
        if not self._is_unique(said):
            free = [
                each
                for each in matches
                if self.owner(each) is None and each not in self._taken
                if not _differs(each, said, party)
            ]
            matches = free[:1]
        if not matches:
            return "created", lambda: self._create(key, said, party)
        if len(matches) > 1:
            return self._wait_or("rejected", matches, is_last=is_last)
        return self._matched(key, said, party, matches[0], is_last=is_last)

    def _wait_or(self, verdict: str, objects: Iterable[Object], *, is_last: bool) -> Effect | None:
        """Wait while the owner of an object may still give it up."""
        owners = [owner[0] for each in objects if (owner := self.owner(each)) is not None]
        is_open = any(self._keys[place] in owners for place in self._open)
        return None if is_open and not is_last else (verdict, _nothing)

    def _matched(
        self, key: tuple[str, Key], said: Said, party: Object | None, obj: Object, *, is_last: bool
    ) -> Effect | None:
        owner = self.owner(obj)
        if owner is not None:
            return self._owned(key, said, party, obj, owner, is_last=is_last)
        if self._choices.on_match != "update":
            return {"skip": "skipped", "reject": "rejected"}[self._choices.on_match], _nothing
        if obj.party is not party and not said.kind.is_partys_number and not self._choices.allow_renames:
            return "rejected", _nothing
        self._taken.append(obj)
        return self._for_known(key, said, party, obj)

    def _owned(
        self,
        key: tuple[str, Key],
        said: Said,
        party: Object | None,
        obj: Object,
        owner: tuple[tuple[str, Key], Entry],
        *,
        is_last: bool,
    ) -> Effect | None:
        if not self._gives_up(*owner):
            if self._wait_or("", [obj], is_last=is_last) is None:
                return None
            if said.kind.is_document:
                return "rejected", _nothing
            linked = Entry(obj=obj, said=_says(said, self._choices), is_owner=False)
            return "linked", lambda: self.ledger.__setitem__(key, linked)
        if not owner[1].is_made and obj.party is not party and not self._choices.allow_renames:
            verdict, effect = "rejected", _nothing
        else:
            verdict, effect = self._for_known(key, said, party, obj)

        def hand_over() -> None:
            if verdict != "rejected" or not owner[1].is_made:
                del self.ledger[owner[0]]
                self.ledger[key] = Entry(obj=obj, said=None)
            effect()

        return verdict, hand_over

    def _for_known(self, key: tuple[str, Key], said: Said, party: Object | None, obj: Object) -> Effect:
        if not obj.is_active and not said.is_marked_active:
            return "rejected", _nothing
        differs = _differs(obj, said, party)
        if differs and not self._choices.allow_fewer_lines and _takes_away(obj.lines, said.lines):
            return "rejected", _nothing
        is_change = differs or not obj.is_active
        return "updated" if is_change else "unchanged", lambda: self._become(key, said, party, obj)

    def _become(self, key: tuple[str, Key], said: Said, party: Object | None, obj: Object) -> None:
        obj.name, obj.lines, obj.note, obj.is_active = said.name, _sorted(said.lines), said.note, True
        if said.party is not None:
            obj.party = party
        self.ledger[key] = Entry(obj=obj, said=_says(said, self._choices))

    def _create(self, key: tuple[str, Key], said: Said, party: Object | None) -> None:
        self.books.append(_object(said, party))
        self.ledger[key] = Entry(obj=self.books[-1], said=_says(said, self._choices))
        self._taken.append(self.books[-1])

    def _deleted(self, key: tuple[str, Key], said: Said, entry: Entry) -> Effect:
        if entry.obj.is_active and not self._choices.allow_deletes:
            return "skipped", _nothing
        verdict = "deleted" if entry.obj.is_active else "unchanged"

        def effect() -> None:
            entry.obj.is_active = False
            self.ledger[key] = replace(entry, said=_says(said, self._choices), is_made=False)

        return verdict, effect

    # What is there

    def _parties(self, said: Said) -> list[Object]:
        active = (each for each in self.books if each.is_active and each.stream == said.kind.parties)
        return [each for each in active if each.name == said.party]

    def _same_key(self, said: Said, party: Object | None) -> list[Object]:
        """Active objects with the name of a record, of the same party."""
        if not said.kind.number:
            return [each for each in self.books if each.is_active and each.stream == said.kind.stream]
        return [
            each
            for each in self.books
            if each.is_active and each.stream == said.kind.stream and each.name == said.name
            if each.party is party or not said.kind.is_partys_number
        ]

    def _is_unique(self, said: Said) -> bool:
        return bool(said.kind.number) and not (said.kind.stream == "bills" and self._choices.allow_duplicates)


def _nothing() -> None:
    """No effect."""


def _sorted(lines: Lines) -> Lines:
    return tuple(sorted(lines, key=str))


def _object(said: Said, party: Object | None) -> Object:
    return Object(stream=said.kind.stream, name=said.name, party=party, lines=_sorted(said.lines), note=said.note)


def _key(said: Said, chosen: Choices) -> tuple[str, Key] | None:
    """What a record is known by; None where that is not whole."""
    if said.has_own_key:
        parts: tuple[Any, ...] = (said.key,)
    elif said.party is not None and said.kind.is_partys_number:
        parts = (said.party, said.name)
    else:
        parts = (said.name,)
    if not set(parts).isdisjoint(NOTHING):
        return None
    return said.kind.stream, (chosen.source, said.stream, *parts)


def _says(said: Said, chosen: Choices) -> Any:
    """Equal for two records that say the same."""
    # Accidents of a spreadsheet are not the same because they are accidents.
    ways = len(WAYS[BROKEN])
    broken = [way % ways for name, way in written_ways(said) if name == BROKEN]
    wrong = None if said.is_deleted else (said.total == "off", said.cents < 0 and not chosen.allow_negative)
    lines = tuple(sorted(said.lines, key=str))
    is_marked = said.is_marked_active
    return said.name, said.party, said.note, lines, said.is_deleted, is_marked, tuple(broken), wrong


def _is_wrong(said: Said, chosen: Choices) -> bool:
    """Whether a record cannot be written, whatever BILL has."""
    if said.is_deleted:
        return False
    if (said.kind.number and said.name in NOTHING) or said.party in NOTHING:
        return True
    return said.total == "off" or (said.cents < 0 and not chosen.allow_negative)


def _is_called(obj: Object, said: Said, party: Object | None) -> bool:
    return obj.name == said.name and (said.party is None or obj.party is party)


def _differs(obj: Object, said: Said, party: Object | None) -> bool:
    return not _is_called(obj, said, party) or obj.note != said.note or obj.lines != _sorted(said.lines)


def _takes_away(kept: Lines, sent: Lines) -> bool:
    if _has_other_texts(kept, sent):
        return False
    if all(label for label, _ in (*kept, *sent)):
        return bool(Counter(label for label, _ in kept) - Counter(label for label, _ in sent))
    return len(sent) < len(kept) or sum(cents for _, cents in sent) < sum(cents for _, cents in kept)


def _has_other_texts(kept: Lines, sent: Lines) -> bool:
    """Whether lines of the same amounts say something else, and each amount says of which line that is."""
    old, new = (list((Counter(one) - Counter(other)).elements()) for one, other in ((kept, sent), (sent, kept)))
    amounts = {cents for _, cents in old}
    if not {label for label, _ in old}.isdisjoint(label for label, _ in new):
        return False
    return 0 not in amounts and len(amounts) == len(old) == len(new) and amounts == {cents for _, cents in new}
