"""A council's file into its records: read, refused or evaluated, then stored whole (spec 80 §3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from node.errors import NO_KEY, AskError, ImportRefusedError
from node.evaluating.evaluator import Evaluator
from node.records.importing.load import FileContent, fingerprints
from node.records.importing.rows import ParsedRow
from node.records.model import Record, expiry
from node.records.store import RecordStore, SourceRow
from node.records.tokens import KeyedToken, Tokens
from node.store_key import StoreKey
from protocol.directory.members import Directory, OprfKey
from protocol.matching.keys import MatchKey, record_keys

MOST_REMOVED_SHARE = 0.5
"""A file without more than this share of the rows held is taken for a broken export."""

LEAST_GUARDED_ROWS = 20


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a file would change."""

    rows: tuple[ParsedRow, ...]
    source_keys: tuple[bytes, ...]
    content_keys: tuple[bytes, ...]
    fresh: tuple[int, ...]
    """Positions of the rows that are new or changed."""
    match_keys: tuple[tuple[MatchKey, ...], ...]
    """Those of each fresh row, in the order of `fresh`."""
    added: int
    changed: int
    unchanged: int
    removed: int

    @property
    def strings(self) -> int:
        """How many strings are to be evaluated."""
        return sum(len(keys) for keys in self.match_keys)


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
        pairs = [fingerprints(row, self._key, source) for row in content.rows]
        fresh = [
            position
            for position, (source_key, content_key) in enumerate(pairs)
            if held.get(source_key) != content_key
        ]
        changed = sum(pairs[position][0] in held for position in fresh)
        removed = len(held.keys() - {source_key for source_key, _ in pairs})
        too_many = removed > MOST_REMOVED_SHARE * len(held) and len(held) >= LEAST_GUARDED_ROWS
        if too_many and not replace:
            raise ImportRefusedError(
                f"the file lacks {removed} of the {len(held)} rows held: it looks cut off. "
                "Nothing was changed. If this is meant, run it again with --replace"
            )
        return ImportPlan(
            rows=tuple(content.rows),
            source_keys=tuple(source_key for source_key, _ in pairs),
            content_keys=tuple(content_key for _, content_key in pairs),
            fresh=tuple(fresh),
            match_keys=tuple(record_keys(content.rows[position].identity) for position in fresh),
            added=len(fresh) - changed,
            changed=changed,
            unchanged=len(pairs) - len(fresh),
            removed=removed,
        )

    async def load(
        self,
        plan: ImportPlan,
        source: str,
        directory: Directory,
        progress: Callable[[int], None],
    ) -> int:
        """Make the source's records those of the plan, all or nothing; return the load's number.

        `progress` gets the number of strings evaluated.

        Raises:
            AskError: no key yet, or too few keyholders, or the allowance is used up.
            NoHubError: no hub carried an evaluation.
        """
        inputs = [key.oprf_input for keys in plan.match_keys for key in keys]
        tokens = iter(await self._evaluator.import_tokens(directory, inputs, progress))
        records = {
            position: _record(plan.rows[position], keys, [next(tokens) for _ in keys])
            for position, keys in zip(plan.fresh, plan.match_keys, strict=True)
        }
        rows = [
            SourceRow(source_key, content_key, _expires_on(row), records.get(position))
            for position, (row, source_key, content_key) in enumerate(
                zip(plan.rows, plan.source_keys, plan.content_keys, strict=True)
            )
        ]
        key_id = _key(directory).key_id
        return self._store.replace_source(source, rows, key_id, directory.matching_version)


def _key(directory: Directory) -> OprfKey:
    if directory.oprf_key is None:
        raise AskError(NO_KEY)
    return directory.oprf_key


def _expires_on(row: ParsedRow) -> date:
    return expiry(row.involvement, row.identity.date_of_birth or row.identity.due_date)


def _record(row: ParsedRow, keys: Sequence[MatchKey], tokens: Sequence[bytes]) -> Record:
    keyed = Tokens.of(KeyedToken(key.id, token) for key, token in zip(keys, tokens, strict=True))
    return Record(row.case_reference, keyed, row.involvement)
