"""`whoelse-node shield`: children of whom nothing is answered."""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import typer

from node.cli.prompts import prompt_choice
from node.clock import local_day, moment, system_clock
from node.errors import ShieldError
from node.opening import OpenFolder, open_folder
from node.records.cases import HeldCase
from node.records.identity import Identity, grown
from node.records.shields import SHIELD_ID_BYTES, Shield, ShieldId
from node.records.tokens import Tokens

REVIEWED_IN = timedelta(days=90)


def begin(path: Path, case_reference: str, officer: str, reason: str) -> None:
    """Shield the child of a case, in all that is held of it and in all that is loaded later.

    Raises:
        ShieldError: nobody or no reason is named, there is no such case, or the child is shielded
            already.
    """
    _check_said(officer, "who you are")
    _check_said(reason, "why")
    with closing(open_folder(path)) as opened:
        case = _case(opened, case_reference)
        rows = frozenset(row.source_key for row in case.rows)
        identity = grown(Identity(Tokens.of(case.tokens), rows), opened.records.tokens)
        now_ms = system_clock()
        shield = Shield(
            case_reference=case_reference,
            reason=reason.strip(),
            begun_by=officer.strip(),
            begun_ms=now_ms,
            review_on=local_day(now_ms) + REVIEWED_IN,
            tokens=identity.tokens.content,
            rows=tuple(sorted(identity.rows)),
        )
        id = opened.records.shields.begin(shield)
    records = "1 record" if len(identity.rows) == 1 else f"{len(identity.rows)} records"
    typer.echo(
        f"Nothing is answered of the child of case {case_reference} from now on: {records}.\n"
        f"The shield is {id.hex()}; look at it again by {shield.review_on:%d %B %Y}. "
        "It does not end by itself."
    )


def show(path: Path) -> None:
    """Print all shields, those that have ended too."""
    with closing(open_folder(path)) as opened:
        for each in opened.records.shields.all():
            shield = each.shield
            state = f"ended {moment(shield.ended_ms)} by {shield.ended_by}"
            if not shield.ended_by:
                asked = f"; {shield.end_asked_by} wants it to end" if shield.end_asked_by else ""
                state = f"look at it again by {shield.review_on:%d %B %Y}{asked}"
            typer.echo(
                f"{each.id.hex()}  case {shield.case_reference}, {shield.reason}\n"
                f"  by {shield.begun_by} {moment(shield.begun_ms)}; {state}"
            )


def end(path: Path, shield: str, officer: str) -> None:
    """End a shield, once a second officer wants it.

    Raises:
        ShieldError: nobody is named, there is no such shield, or the same officer asks twice.
    """
    _check_said(officer, "who you are")
    with closing(open_folder(path)) as opened:
        ended = opened.records.shields.end(_shield_id(shield), officer.strip(), system_clock())
    if ended.ended_by:
        typer.echo(f"The shield of case {ended.case_reference} has ended: it is answered again.")
    else:
        typer.echo("A second officer ends it, by the same command. Until then it stands.")


def _check_said(text: str, what: str) -> None:
    if not text.strip():
        raise ShieldError(f"say {what}")


def _shield_id(text: str) -> ShieldId:
    try:
        id = bytes.fromhex(text)
    except ValueError:
        id = b""
    if len(id) != SHIELD_ID_BYTES:
        raise ShieldError("a shield is named as `shield list` shows it")
    return ShieldId(id)


def _case(opened: OpenFolder, case_reference: str) -> HeldCase:
    state = opened.records.index_state()
    if state is None:
        raise ShieldError("no records are loaded, or sources are of different keys")
    # What has expired is of the child as well: it may be loaded again.
    cases = opened.records.find_cases(
        case_reference, state.oprf_key, state.matching_version, date.min
    )
    if not cases:
        raise ShieldError(f"there is no case {case_reference}")
    if len(cases) == 1:
        return cases[0]
    typer.echo(f"Several children have the reference {case_reference}.")
    chosen = prompt_choice([*map(_entry, cases)], "Number")
    if chosen is None:
        raise ShieldError("nothing is shielded: say which child")
    return cases[chosen]


def _entry(case: HeldCase) -> str:
    return "; ".join(
        f"{row.source}: {row.involvement.kind_name}, {row.involvement.contact.team}"
        for row in case.rows
    )
