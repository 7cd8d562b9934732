"""What an import changes, or would, in sentences."""

from collections.abc import Iterator

from node.importing import ImportPlan
from node.records.importing.content import LeftOut
from protocol import limits
from protocol.allowance import import_shares
from protocol.directory.members import Member


def loaded_sentences(plan: ImportPlan, left_out: LeftOut, erased: bool) -> Iterator[str]:
    """Give what a load has changed."""
    yield (
        f"Loaded: {plan.added} new, {plan.changed} changed, {plan.unchanged} unchanged, "
        f"{plan.removed} no longer in the file and {'erased' if erased else 'closed'}."
    )
    if plan.purged:
        yield f"{len(plan.purged)} erased, as their source asks."
    if plan.over:
        yield f"{len(plan.over)} erased: closed over a year ago, or past the age."
    yield from _standing_sentences(plan, left_out)


def change_sentences(plan: ImportPlan, left_out: LeftOut, erased: bool) -> Iterator[str]:
    """Give what a load would change."""
    yield (
        f"It would load {plan.added} new and {plan.changed} changed rows, leave {plan.unchanged} "
        f"as they are and {'erase' if erased else 'close'} {plan.removed} that are no longer in "
        "the file."
    )
    if plan.purged:
        yield f"It would erase {len(plan.purged)}, as their source asks."
    if plan.over:
        yield f"It would erase {len(plan.over)}: closed over a year ago, or past the age."
    yield from _standing_sentences(plan, left_out)


def cost_sentence(plan: ImportPlan, member: Member) -> str:
    """Return what a load would take of the keyholders' allowance (spec 20 §6)."""
    shares = import_shares(member.entry.declared_records)
    counted = -(-plan.strings // limits.IMPORT_BATCH) * limits.IMPORT_BATCH
    return (
        f"{plan.strings:,} strings would be evaluated, counted as {counted:,}. "
        f"Each keyholder allows this member {shares.once:,} once and {shares.a_day:,} a day; how "
        "much is left, it alone knows."
    )


def _standing_sentences(plan: ImportPlan, left_out: LeftOut) -> Iterator[str]:
    if not plan.standing:
        return
    if left_out.unknown:
        yield (
            f"Nothing is closed: {left_out.unknown} of the rows left out have no case reference "
            f"that can be read, and each may be any of the rows held. {len(plan.standing)} rows "
            "held that the file does not give stay as they were, until those are mended."
        )
    else:
        yield (
            f"{len(plan.standing)} rows held stay as they were: the file's are left out, until "
            "they are mended."
        )
