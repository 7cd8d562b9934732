"""`whoelse-node` that asks about watched cases every second, not every week."""

from unittest.mock import patch

import node.app
import node.cli
import node.serving
from node.watching.watches import Pace

SOON = Pace(interval_ms=1000, most_a_day=10**9)


def main() -> None:
    """Run `whoelse-node` with the arguments of this process."""
    patch.object(node.serving, "pace_of", lambda *_: SOON).start()
    patch.object(node.app, "WATCH_SECONDS", 0.2).start()
    node.cli.main()


if __name__ == "__main__":
    main()
