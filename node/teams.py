"""Teams by their names: case systems and sign-in services write them each for itself."""


def team_key(team: str) -> str:
    """Return what all spellings of a team's name have in common: no regard to case and spaces."""
    return " ".join(team.split()).casefold()
