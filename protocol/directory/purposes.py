"""The purposes a federation starts with: each an enquiry about a named child (spec 60 §4)."""

from protocol.directory.document import PurposeEntry

STANDARD_PURPOSES = (
    PurposeEntry(
        code=1,
        name="Section 47 enquiry (a child may be suffering significant harm)",
        legislation="Children Act 1989, section 47",
        household=True,
    ),
    PurposeEntry(
        code=2,
        name="Assessment of a child in need",
        legislation="Children Act 1989, section 17",
        household=True,
    ),
    PurposeEntry(
        code=3,
        name="Emergency protection or accommodation tonight",
        legislation="Children Act 1989, sections 20, 44 and 46",
        household=True,
    ),
    PurposeEntry(
        code=4, name="Early help with the family", legislation="Children Act 2004, section 10"
    ),
    PurposeEntry(
        code=5,
        name="Safeguarding concern of a health service",
        legislation="Children Act 2004, section 11",
    ),
)
