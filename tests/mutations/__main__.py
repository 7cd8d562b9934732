"""`make mutations`: every protection broken in turn; status 0 if each is seen by its tests."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.run import copy_project, survivors


def main(wanted: list[str]) -> int:
    """Run all mutations, or those whose name contains one of the words."""
    unseen = 0
    with TemporaryDirectory() as folder:
        copy = copy_project(Path(folder) / "copy")
        for mutation in MUTATIONS:
            if wanted and not any(word in mutation.name for word in wanted):
                continue
            green = survivors(mutation, copy)
            unseen += bool(green)
            word = f"UNSEEN by {', '.join(green)}:" if green else "red"
            print(f"{word} {mutation.name}", flush=True)
    print(f"{unseen} broken protections were not seen." if unseen else "Every one was seen.")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
