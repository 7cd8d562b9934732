"""`whoelse-node init`: a new node's folder."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from node.disclosure.policy import FIRST_POLICY
from node.errors import SettingsError
from node.files import replace_file
from node.folder import Folder
from node.keys import make_keys
from node.settings import FILE_NAME, NodeSettings, write_settings
from node.store_key import load_store_key, make_store_key
from protocol.directory.document import Registration
from protocol.encoding import encode_base64url
from protocol.messages.vocabulary import MemberKind
from protocol.validation import first_problem


@dataclass(frozen=True, slots=True)
class NewNode:
    """What a new node is told."""

    id: str
    name: str
    kind: MemberKind
    hubs: tuple[str, ...]
    root: Path
    store_key: Path
    duty_line: str
    out_of_hours_line: str
    supplier: str
    host: str
    declared_records: int
    keyholder: bool
    directory_refresh_seconds: int
    web_port: int | None


def make_node(path: Path, new: NewNode) -> Path:
    """Make the folder and return the registration file.

    Raises:
        SettingsError: the folder holds a node, or an entry is wrong.
    """
    folder = Folder(path)
    if (path / FILE_NAME).exists():
        raise SettingsError(f"{path} already holds a node")
    try:
        root = new.root.read_bytes()
    except OSError as error:
        raise SettingsError(f"{new.root}: {error.strerror}: ask a directory signer") from None
    settings = _settings(new)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    key = load_store_key(new.store_key) if new.store_key.exists() else make_store_key(new.store_key)
    keys = make_keys(folder.keys, key)
    ceremony_key = None
    if new.keyholder:
        ceremony_key = encode_base64url(folder.ceremony(key).make().static_key)
    registration = _registration(
        new, keys.signing_public_text, keys.sealing_public_text, ceremony_key
    )
    replace_file(folder.root, root)
    replace_file(folder.policy, FIRST_POLICY.encode())
    replace_file(folder.registration, registration.model_dump_json(indent=1).encode() + b"\n")
    # The last: a folder with settings is a node's, and no second one is made in it.
    write_settings(path, settings)
    return folder.registration


def _settings(new: NewNode) -> NodeSettings:
    try:
        return NodeSettings(
            member_id=new.id,
            hubs=new.hubs,
            store_key=new.store_key.absolute(),
            directory_refresh_seconds=new.directory_refresh_seconds,
            web_port=new.web_port,
        )
    except ValidationError as error:
        raise SettingsError(first_problem(error)) from None


def _registration(
    new: NewNode, signing_key: str, sealing_key: str, ceremony_key: str | None
) -> Registration:
    try:
        return Registration(
            id=new.id,
            name=new.name,
            kind=new.kind,
            duty_line=new.duty_line,
            out_of_hours_line=new.out_of_hours_line,
            supplier=new.supplier,
            host=new.host,
            declared_records=new.declared_records,
            signing_key=signing_key,
            sealing_key=sealing_key,
            ceremony_key=ceremony_key,
        )
    except ValidationError as error:
        raise SettingsError(first_problem(error)) from None
