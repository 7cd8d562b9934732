"""A node's settings: `node.toml` in its folder, `WHOELSE_NODE_*` in the environment over it."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import pydantic_settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from node.colour import LEAST_CONTRAST, contrast_with_white
from node.errors import SettingsError
from node.files import replace_file
from protocol import limits
from protocol.identifiers import MemberId
from protocol.validation import first_problem

FILE_NAME = "node.toml"


Claim = Annotated[str, Field(min_length=1, max_length=100)]

Mailbox = Annotated[str, Field(max_length=200, pattern=r"^[\w.+'-]+@[A-Za-z0-9.-]+$")]

CouncilName = Annotated[str, Field(min_length=1, max_length=100)]

OFFICE_HOURS = r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$"

WEB_ADDRESS = r"^(https://[^/?#\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?)$"
"""TLS everywhere but on this machine."""


class SignInSettings(BaseModel):
    """The council's own sign-in service (OpenID Connect) and how its claims are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])[^?#\s]*$")
    client_id: Claim
    client_secret: Path | None = None
    """File of the secret, on a credential mount; without one, PKCE alone proves who asks."""
    address: str = Field(pattern=WEB_ADDRESS)
    """Of these pages, as people's browsers reach them."""
    scopes: str = "openid profile phone"
    name_claim: Claim = "name"
    telephone_claim: Claim = "phone_number"
    team_claim: Claim = "team"
    """Telephone and team are asked for on a page where the service does not tell them."""
    roles_claim: Claim = "roles"
    roles: dict[Claim, str] = Field(min_length=1)
    """What stands in the claim, and the role here that it means."""
    multi_factor_claim: Literal["amr", "acr", "acrs"]
    multi_factor_values: tuple[Claim, ...] = Field(min_length=1)
    """Evidence of more than a password: one of these must stand in the claim."""


class NudgeSettings(BaseModel):
    """Mail to the mailboxes of who minds the inbox that something waits: by the council's own mail
    server, or by GOV.UK Notify."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[Mailbox, ...] = Field(min_length=1)
    out_of_hours_to: tuple[Mailbox, ...] = ()
    """Told in their place while the out-of-hours team is on; without any, `to` is then too."""
    sender: Mailbox | None = None
    smtp_host: str | None = Field(default=None, min_length=1, max_length=253)
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str = ""
    smtp_password: Path | None = None
    """File of the password, on a credential mount."""
    notify_key: Path | None = None
    """File of the API key of GOV.UK Notify."""
    notify_template: str = ""
    notify_url: str = Field(default="https://api.notifications.service.gov.uk", pattern=WEB_ADDRESS)

    @model_validator(mode="after")
    def _check_way(self) -> Self:
        if (self.smtp_host is None) == (self.notify_key is None):
            raise ValueError("give either smtp_host or notify_key")
        if self.smtp_host is not None and self.sender is None:
            raise ValueError("give the sender of mail")
        if self.notify_key is not None and not self.notify_template:
            raise ValueError("give notify_template")
        return self


class NodeSettings(BaseSettings):
    """Everything a node can be told beside the directory and the policy."""

    model_config = SettingsConfigDict(env_prefix="WHOELSE_NODE_", extra="forbid", frozen=True)

    member_id: str = Field(pattern=r"^[A-Z0-9]{3,12}$")
    hubs: tuple[Annotated[str, Field(pattern=r"^https?://")], ...] = Field(min_length=1)
    """Where the directory is fetched from until one is held."""
    store_key: Path
    """File of the store key: on a credential mount, never on the store's own disk."""
    directory_refresh_seconds: int = Field(default=300, ge=1, le=3600)
    web_port: int | None = Field(default=None, ge=1, le=65535)
    """Where the pages are served, behind the council's own TLS; without it there are none."""
    web_host: str = "127.0.0.1"
    web_address: str | None = Field(default=None, pattern=WEB_ADDRESS)
    """Of the pages, as people's browsers reach them; with it they can have passkeys."""
    web_colour: str = Field(default="#1d4f60", pattern=r"^#[0-9a-fA-F]{6}$")
    """The council's own. White letters stand on it."""
    office_hours: str = Field(default="08:30-17:00", pattern=OFFICE_HOURS)
    """From Monday to Friday, here; outside them the out-of-hours team has what is due. "" for a
    council with one team by day and at night."""
    closed_days: frozenset[date] = frozenset()
    """Other days on which the office is closed, bank holidays above all."""
    web_help: str = Field(default="", max_length=200)
    """How people of this council get help with the pages: a sentence with a number to ring."""
    answers_kept_days: int = Field(default=7, ge=1, le=28)
    """How long whoever asked finds the answers again."""
    watch_hours: int = Field(default=168, ge=1, le=744)
    """How often a case that somebody has watched is asked about."""
    adding_seconds: int = Field(default=limits.ADDING_SECONDS, ge=0, le=3600)
    """How often what somebody has added to a check is evaluated, if anything is; 0 where nobody
    ever adds anything. Keyholders count a batch each time: more often than that uses up what the
    council may ask."""
    other_inboxes: dict[CouncilName, Annotated[str, Field(pattern=WEB_ADDRESS)]] = Field(
        default_factory=dict
    )
    """Councils whose inboxes an out-of-hours team here minds too, and where their pages are."""
    nudge: NudgeSettings | None = None
    sign_in: SignInSettings | None = None
    """Without it people have accounts of this node's own."""

    @field_validator("web_colour")
    @classmethod
    def _check_colour(cls, value: str) -> str:
        contrast = contrast_with_white(value)
        if contrast < LEAST_CONTRAST:
            raise ValueError(
                "white letters cannot be read on this colour: its contrast with them is "
                f"{contrast:.2f} to 1, and must be {LEAST_CONTRAST} to 1; take a darker one"
            )
        return value

    @field_validator("office_hours")
    @classmethod
    def _check_hours(cls, value: str) -> str:
        opens, _, closes = value.partition("-")
        if value and opens >= closes:
            raise ValueError("opens after it closes")
        return value

    @property
    def member(self) -> MemberId:
        return MemberId(self.member_id)

    @property
    def answers_kept_ms(self) -> int:
        return self.answers_kept_days * 86_400_000

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(folder: Path) -> NodeSettings:
    """Return the settings of a node's folder.

    Raises:
        SettingsError: no such file, not TOML, an unknown key or a wrong value.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise SettingsError(f"{path} is missing: make a node with 'whoelse-node init {folder}'")
    try:
        return NodeSettings(**TomlConfigSettingsSource(NodeSettings, path)())
    except ValidationError as error:
        raise SettingsError(f"{path}: {first_problem(error)}") from None
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"environment WHOELSE_NODE_*: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None


def write_settings(folder: Path, settings: NodeSettings) -> None:
    """Write a node's first settings."""
    # A JSON string or array of strings is TOML as well.
    lines = [
        f"member_id = {json.dumps(settings.member_id)}",
        f"hubs = {json.dumps(list(settings.hubs))}",
        f"store_key = {json.dumps(str(settings.store_key))}",
        f"directory_refresh_seconds = {settings.directory_refresh_seconds}",
    ]
    if settings.web_port is not None:
        lines.append(f"web_port = {settings.web_port}")
    replace_file(folder / FILE_NAME, "".join(f"{line}\n" for line in lines).encode())
