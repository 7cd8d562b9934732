"""What can go wrong while a hub confines itself."""


class ConfinementError(Exception):
    """The hub could not be confined as this kernel allows; the message says why."""
