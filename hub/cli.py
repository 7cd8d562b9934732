"""`whoelse-hub`: make a hub's folder and run it."""

import json
import resource
import shutil
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from hub.confinement.errors import ConfinementError
from hub.confinement.memory import overwrite_freed_memory
from hub.directory import PublishedDirectory
from hub.settings import FILE_NAME, HubSettings, SettingsError, load_settings
from protocol.errors import ProtocolError
from protocol.validation import first_problem

app = typer.Typer(
    help="Carry sealed rounds between members. A hub keeps nothing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Argument(help="the hub's folder", show_default=False)]


@app.command()
def init(
    folder: Folder,
    hub_id: Annotated[str, typer.Option(help="as the directory lists it")],
    port: Annotated[int, typer.Option(help="port to listen on")],
    directory: Annotated[Path, typer.Option(help="the published directory's folder")],
    root: Annotated[Path, typer.Option(help="the trusted root metadata (1.root.json)")],
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
) -> None:
    """Make a hub's folder with its settings and the trusted root."""
    path = folder / FILE_NAME
    if path.exists():
        _fail(f"{path} exists already")
    if not root.is_file():
        _fail(f"{root} is missing: ask a directory signer for the root metadata")
    try:
        HubSettings(hub_id=hub_id, host=host, port=port, directory=directory, root=root)
    except ValidationError as error:
        _fail(first_problem(error))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root, folder / "root.json")
    # A JSON string is a TOML basic string.
    path.write_text(
        f"hub_id = {json.dumps(hub_id)}\nhost = {json.dumps(host)}\nport = {port}\n"
        f'directory = {json.dumps(str(directory.resolve()))}\nroot = "root.json"\n'
    )
    load_settings(folder)
    typer.echo(f"Made hub {hub_id}. Start it with: whoelse-hub run {folder}")


@app.command()
def run(folder: Folder) -> None:
    """Run the hub until it is told to stop."""
    settings = load_settings(folder)
    PublishedDirectory(settings.directory, settings.root).current()
    overwrite_freed_memory()
    # After that, which may begin anew: what serves takes a second to import.
    from hub.serving import serve  # noqa: PLC0415

    serve(settings)


def main() -> None:
    """Run the command; every refusal is one line and status 2."""
    # A core dump would write keys to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        app()
    except (ConfinementError, ProtocolError, SettingsError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"whoelse-hub: {message}", err=True)
    raise SystemExit(2)
