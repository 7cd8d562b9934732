"""What a data steward mends first, by the counts of a source's last load."""

from collections.abc import Iterator

from node.records.quality import STALE_AFTER, Quality
from node.records.quality_table import format_share
from protocol.matching.confidence import Tier


def to_mend(quality: Quality) -> Iterator[str]:
    """Give what there is to mend: first what the fewest changes mend for the most children."""
    rows = quality.rows
    if quality.count_without_duty_line:
        of_all = _of(quality.count_without_duty_line, quality.teams)
        yield f"Teams without a duty line of their own: {of_all}. They are listed below."
    if quality.stale_contacts:
        stale = _of(quality.stale_contacts, rows)
        yield f"Contacts not updated for {STALE_AFTER.days} days: {stale}."
    without = rows - quality.found.get(Tier.STRONG.name.lower(), rows)
    if without:
        yield (
            f"Rows without a key that makes the child strong: {_of(without, rows)}. It takes "
            "forename, surname, date of birth and postcode."
        )
    if quality.repeated:
        yield f"Rows whose child has another case reference too: {_of(quality.repeated, rows)}."


def _of(count: int, of: int) -> str:
    return f"{count:,} ({format_share(count, of)})"
