"""All protections that are broken on purpose."""

from tests.mutations.hub_mutations import HUB
from tests.mutations.node_mutations import NODE
from tests.mutations.protocol_mutations import PROTOCOL

MUTATIONS = (*PROTOCOL, *NODE, *HUB)
