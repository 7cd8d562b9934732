"""`whoelse-node` with its clock some milliseconds ahead: python -m tests.browser.later MS ..."""

import sys

import node.clock

AHEAD_MS = int(sys.argv.pop(1))
_system_clock = node.clock.system_clock
# Before anything else has taken the clock by its name.
node.clock.system_clock = lambda: _system_clock() + AHEAD_MS

import node.cli  # noqa: E402

if __name__ == "__main__":
    sys.argv[0] = "whoelse-node"
    node.cli.main()
