"""Where no child is shielded."""


def nobody_is(case_reference: str) -> bool:
    del case_reference
    return False
