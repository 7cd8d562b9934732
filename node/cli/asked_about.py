"""`whoelse-node asked-about`: who else has asked about cases of ours, at a terminal."""

import json
from collections.abc import Mapping
from contextlib import closing

import typer

from node.cli.naming import NameOf, names_of
from node.clock import moment, system_clock
from node.opening import OpenFolder
from node.post.callback_store import open_post_database
from node.post.notices import Audience, Listed, Notices
from protocol.identifiers import MemberId


def show_asked_about(
    opened: OpenFolder, audience: Audience | None, seen: bool, json_lines: bool
) -> None:
    """Print what somebody is told, or every team, the latest first; keep that they have seen it.

    What the shielding officers alone are told is shown where it is asked for, and nowhere else.

    Raises:
        StoreError: it cannot be read, or kept.
    """
    name_of = names_of(opened)
    with closing(open_post_database(opened.folder.post)) as database:
        notices = Notices(
            opened.settings.member, database, opened.store_key, lambda *_: (), system_clock
        )
        listed = notices.latest_of_teams() if audience is None else notices.latest(audience)
        for each in listed:
            typer.echo(json.dumps(_as_data(each, name_of)) if json_lines else _entry(each, name_of))
        if not listed and not json_lines:
            typer.echo("Nobody else has asked about these cases in the last 28 days.")
        if seen and audience is not None:
            notices.saw(audience, [each.id for each in listed])


def _entry(each: Listed, name_of: NameOf) -> str:
    notice = each.notice
    reference = f", their reference {notice.their_reference}" if notice.their_reference else ""
    if notice.is_shielded:
        whose = f"{notice.case_reference}: SHIELDED, they were told what is told of the unknown"
    else:
        whose = f"{notice.case_reference}, {notice.team}"
    return (
        f"{'NEW  ' if each.is_new else ''}Case {whose}\n"
        f"  {notice.name}, {notice.their_team}, {name_of(MemberId(notice.member))}: "
        f"{notice.telephone}{reference}\n"
        f"  {notice.purpose}, {moment(each.asked_ms)}"
    )


def _as_data(each: Listed, name_of: NameOf) -> Mapping[str, object]:
    notice = each.notice
    return {
        "new": each.is_new,
        "asked_ms": each.asked_ms,
        "case_reference": notice.case_reference,
        "team": notice.team,
        "council": notice.member,
        "name_of_council": name_of(MemberId(notice.member)),
        "name": notice.name,
        "telephone": notice.telephone,
        "their_team": notice.their_team,
        "their_reference": notice.their_reference,
        "purpose": notice.purpose,
        "shielded": notice.is_shielded,
        "role": notice.role,
    }
