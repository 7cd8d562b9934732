"""All protections that are broken on purpose."""

from tests.mutations.accounts_mutations import ACCOUNTS
from tests.mutations.asking_mutations import ASKING
from tests.mutations.attack_mutations import ATTACK
from tests.mutations.confinement_mutations import CONFINEMENT
from tests.mutations.durability_mutations import DURABILITY
from tests.mutations.hub_mutations import HUB
from tests.mutations.importing_mutations import IMPORTING
from tests.mutations.node_mutations import NODE
from tests.mutations.p01_to_p06_mutations import P01_TO_P06
from tests.mutations.p07_to_p13_mutations import P07_TO_P13
from tests.mutations.post_mutations import POST
from tests.mutations.protocol_mutations import PROTOCOL
from tests.mutations.shielding_mutations import SHIELDING
from tests.mutations.web_mutations import WEB

MUTATIONS = (
    *PROTOCOL,
    *NODE,
    *IMPORTING,
    *ASKING,
    *POST,
    *ACCOUNTS,
    *WEB,
    *SHIELDING,
    *HUB,
    *CONFINEMENT,
    *DURABILITY,
    *P01_TO_P06,
    *P07_TO_P13,
    *ATTACK,
)
