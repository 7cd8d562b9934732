"""The command line's commands: each parses, calls and prints.

Each imports what it needs when it runs: half the time of a short command is importing.
"""

import asyncio
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from node.cli.access import FolderArgument, UsernameArgument, accounts, shields, systems
from node.errors import NodeError
from node.logging import configure_logging
from protocol.errors import ProtocolError
from protocol.messages.vocabulary import MemberKind

if TYPE_CHECKING:
    from node.opening import OpenFolder

app = typer.Typer(
    help="A council's node: keeps its own records, asks the others, answers them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

TeamArgument = Annotated[str, typer.Argument(help="as case systems call it", show_default=False)]


@app.command()
def init(
    folder: FolderArgument,
    id: Annotated[str, typer.Option(help="ONS or ODS code")],
    name: Annotated[str, typer.Option(help="as pages show it")],
    hub: Annotated[list[str], typer.Option(help="a hub's address; repeat for each")],
    root: Annotated[Path, typer.Option(help="the directory's root metadata (1.root.json)")],
    store_key: Annotated[Path, typer.Option(help="where the store key is: not on this disk")],
    duty_line: Annotated[str, typer.Option(help="telephone in office hours")],
    out_of_hours_line: Annotated[str, typer.Option(help="telephone at night")],
    supplier: Annotated[str, typer.Option(help="who runs the node")],
    host: Annotated[str, typer.Option(help="whose machines it runs on")],
    declared_records: Annotated[int, typer.Option(help="most records to be loaded")],
    kind: Annotated[str, typer.Option(help="council or health_service")] = "council",
    keyholder: Annotated[bool, typer.Option("--keyholder", help="hold a share")] = False,
    directory_refresh_seconds: Annotated[int, typer.Option(help="how often to fetch")] = 300,
    web_port: Annotated[
        int | None, typer.Option(help="where the pages are served; without it there are none")
    ] = None,
) -> None:
    """Make a node's folder: keys, settings, policy, and the file to register with."""
    from node.cli.making import NewNode, make_node

    kinds = {member_kind.name.lower(): member_kind for member_kind in MemberKind}
    if kind not in kinds:
        _fail(f"--kind is one of: {', '.join(kinds)}")
    made = make_node(
        folder,
        NewNode(
            id=id,
            name=name,
            kind=kinds[kind],
            hubs=tuple(hub),
            root=root,
            store_key=store_key,
            duty_line=duty_line,
            out_of_hours_line=out_of_hours_line,
            supplier=supplier,
            host=host,
            declared_records=declared_records,
            keyholder=keyholder,
            directory_refresh_seconds=directory_refresh_seconds,
            web_port=web_port,
        ),
    )
    typer.echo(f"Made the node of {name} in {folder}.")
    typer.echo(f"Send {made} to a directory signer, who admits it.")
    typer.echo(f"Then start it: whoelse-node run {folder}")


@app.command()
def run(folder: FolderArgument) -> None:
    """Run the node until it is told to stop."""
    from node.app import Node
    from node.clock import system_clock
    from node.disclosure.policy import load_policy

    configure_logging(logging.INFO)
    with _opened(folder) as opened:
        load_policy(opened.folder.policy)
        with opened.folder.running.hold():
            asyncio.run(Node(opened, system_clock).run())


@app.command(name="import")
def import_(
    folder: FolderArgument,
    path: Annotated[
        Path, typer.Argument(help="CSV or Excel with the README's columns, or what --format names")
    ],
    source: Annotated[str, typer.Option(help="name of the system it comes from")] = "main",
    format: Annotated[
        str, typer.Option(help="csv, standard-safeguarding-dataset or csc-api")
    ] = "csv",
    statuses: Annotated[
        Path | None, typer.Option(help="a CIN census (XML): which involvements are open")
    ] = None,
    contacts: Annotated[
        Path | None, typer.Option(help="CSV or Excel with the telephone number of each team")
    ] = None,
    map_columns: Annotated[
        bool, typer.Option("--map", help="say which column is which, once for each source")
    ] = False,
    sheet: Annotated[
        int | None, typer.Option(min=1, help="sheet of a workbook, from the left")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="report only, load nothing")] = False,
    most_rejected: Annotated[
        float, typer.Option(min=0, max=100, help="percent of the rows that may be left out")
    ] = 2.0,
    report: Annotated[Path | None, typer.Option(help="row by row, as .txt, .csv or .json")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="accept that most rows held are gone")
    ] = False,
    erase_missing: Annotated[
        bool,
        typer.Option("--erase-missing", help="erase rows that are gone: they were never right"),
    ] = False,
) -> None:
    """Load a file, with a report of what to mend. Too much of that, and nothing is loaded."""
    from node.cli.loading import check_file, load_file
    from node.cli.mapping import make_map
    from node.cli.reading import ImportOptions

    options = ImportOptions(
        path,
        source,
        sheet,
        most_rejected,
        replace,
        report,
        format,
        statuses,
        contacts,
        erase_missing,
    )
    if map_columns:
        ok = make_map(folder, options)
    elif check:
        ok = check_file(folder, options)
    else:
        with _opened(folder) as opened:
            ok = asyncio.run(load_file(opened, options))
    raise SystemExit(0 if ok else 1)


@app.command()
def quality(
    folder: FolderArgument,
    json_output: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Show how complete what was loaded last is, source by source."""
    from node.cli.quality import show_quality

    show_quality(folder, json_output)


@app.command()
def ask(
    folder: FolderArgument,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="JSON with the child's entries; - reads standard input"),
    ] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line an answer")] = False,
) -> None:
    """Ask every council about one child. The child is typed or read from a file, never given here.

    Arguments show in the list of processes; a prompt and a file do not.
    """
    from node.cli.asking import ask_and_print

    with _opened(folder, "Nothing was asked.") as opened:
        ask_and_print(opened, file, json_lines)


@app.command()
def lookups(
    folder: FolderArgument,
    username: UsernameArgument,
    reference: Annotated[str, typer.Option(help="with this in one's own reference")] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each, to read")] = False,
) -> None:
    """Show what somebody with an account was told and is still kept, and remove it."""
    from node.cli.lookups import show_lookups

    with _opened(folder) as opened:
        show_lookups(opened, username, reference, json_lines)


@app.command()
def activity(
    folder: FolderArgument,
    who: Annotated[
        str, typer.Argument(help="a username, or the name typed at a terminal", show_default=False)
    ],
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each")] = False,
) -> None:
    """Show what is recorded of somebody's questions in the last 28 days."""
    from node.cli.lookups import show_activity

    with _opened(folder) as opened:
        show_activity(opened, who, json_lines)


@app.command()
def status(
    folder: FolderArgument,
    json_output: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Show what this node holds, has done and is linked to."""
    from node.cli.showing import show_status

    with _opened(folder) as opened:
        show_status(opened, json_output)


@app.command()
def inbox(
    folder: FolderArgument,
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each, to read")] = False,
) -> None:
    """Show what other councils need of this one, and say what was done about it.

    Run it beside the node, which tells the other council.
    """
    from node.cli.inbox import show_inbox

    with _opened(folder) as opened:
        show_inbox(opened, json_lines)


@app.command(name="call-backs")
def call_backs(
    folder: FolderArgument,
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each")] = False,
) -> None:
    """Show what this council has asked of others, and what became of it; say more of a child.

    What is said goes to the node that runs, and nowhere else.
    """
    from node.cli.inbox import show_call_backs

    with _opened(folder, "Nothing more was sent.") as opened:
        show_call_backs(opened, json_lines)


@app.command(name="asked-about")
def asked_about(
    folder: FolderArgument,
    team: Annotated[str, typer.Option(help="of this team's cases alone")] = "",
    officers: Annotated[
        bool,
        typer.Option(
            "--shielding-officers", help="what they alone are told, of protected locations"
        ),
    ] = False,
    seen: Annotated[bool, typer.Option("--seen", help="those whom it is for have seen it")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each")] = False,
) -> None:
    """Show who else has asked about cases of this council, and whom to ring about them."""
    from node.cli.asked_about import show_asked_about
    from node.post.notices import OFFICERS, of_team

    if team and officers:
        _fail("give either --team or --shielding-officers")
    if seen and not team and not officers:
        _fail("say who has seen it: --team, or --shielding-officers")
    audience = OFFICERS if officers else of_team(team) if team else None
    with _opened(folder) as opened:
        show_asked_about(opened, audience, seen, json_lines)


@app.command()
def watched(
    folder: FolderArgument,
    username: UsernameArgument,
    give_to: Annotated[str, typer.Option(help="the username of who has them instead")] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each, to read")] = False,
) -> None:
    """Show the cases that somebody has watched, and what is new of them."""
    from node.cli.watched import give_watched, show_watched

    with _opened(folder) as opened:
        if give_to:
            give_watched(opened, username, give_to)
            return
        show_watched(opened, username, json_lines)


@app.command()
def team(
    folder: FolderArgument,
    team: TeamArgument,
    json_object: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Show what a team waits for, what other councils wait for, and whether they ring in time.

    What somebody waits for who is away can be given to somebody else.
    """
    from node.cli.team import show_team

    with _opened(folder) as opened:
        show_team(opened, team, json_object)


@app.command()
def sample(
    folder: FolderArgument,
    team: TeamArgument,
    json_lines: Annotated[bool, typer.Option("--json", help="one JSON line each, to read")] = False,
) -> None:
    """Review a few lookups of a team's last week, drawn by lot: was there a reason to ask?"""
    from node.cli.team import review_sample

    with _opened(folder) as opened:
        review_sample(opened, team, json_lines)


app.add_typer(accounts, name="account")
app.add_typer(systems, name="system")
app.add_typer(shields, name="shield")


def main() -> None:
    """Run the command; every refusal is one line and status 2."""
    # A core dump would write keys, tokens and what was typed to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    configure_logging(logging.ERROR)
    try:
        app()
    except (NodeError, ProtocolError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))


@contextmanager
def _opened(folder: Path, left: str = "Nothing was changed.") -> Iterator["OpenFolder"]:
    """Open a node's folder for one command; `left` is said where a prompt is broken off."""
    from node.opening import open_folder

    opened = open_folder(folder)
    try:
        yield opened
    except typer.Abort:
        typer.echo(f"\n{left}", err=True)
        raise SystemExit(130) from None
    finally:
        opened.close()


def _fail(message: str) -> NoReturn:
    typer.echo(f"whoelse-node: {message}", err=True)
    raise SystemExit(2)
