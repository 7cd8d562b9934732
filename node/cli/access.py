"""`whoelse-node account` and `system`: who may sign in, and which case systems may ask.

Each command imports what it needs when it runs, as those of `commands.py` do.
"""

from pathlib import Path
from typing import Annotated

import typer

FolderArgument = Annotated[Path, typer.Argument(help="the node's folder", show_default=False)]
UsernameArgument = Annotated[str, typer.Argument(help="as it is typed", show_default=False)]
SystemArgument = Annotated[str, typer.Argument(help="as its tokens name it", show_default=False)]

accounts = typer.Typer(
    help="Who may sign in to the pages: add, change, list, remove.", no_args_is_help=True
)


@accounts.command(name="add")
def add_account(
    folder: FolderArgument,
    username: UsernameArgument,
    name: Annotated[str, typer.Option(help="as councils that know the child see it")],
    telephone: Annotated[str, typer.Option(help="where a council that knows the child rings")],
    team: Annotated[str, typer.Option()],
    role: Annotated[
        list[str], typer.Option(help="practitioner, team_manager, duty_officer, ...; repeat")
    ],
) -> None:
    """Make an account. The password is typed, or read as the first line of standard input."""
    from node.cli.accounts import add

    add(folder, username, name, telephone, team, role)


@accounts.command(name="change")
def change_account(
    folder: FolderArgument,
    username: UsernameArgument,
    name: Annotated[str, typer.Option()] = "",
    telephone: Annotated[str, typer.Option()] = "",
    team: Annotated[str, typer.Option()] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="all that it has from now on; repeat")
    ] = None,
    password: Annotated[
        bool,
        typer.Option(
            "--password", help="a new one, typed; signed out everywhere, passkeys removed"
        ),
    ] = False,
) -> None:
    """Change an account: what is not given stays as it is."""
    from node.cli.accounts import change

    texts = {"name": name, "telephone": telephone, "team": team}
    change(folder, username, role or [], password=password, **texts)


@accounts.command(name="list")
def list_accounts(folder: FolderArgument) -> None:
    """Show all accounts, and what each may do."""
    from node.cli.accounts import show

    show(folder)


@accounts.command(name="remove")
def remove_account(folder: FolderArgument, username: UsernameArgument) -> None:
    """Remove an account. Whoever is signed in with it is signed out."""
    from node.cli.accounts import remove

    remove(folder, username)


@accounts.command(name="sign-out")
def sign_out_account(folder: FolderArgument, username: UsernameArgument) -> None:
    """Sign somebody out everywhere: a lost telephone, a shared computer. The account stays."""
    from node.cli.accounts import sign_out

    sign_out(folder, username)


shields = typer.Typer(
    help="Children of whom nothing is answered: begin, list, review, told, end.",
    no_args_is_help=True,
)
ShieldArgument = Annotated[str, typer.Argument(help="as `list` shows it")]
OfficerOption = Annotated[str, typer.Option(help="the shielding officer's name")]


@shields.command(name="begin")
def begin_shield(
    folder: FolderArgument,
    case_reference: Annotated[str, typer.Argument(help="a case of this council")],
    officer: OfficerOption,
    reason: Annotated[str, typer.Option(help="why, for whoever looks at it again")],
    former: Annotated[
        bool,
        typer.Option(
            "--former",
            help="it is a former identity (adoption, a protected person): nothing joins it to the "
            "one that the child has now",
        ),
    ] = False,
    also: Annotated[
        list[str] | None, typer.Option(help="another case that is of the former identity")
    ] = None,
    namesake: Annotated[
        list[str] | None,
        typer.Option(help="a case of another child with that name and date of birth"),
    ] = None,
) -> None:
    """Answer nothing of a child, in whatever records it is or comes to be."""
    from node.cli.shields import begin
    from node.shielding import Former

    of_former = Former(also or (), namesake or ()) if former else None
    begin(folder, case_reference, officer, reason, of_former)


@shields.command(name="namesake")
def add_namesake(
    folder: FolderArgument,
    shield: ShieldArgument,
    case_reference: Annotated[str, typer.Argument(help="of another child")],
) -> None:
    """Say that a case is of another child, with name and date of birth of a former identity."""
    from node.cli.shields import add_namesake

    add_namesake(folder, shield, case_reference)


@shields.command(name="list")
def list_shields(folder: FolderArgument) -> None:
    """Show all shields, who set them and why."""
    from node.cli.shields import show

    show(folder)


@shields.command(name="review")
def review_shield(
    folder: FolderArgument,
    shield: ShieldArgument,
    officer: OfficerOption,
    note: Annotated[str, typer.Option(help="why it is still needed")],
    days: Annotated[
        int, typer.Option(min=1, max=365, help="after how many it is looked at again")
    ] = 90,
) -> None:
    """Say that a shield is still needed. It does not end by itself."""
    from node.cli.shields import review

    review(folder, shield, officer, note, days)


@shields.command(name="told")
def told_before(folder: FolderArgument, shield: ShieldArgument) -> None:
    """Show who was told of a shielded child in the last year, before it was shielded."""
    from node.cli.shields import show_told

    show_told(folder, shield)


@shields.command(name="end")
def end_shield(
    folder: FolderArgument,
    shield: ShieldArgument,
    officer: OfficerOption,
) -> None:
    """Say that a shield can end: it does once a second officer has said so."""
    from node.cli.shields import end

    end(folder, shield, officer)


systems = typer.Typer(
    help="Case systems that ask for their users: add, list, remove.", no_args_is_help=True
)


@systems.command(name="add")
def add_system(
    folder: FolderArgument,
    name: SystemArgument,
    key: Annotated[
        Path, typer.Argument(help="its public key: PEM, Ed25519 or P-256", show_default=False)
    ],
) -> None:
    """Let a case system ask for its users. One of that name signs with the new key from now on."""
    from node.cli.systems import add

    add(folder, name, key)


@systems.command(name="list")
def list_systems(folder: FolderArgument) -> None:
    """Show all case systems."""
    from node.cli.systems import show

    show(folder)


@systems.command(name="remove")
def remove_system(folder: FolderArgument, name: SystemArgument) -> None:
    """Let a case system ask no more."""
    from node.cli.systems import remove

    remove(folder, name)
