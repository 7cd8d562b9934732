"""A store taken back to an earlier schema, as a node of before left it."""

from pathlib import Path

from alembic.command import downgrade
from alembic.config import Config
from sqlalchemy import create_engine


def take_back(path: Path, migrations: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        downgrade(config, revision)
    engine.dispose()
