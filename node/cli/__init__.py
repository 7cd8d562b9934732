"""`whoelse-node`: init, run, import, ask, status."""

from node.cli.commands import main

__all__ = ["main"]
