"""A hub's settings: `hub.toml` in its folder, `WHOELSE_HUB_*` in the environment over it."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from protocol.validation import first_problem

FILE_NAME = "hub.toml"


class SettingsError(Exception):
    """Settings that cannot be used; the message names the entry and what to do."""


class HubSettings(BaseSettings):
    """Everything a hub can be told. Paths are relative to its folder."""

    model_config = SettingsConfigDict(env_prefix="WHOELSE_HUB_", extra="forbid", frozen=True)

    hub_id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    directory: Path
    """The published directory: a folder with `metadata/` and `targets/`."""
    root: Path
    """The trusted root metadata."""
    rounds_per_second: float = Field(default=20.0, gt=0)
    """Rounds that one member may start, as a steady rate; twice that at once."""
    rounds_at_once: int = Field(default=64, ge=1)
    """Rounds in flight in all: with the largest bundle, this bounds memory."""
    rounds_at_once_per_member: int = Field(default=32, ge=1)
    """Rounds in flight of one member, so that none alone takes every place."""
    arriving_mebibytes: int = Field(default=256, ge=32)
    """Bodies that are still arriving, in all, before it is known who sends them."""
    require_confinement: bool = False
    """Refuse to start where the kernel has no Landlock or no seccomp."""

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


def load_settings(folder: Path) -> HubSettings:
    """Return the settings of a hub's folder.

    Raises:
        SettingsError: no such file, not TOML, an unknown key or a wrong value.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise SettingsError(f"{path} is missing: make a hub with 'whoelse-hub init {folder}'")
    try:
        entries = TomlConfigSettingsSource(HubSettings, path)()
        settings = HubSettings(**entries)
    except ValidationError as error:
        raise SettingsError(f"{path}: {first_problem(error)}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    return settings.model_copy(
        update={"directory": folder / settings.directory, "root": folder / settings.root}
    )
