"""A council's file into its records: read, refused or evaluated, then stored whole (spec 80 §3)."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice

from node.errors import NO_KEY, AskError, ImportRefusedError, RowsRefusedError
from node.evaluating.bulk import EvaluatedBatch
from node.evaluating.evaluator import Evaluator
from node.records.importing.content import FileContent, LeftOut
from node.records.importing.fingerprints import ContentKey
from node.records.importing.rows import ParsedRow
from node.records.model import Record, expiry
from node.records.passing import GONE
from node.records.store import RecordStore, SourceRow
from node.records.tokens import KeyedToken, Tokens
from node.records.unfinished import UnfinishedImport
from node.store_key import StoreKey
from protocol.directory.members import Directory, OprfKey
from protocol.matching.keys import MatchKey

ROWS_AT_ONCE = 16
"""Rows whose strings are looked up together: about a batch of them."""

MOST_REMOVED_SHARE = 0.5
"""A file without more than this share of the rows held is taken for a broken export."""

LEAST_GUARDED_ROWS = 20


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a file would change."""

    rows: tuple[ParsedRow, ...]
    source_keys: tuple[bytes, ...]
    content_keys: tuple[ContentKey, ...]
    fresh: tuple[int, ...]
    """Positions of the rows that are new or changed."""
    tokens_stand: frozenset[int]
    """Positions of those among them whose tokens are held: only other things are new."""
    keys: Callable[[ParsedRow], tuple[MatchKey, ...]]
    """Gives a row's match keys: those of a whole file are never in memory together."""
    strings: int
    """How many match keys have no tokens yet; several may have one string."""
    added: int
    changed: int
    unchanged: int
    removed: int
    purged: frozenset[bytes] = frozenset()
    """Source keys of rows held that the source wants erased."""
    over: frozenset[bytes] = frozenset()
    """Source keys of rows held that no node answers of any more, as their source says now."""
    standing: tuple[tuple[bytes, bytes], ...] = ()
    """Source and content keys of rows held that stay as they are, for the file's are left out."""

    def fresh_keys(self) -> Iterator[tuple[MatchKey, ...]]:
        """Give the match keys of each row that needs tokens, in the file's order, made as they are
        used."""
        return (
            self.keys(self.rows[position])
            for position in self.fresh
            if position not in self.tokens_stand
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    strings: int
    """How many of the plan's strings are evaluated."""
    found: int = 0
    """How many of them needed nobody: evaluated before, or for another row."""
    allowance_left: int | None = None
    """Elements that the keyholder that allows least still allows; None before one has said."""


class Importer:
    """Loads one source at a time."""

    def __init__(self, store: RecordStore, key: StoreKey, evaluator: Evaluator) -> None:
        self._store = store
        self._key = key
        self._evaluator = evaluator

    def plan(
        self, content: FileContent, source: str, directory: Directory, replace: bool
    ) -> ImportPlan:
        """Compare a file with what is held.

        Raises:
            ImportRefusedError: it lacks so many of the rows held that it looks cut off, and
                `replace` does not say that this is meant.
        """
        key = _key(directory)
        held = self._store.content_keys(source, key.key_id, directory.matching_version)
        pairs = [content.fingerprints(row, self._key, source) for row in content.rows]
        fresh = [
            position
            for position, (source_key, content_key) in enumerate(pairs)
            if held.get(source_key) != content_key.encode()
        ]
        tokens_stand = frozenset(
            position
            for position in fresh
            if held.get(pairs[position][0], b"").startswith(pairs[position][1].of_child)
        )
        changed = sum(pairs[position][0] in held for position in fresh)
        taken = {source_key for source_key, _ in pairs}
        gone = held.keys() - taken
        purged = gone & content.purged.source_keys(self._key, source)
        standing = self._standing(gone - purged, content.left_out, source)
        over = (gone - purged - standing) & content.over.source_keys(self._key, source)
        given = {source_key for source_key, content_key in held.items() if content_key != GONE}
        lacking = (gone & given) - standing
        guarded = len(given) >= LEAST_GUARDED_ROWS
        too_many = guarded and len(lacking) > MOST_REMOVED_SHARE * len(given)
        if too_many and not replace:
            raise ImportRefusedError(
                f"the file lacks {len(lacking)} of the {len(given)} rows held: it looks cut off. "
                "Nothing was changed. If this is meant, run it again with --replace"
            )
        return ImportPlan(
            rows=tuple(content.rows),
            source_keys=tuple(source_key for source_key, _ in pairs),
            content_keys=tuple(content_key for _, content_key in pairs),
            fresh=tuple(fresh),
            tokens_stand=tokens_stand,
            keys=content.keys,
            strings=sum(
                len(content.keys(content.rows[position]))
                for position in fresh
                if position not in tokens_stand
            ),
            added=len(fresh) - changed,
            changed=changed,
            unchanged=len(pairs) - len(fresh),
            removed=len(lacking - purged - over),
            purged=frozenset(purged),
            over=frozenset(over),
            standing=tuple((source_key, held[source_key]) for source_key in sorted(standing)),
        )

    def begin(self, source: str, directory: Directory, today: date) -> UnfinishedImport:
        """Begin a source's import, or go on with the one that was interrupted.

        Raises:
            AskError: no key yet.
        """
        key_id = _key(directory).key_id
        return self._store.unfinished.begin(source, key_id, directory.matching_version, today)

    def _standing(
        self, gone: AbstractSet[bytes], left_out: LeftOut, source: str
    ) -> AbstractSet[bytes]:
        """Return which rows held, not among those taken, may be what was left out."""
        if left_out.unknown:
            return gone
        return gone & left_out.source_keys(self._key, source)

    async def load(
        self,
        plan: ImportPlan,
        source: str,
        directory: Directory,
        unfinished: UnfinishedImport,
        progress: Callable[[Progress], None],
        closing: date | None = None,
    ) -> int:
        """Make the source's records those of the plan, all or nothing; return the load's number.

        Records that the plan removes are closed on `closing`; without it they are erased, as is
        what is purged or over. What `unfinished` has is not evaluated again, and what is evaluated
        it has at once.

        Raises:
            AskError: no key yet, or too few keyholders, or the allowance is used up.
            NoHubError: no hub carried an evaluation.
            ImportRefusedError: a row would join what must not be joined.
            StoreError: another import of the source came between.
        """
        strings = Strings(unfinished, progress)
        await self._evaluator.import_tokens(directory, strings.missing(plan), strings)
        key_id = _key(directory).key_id
        version = directory.matching_version

        def held_tokens(source_key: bytes, content_key: ContentKey) -> Tokens:
            return self._store.tokens_of(source_key, content_key.of_child, key_id, version)

        rows = _rows(plan, unfinished, held_tokens)
        # A row without a record is left as it is, and so is its expiry.
        rows += [SourceRow(*keys, date.max, None) for keys in plan.standing]
        erased = plan.purged | plan.over
        try:
            return self._store.replace_source(source, rows, key_id, version, closing, erased)
        except RowsRefusedError as error:
            raise ImportRefusedError(_why_refused(plan, error.source_keys)) from None


class Strings:
    """The strings of a plan on their way to tokens."""

    def __init__(self, unfinished: UnfinishedImport, progress: Callable[[Progress], None]) -> None:
        self._unfinished = unfinished
        self._progress = progress
        self._lock = threading.Lock()
        self._done = self._found = 0
        self._allowance_left: int | None = None
        self._on_their_way: set[bytes] = set()

    def missing(self, plan: ImportPlan) -> Iterator[bytes]:
        """Give each string that is neither evaluated nor on its way, in the rows' order."""
        rows = plan.fresh_keys()
        while several := [*islice(rows, ROWS_AT_ONCE)]:
            given = [key.oprf_input for keys in several for key in keys]
            # In this order: what arrives meanwhile is stored before it is no longer on its way.
            waiting = [
                string for string in dict.fromkeys(given) if string not in self._on_their_way
            ]
            held = self._unfinished.held(waiting)
            fresh = [string for string in waiting if string not in held]
            self._on_their_way.update(fresh)
            self._add(0, found=len(given) - len(fresh))
            yield from fresh

    def ask(self, oprf_inputs: Sequence[bytes], request: bytes, now_ms: int) -> None:
        self._unfinished.ask(oprf_inputs, request, now_ms)

    def asked(self, oprf_inputs: Sequence[bytes]) -> bytes | None:
        return self._unfinished.asked(oprf_inputs)

    def keep(self, batch: EvaluatedBatch) -> None:
        """Keep tokens, and say how far it is."""
        self._unfinished.keep(batch.oprf_inputs, batch.tokens)
        self._on_their_way.difference_update(batch.oprf_inputs)
        self._allowance_left = batch.allowance_left
        self._add(len(batch.oprf_inputs))

    def _add(self, made: int, found: int = 0) -> None:
        with self._lock:
            self._found += found
            self._done += made + found
            self._progress(Progress(self._done, self._found, self._allowance_left))


def _key(directory: Directory) -> OprfKey:
    if directory.oprf_key is None:
        raise AskError(NO_KEY)
    return directory.oprf_key


def _why_refused(plan: ImportPlan, source_keys: Collection[bytes]) -> str:
    """Say which rows are not taken, and nothing of why: a shielding officer knows."""
    lines = sorted(
        row.line
        for row, source_key in zip(plan.rows, plan.source_keys, strict=True)
        if source_key in source_keys
    )
    which = f"in line {', '.join(map(str, lines))}" if lines else "that were loaded before"
    return (
        f"rows {which} are not taken as they are. Nothing was changed. Show them to a shielding "
        "officer, who can say what is to be mended in the source"
    )


def _expires_on(row: ParsedRow) -> date:
    return expiry(row.involvement, row.identity.date_of_birth or row.identity.due_date)


HeldTokens = Callable[[bytes, ContentKey], Tokens]
"""Gives the tokens of a row held, by its source key, if they are of this content's child."""


def _rows(
    plan: ImportPlan, unfinished: UnfinishedImport, held_tokens: HeldTokens
) -> list[SourceRow]:
    fresh = frozenset(plan.fresh)

    def make(position: int) -> Record:
        row = plan.rows[position]
        if position in plan.tokens_stand:
            tokens = held_tokens(plan.source_keys[position], plan.content_keys[position])
        else:
            tokens = _tokens(plan.keys(row), unfinished)
        return Record(row.case_reference, tokens, row.involvement)

    return [
        SourceRow(
            plan.source_keys[position],
            plan.content_keys[position].encode(),
            _expires_on(row),
            partial(make, position) if position in fresh else None,
        )
        for position, row in enumerate(plan.rows)
    ]


def _tokens(keys: Sequence[MatchKey], unfinished: UnfinishedImport) -> Tokens:
    tokens = unfinished.tokens([key.oprf_input for key in keys])
    return Tokens.of(KeyedToken(key.id, token) for key, token in zip(keys, tokens, strict=True))
