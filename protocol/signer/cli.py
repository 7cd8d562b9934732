"""`whoelse-directory`: make, change, sign and publish a federation's directory."""

import os
import resource
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from protocol.directory.document import (
    Document,
    HubEntry,
    MemberEntry,
    OprfEntry,
    OprfKeyEntry,
    Registration,
    parse_document,
)
from protocol.directory.members import parse_directory
from protocol.directory.purposes import STANDARD_PURPOSES
from protocol.encoding import encode_base64url
from protocol.errors import ProtocolError
from protocol.matching.keys import MATCHING_VERSION
from protocol.oprf.ceremony import Certificate
from protocol.signer.repository import FIRST_PREVIOUS, Repository, utc_now
from protocol.validation import first_problem

app = typer.Typer(
    help="Make, change, sign and publish a federation's directory. Runs at a signer, offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Argument(help="the directory's folder", show_default=False)]


@app.command()
def init(
    folder: Folder,
    federation: Annotated[str, typer.Option(help="its name: small letters, digits, -")],
    hub: Annotated[list[str], typer.Option(help="ID=URL, once for each hub")],
    threshold: Annotated[int, typer.Option(help="keyholders needed for an evaluation")] = 3,
    tick_ms: Annotated[int, typer.Option(help="answers leave on multiples of this")] = 100,
    post_interval_seconds: Annotated[int, typer.Option(help="beat of the post")] = 300,
    practice: Annotated[
        bool, typer.Option("--practice", help="councils and children are made up: pages say so")
    ] = False,
) -> None:
    """Make the signing keys and an empty draft."""
    try:
        draft = Document(
            federation=federation,
            practice=practice,
            version=1,
            previous=FIRST_PREVIOUS,
            matching_version=MATCHING_VERSION,
            tick_ms=tick_ms,
            post_interval_seconds=post_interval_seconds,
            purposes=STANDARD_PURPOSES,
            hubs=tuple(_parse_hub(text) for text in hub),
            members=(),
            oprf=OprfEntry(threshold=threshold),
        )
    except ValidationError as error:
        _fail(first_problem(error))
    Repository(folder).create(draft, utc_now())
    typer.echo(f"Made the directory of {federation} in {folder}. Now admit members, then publish.")


@app.command()
def admit(
    folder: Folder,
    registrations: Annotated[list[Path], typer.Argument(help="files that members' nodes wrote")],
    keyholder: Annotated[bool, typer.Option("--keyholder", help="give it a share")] = False,
    questions_per_day: Annotated[int, typer.Option(help="most lookups it may start")] = 2000,
) -> None:
    """Put members into the draft, or replace their entries."""
    repository = Repository(folder)
    draft = repository.read_draft()
    admitted = []
    for registration in registrations:
        entry, draft = _admit(draft, registration, keyholder, questions_per_day)
        admitted.append(entry)
    repository.write_draft(draft)
    for entry in admitted:
        typer.echo(f"{entry.name} ({entry.id}) is in the draft of version {draft.version}.")


def _admit(
    draft: Document, registration: Path, keyholder: bool, questions_per_day: int
) -> tuple[MemberEntry, Document]:
    try:
        offered = Registration.model_validate_json(registration.read_bytes())
    except OSError as error:
        _fail(f"{registration}: {error.strerror}")
    except ValidationError as error:
        _fail(f"{registration}: {first_problem(error)}")
    if keyholder and offered.ceremony_key is None:
        _fail(f"{registration}: has no ceremony key: run 'whoelse-node init' with --keyholder")
    known = next((member for member in draft.members if member.id == offered.id), None)
    others = tuple(member for member in draft.members if member.id != offered.id)
    index = known.keyholder_index if known else None
    if keyholder and index is None:
        index = 1 + sum(member.keyholder_index is not None for member in others)
    entry = MemberEntry(
        **offered.model_dump(), keyholder_index=index, questions_per_day=questions_per_day
    )
    return entry, draft.model_copy(update={"members": (*others, entry)})


@app.command()
def ceremony(folder: Folder) -> None:
    """Open a key ceremony among the draft's keyholders, under a fresh session."""
    repository = Repository(folder)
    draft = repository.read_draft()
    if draft.oprf.key is not None:
        _fail("the federation has a key: opening a ceremony would make every token worthless")
    oprf = draft.oprf.model_copy(update={"ceremony_session": os.urandom(32).hex()})
    repository.write_draft(draft.model_copy(update={"oprf": oprf}))
    typer.echo("The ceremony is in the draft. Publish, and the keyholders' nodes will hold it.")


@app.command()
def certify(
    folder: Folder,
    certificate: Annotated[Path, typer.Argument(help="a keyholder's ceremony certificate")],
) -> None:
    """Check a ceremony's certificate and put its key into the draft."""
    repository = Repository(folder)
    draft = repository.read_draft()
    plan = parse_directory(draft.model_dump_json().encode()).ceremony
    if plan is None:
        _fail("no ceremony is open: run 'whoelse-directory ceremony' and publish")
    try:
        content = certificate.read_bytes()
    except OSError as error:
        _fail(f"{certificate}: {error.strerror}")
    proven = Certificate.decode(content, plan)
    proven.verify()
    key = OprfKeyEntry(
        generation=1,
        commitments=tuple(encode_base64url(point) for point in proven.commitments()),
    )
    oprf = draft.oprf.model_copy(update={"key": key})
    repository.write_draft(draft.model_copy(update={"oprf": oprf}))
    typer.echo(f"All {len(plan.static_keys)} keyholders signed the ceremony. The key is in.")


@app.command()
def publish(folder: Folder) -> None:
    """Sign the draft as the next version."""
    published = Repository(folder).publish(utc_now())
    typer.echo(
        f"Published version {published.version} with {len(published.members)} members "
        f"in {folder / 'public'}."
    )


@app.command()
def timestamp(folder: Folder) -> None:
    """Sign the newest version for another 72 hours: run this every hour."""
    Repository(folder).renew_timestamp(utc_now())
    typer.echo("Signed for another 72 hours.")


@app.command()
def show(folder: Folder) -> None:
    """Print the draft's members."""
    draft = parse_document(Repository(folder).read_draft().model_dump_json().encode())
    typer.echo(f"{draft.federation}, draft of version {draft.version}")
    for member in draft.members:
        share = f"keyholder {member.keyholder_index}" if member.keyholder_index else ""
        typer.echo(f"{member.id:<13}{member.name:<32}{member.supplier:<24}{share}")


def main() -> None:
    """Run the command; every refusal is one line and status 2."""
    # A core dump would write keys to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        app()
    except ProtocolError as error:
        _fail(str(error))
    except ValidationError as error:
        _fail(first_problem(error))
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}")


def _parse_hub(text: str) -> HubEntry:
    hub_id, _, url = text.partition("=")
    return HubEntry(id=hub_id, url=url)


def _fail(message: str) -> NoReturn:
    typer.echo(f"whoelse-directory: {message}", err=True)
    raise SystemExit(2)
