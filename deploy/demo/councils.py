"""The demo's five invented councils."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CouncilPlan:
    """A council of the demo. `supplier` and `host` are the directory's words.

    Postcode areas are ones that Royal Mail does not use, telephone numbers from the ranges that
    Ofcom keeps for drama: nothing here reaches anybody.
    """

    id: str
    name: str
    town: str
    postcode_districts: tuple[str, ...]
    telephone_prefix: str
    """All but the last three digits."""
    supplier: str
    host: str

    @property
    def organisation(self) -> str:
        return f"{self.name} Council"

    @property
    def email_domain(self) -> str:
        return f"{self.name.lower()}.example"

    @property
    def duty_line(self) -> str:
        return self.telephone(100)

    @property
    def out_of_hours_line(self) -> str:
        return self.telephone(999)

    def telephone(self, last_digits: int) -> str:
        """Return a number of the council, 0 to 999 at its end."""
        return f"{self.telephone_prefix}{last_digits:03}"


COUNCILS = (
    CouncilPlan(
        id="E06990001",
        name="Northmoor",
        town="Hathersby",
        postcode_districts=("NM1", "NM2", "NM3", "NM14"),
        telephone_prefix="0113 496 0",
        supplier="Fellside Case Systems",
        host="Northmoor Civic Data Centre",
    ),
    CouncilPlan(
        id="E06990002",
        name="Eastvale",
        town="Lindenford",
        postcode_districts=("EV1", "EV4", "EV10"),
        telephone_prefix="01632 960",
        supplier="Larkfield Software",
        host="Eastvale Shared Services",
    ),
    CouncilPlan(
        id="E06990003",
        name="Southmere",
        town="Merehaven",
        postcode_districts=("SZ2", "SZ3", "SZ7"),
        telephone_prefix="020 7946 0",
        supplier="Harbour Records",
        host="Saltmarsh Hosting",
    ),
    CouncilPlan(
        id="E06990004",
        name="Westbrook",
        town="Brookminster",
        postcode_districts=("WB1", "WB5", "WB12"),
        telephone_prefix="0117 496 0",
        supplier="Orchard Social Care",
        host="Millrace Cloud",
    ),
    CouncilPlan(
        id="E06990005",
        name="Midshire",
        town="Kingsarden",
        postcode_districts=("MJ1", "MJ2", "MJ6", "MJ9"),
        telephone_prefix="0121 496 0",
        supplier="Tallow and Reed",
        host="Midshire County Hall",
    ),
)
"""No supplier and no host twice: the directory refuses one with a threshold of keyholders."""
