"""`whoelse-node shield`: children of whom nothing is answered."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import typer

from node.asking.words import purpose_name
from node.cli.naming import names_of
from node.cli.prompts import prompt_choice
from node.clock import moment, system_clock
from node.errors import ShieldError
from node.opening import OpenFolder, open_folder
from node.records.cases import HeldCase
from node.records.shield import SHIELD_ID_BYTES, ShieldId
from node.shielding import Former, Shielding, said


def begin(
    path: Path, case_reference: str, officer: str, reason: str, former: Former | None = None
) -> None:
    """Shield the child of a case, in all that is held of it and in all that is loaded later; with
    `former`, separate it from the identity that the child has now.

    Raises:
        NotAllFormerError: a former identity has more in common with cases than is said of them.
        ShieldError: nobody or no reason is named, there is no such case, or the child is shielded
            already.
    """
    # Before anybody chooses among children.
    officer, reason = said(officer, "who you are"), said(reason, "why")
    with closing(open_folder(path)) as opened:
        shielding = _shielding(opened)
        case = _chosen(case_reference, shielding.cases(case_reference))
        id, shield = shielding.begin(case, officer, reason, former=former)
    records = "1 record" if len(shield.rows) == 1 else f"{len(shield.rows)} records"
    typer.echo(
        f"Nothing is answered of the child of case {case_reference} from now on: {records}.\n"
        f"The shield is {id.hex()}; look at it again by {shield.review_on:%d %B %Y}. "
        "It does not end by itself."
    )
    if former is not None:
        typer.echo("No file that would join it to another identity is loaded from now on.")


def add_namesake(path: Path, shield: str, case_reference: str) -> None:
    """Keep that a case is of another child of the name and date of birth of a former identity.

    Raises:
        ShieldError: there is none in force, or it is not separated, or no case is named.
    """
    reference = said(case_reference, "which case it is")
    with closing(open_folder(path)) as opened:
        opened.records.shields.add_namesake(_shield_id(shield), reference)
    typer.echo(f"Case {reference} is of another child: it is loaded and answered.")


def show(path: Path) -> None:
    """Print all shields, those that have ended too."""
    with closing(open_folder(path)) as opened:
        for each in opened.records.shields.all():
            shield = each.shield
            state = f"ended {moment(shield.ended_ms)} by {shield.ended_by}"
            if not shield.ended_by:
                asked = f"; {shield.end_asked_by} wants it to end" if shield.end_asked_by else ""
                state = f"look at it again by {shield.review_on:%d %B %Y}{asked}"
            former = ", a former identity" if shield.is_separated else ""
            typer.echo(
                f"{each.id.hex()}  case {shield.case_reference}{former}, {shield.reason}\n"
                f"  by {shield.begun_by} {moment(shield.begun_ms)}; {state}"
            )


def review(path: Path, shield: str, officer: str, note: str, days: int) -> None:
    """Keep that a shield is still needed.

    Raises:
        ShieldError: nobody or nothing is said, or there is no such shield in force.
    """
    with closing(open_folder(path)) as opened:
        id = _shield_id(shield)
        _shielding(opened).review(id, officer, note, timedelta(days=days))
        held = opened.records.shields.find(id)
    if held is not None:
        typer.echo(f"It stands. Look at it again by {held.review_on:%d %B %Y}.")


def show_told(path: Path, shield: str) -> None:
    """Print who was told of a child before it was shielded, and where they are rung.

    Raises:
        ShieldError: there is no such shield.
    """
    with closing(open_folder(path)) as opened:
        held = opened.records.shields.find(_shield_id(shield))
        if held is None:
            raise ShieldError("there is no such shield")
        name_of, found = names_of(opened), _shielding(opened).told_before(held)
        for told in found:
            asker = told.asker
            reference = f", their reference {asker.reference}" if asker.reference else ""
            typer.echo(
                f"{moment(told.asked_ms)}: {told.outcome.replace('_', ' ')}, "
                f"{purpose_name(opened.directory.current, told.purpose)}\n"
                f"  {asker.name}, {told.role.replace('_', ' ')}, {asker.team}, "
                f"{name_of(told.member)}: {asker.telephone}{reference}"
            )
        if not found:
            typer.echo("Nobody was told in the last year that the child is or may be known here.")


def end(path: Path, shield: str, officer: str) -> None:
    """End a shield, once a second officer wants it.

    Raises:
        ShieldError: nobody is named, there is no such shield, or the same officer asks twice.
    """
    with closing(open_folder(path)) as opened:
        ended = _shielding(opened).end(_shield_id(shield), officer)
    if ended.ended_by:
        typer.echo(f"The shield of case {ended.case_reference} has ended: it is answered again.")
    else:
        typer.echo("A second officer ends it, by the same command. Until then it stands.")


def _shielding(opened: OpenFolder) -> Shielding:
    return Shielding(opened.records, opened.ledger, opened.store_key, system_clock)


def _shield_id(text: str) -> ShieldId:
    try:
        id = bytes.fromhex(text)
    except ValueError:
        id = b""
    if len(id) != SHIELD_ID_BYTES:
        raise ShieldError("a shield is named as `shield list` shows it")
    return ShieldId(id)


def _chosen(case_reference: str, cases: Sequence[HeldCase]) -> HeldCase:
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
