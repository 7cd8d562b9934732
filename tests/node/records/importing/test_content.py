from node.records.importing.content import LeftOut
from node.records.source_keys import source_key
from node.store_key import StoreKey
from protocol.messages.vocabulary import InvolvementKind

KEY = StoreKey(bytes(range(32)))
SOURCE = "case-system"


def test_a_case_whose_involvement_cannot_be_read_stands_for_every_kind() -> None:
    keys = LeftOut(cases=frozenset({"C-2"})).source_keys(KEY, SOURCE)
    assert keys == {source_key("C-2", kind, KEY, SOURCE) for kind in InvolvementKind}
