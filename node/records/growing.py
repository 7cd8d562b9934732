"""What a load adds to shielded identities, and what it may not join to a separated one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from node.errors import RowsRefusedError
from node.records.identity import Identity, grown
from node.records.shield import Shield, Shielded, ShieldId
from node.records.tokens import JOINING, NAMING, NUMBERS, SEPARATING, Tokens

NO_TOKENS = Tokens(b"")

OtherKinds = Callable[[AbstractSet[bytes]], AbstractSet[bytes]]
"""Gives the source keys that the cases of rows would have as involvements of other kinds."""

AllRows = Callable[[], Iterable[tuple[bytes, Tokens, str]]]
"""Gives the source key, the tokens and the case reference of every row that is held."""


class Growing:
    """Adds to shielded identities what rows say that are loaded: another name, a number.

    To a separated identity (spec 50 §7.2) nothing is added but what its own rows are under another
    key, and nothing is kept of their tokens.
    """

    def __init__(
        self,
        shields: Iterable[Shielded],
        write: Callable[[ShieldId, Shield], None],
        is_same_key: bool,
        other_kinds: OtherKinds,
    ) -> None:
        """`is_same_key`: whether the source's rows held have tokens of the key of those loaded."""
        self._other_kinds = other_kinds
        self._loaded: defaultdict[ShieldId, set[bytes]] = defaultdict(set)
        """Rows of each, whether it has known them or their kind alone."""
        self._shields = {each.id: each.shield for each in shields}
        self._identities = {id: shield.identity for id, shield in self._shields.items()}
        self._of: defaultdict[bytes, set[ShieldId]] = defaultdict(set)
        """The shields that a source key or a joining token is of."""
        self._separated: defaultdict[bytes, set[ShieldId]] = defaultdict(set)
        """The same of separated identities, by a source key or any token kept."""
        self._write = write
        self._is_same_key = is_same_key
        self._refused: set[bytes] = set()
        for id, identity in self._identities.items():
            self._index(id, identity)

    def take(self, source_key: bytes, tokens: Tokens, case_reference: str) -> Tokens:
        """Look at a row that is being loaded; return what is kept of its tokens."""
        if not self._shields:
            return tokens
        telling = (source_key, *tokens.with_keys(JOINING))
        for id in _all_of(self._of, telling):
            self._grow(id, source_key, tokens)
        return self._take_separated(source_key, tokens, case_reference)

    def finish(self, rows: AllRows) -> None:
        """Write the shields that have grown, once `rows` gives all rows as they are then.

        Raises:
            RowsRefusedError: rows would join a separated identity to what is not of it.
        """
        changed = self._changed()
        for id in changed:
            if not self._shields[id].is_separated:
                # Rows that came before what joins them, in this load or in one of another source.
                self._identities[id] = grown(self._identities[id], lambda: _without_cases(rows()))
        if any(self._shields[id].is_separated for id in changed):
            # Under a new key it is not known before the last row which tokens are theirs.
            for source_key, tokens, case_reference in rows():
                self._take_separated(source_key, tokens, case_reference)
        if self._refused:
            raise RowsRefusedError(self._refused)
        for id in changed:
            held, identity = self._shields[id], self._identities[id]
            added = self._loaded[id] | (identity.rows - held.identity.rows)
            rows_now = {*held.rows, *added}
            kinds = {*held.other_kinds, *self._other_kinds(added)} - rows_now
            values = {
                "tokens": identity.tokens.content,
                "rows": tuple(sorted(rows_now)),
                "other_kinds": tuple(sorted(kinds)),
            }
            self._write(id, held.model_copy(update=values))

    def _changed(self) -> Sequence[ShieldId]:
        return [
            id
            for id, identity in self._identities.items()
            if identity != self._shields[id].identity
            or not self._loaded[id].issubset(self._shields[id].rows)
        ]

    def _take_separated(self, source_key: bytes, tokens: Tokens, case_reference: str) -> Tokens:
        """Look at a row for separated identities; return what is kept of its tokens."""
        kept = tokens
        for id in _all_of(self._separated, (source_key, *tokens.with_keys(SEPARATING))):
            if self._is_own(id, source_key, tokens):
                self._grow(id, source_key, tokens.of_keys(SEPARATING))
                kept = NO_TOKENS
            elif not self._is_namesake(id, source_key, tokens, case_reference):
                self._refused.add(source_key)
        return kept

    def _is_own(self, id: ShieldId, source_key: bytes, tokens: Tokens) -> bool:
        """Whether a row is of a separated identity and of nobody else: one of its rows that has no
        other name, date of birth or number than it had."""
        identity = self._identities[id]
        if source_key not in identity.rows:
            return False
        told = {token for _, token in identity.tokens}
        return not self._is_same_key or told.issuperset(tokens.with_keys(NAMING | NUMBERS))

    def _is_namesake(
        self, id: ShieldId, source_key: bytes, tokens: Tokens, case_reference: str
    ) -> bool:
        """Whether a row is of another child, as an officer has said, that has the same name and
        date of birth and no more."""
        if case_reference not in self._shields[id].namesakes:
            return False
        identity = self._identities[id]
        if source_key in identity.rows:
            return False
        return identity.joining.isdisjoint(tokens.with_keys(JOINING))

    def _grow(self, id: ShieldId, source_key: bytes, tokens: Tokens) -> None:
        self._identities[id] = self._identities[id].with_row(source_key, tokens)
        self._loaded[id].add(source_key)
        self._index(id, self._identities[id])

    def _index(self, id: ShieldId, identity: Identity) -> None:
        if self._shields[id].is_separated:
            for telling in identity.rows | {token for _, token in identity.tokens}:
                self._separated[telling].add(id)
            return
        for telling in identity.rows | identity.joining:
            self._of[telling].add(id)


def _without_cases(
    rows: Iterable[tuple[bytes, Tokens, str]],
) -> Iterable[tuple[bytes, Tokens]]:
    return ((source_key, tokens) for source_key, tokens, _ in rows)


def _all_of(
    index: Mapping[bytes, AbstractSet[ShieldId]], telling: Iterable[bytes]
) -> AbstractSet[ShieldId]:
    return frozenset().union(*(index[each] for each in telling if each in index))
