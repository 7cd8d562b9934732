"""Sources that are wrong in one way each: what is altered, and where the report says what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from node.records.importing.sources.formats import NamedSource
from tests.node.records.importing.sources.made_up import Alter, Files


@dataclass(frozen=True)
class Reported:
    """A source that is read to its end; `place` and `column` are those of its first problem."""

    id: str
    alter: Alter
    place: str
    column: str
    what_to_do: str


@dataclass(frozen=True)
class Refused:
    """A source that cannot be used as a whole."""

    id: str
    alter: Alter
    what_to_do: str


def replaced(name: str, old: str, new: str) -> Alter:
    return lambda files: files.replace(name, old, new)


def appended(name: str, line: str) -> Alter:
    def alter(files: Files) -> None:
        path = files.folder / name
        path.write_bytes(path.read_bytes() + line.encode() + b"\n")

    return alter


def written(name: str, content: bytes) -> Alter:
    def alter(files: Files) -> None:
        (files.folder / name).write_bytes(content)

    return alter


def encoded_end(name: str, encoding: str) -> Alter:
    """Write what is not ASCII once more behind the file, in another encoding."""

    def alter(files: Files) -> None:
        path = files.folder / name
        content = path.read_bytes()
        special = "".join(letter for letter in content.decode() if not letter.isascii())
        path.write_bytes(content + special.encode(encoding))

    return alter


def both(first: Alter, second: Alter) -> Alter:
    def alter(files: Files) -> None:
        first(files)
        second(files)

    return alter


def removed(name: str) -> Alter:
    return lambda files: (files.folder / name).unlink()


_PERSON, _CIN, _PLANS = "ssd/ssd_person.csv", "ssd/ssd_cin_episodes.csv", "ssd/ssd_cp_plans.csv"
_WORK, _CARE = "ssd/ssd_involvements.csv", "ssd/ssd_cla_episodes.csv"

SSD_REPORTED = (
    Reported(
        "an end before its start",
        replaced(_CIN, "RC1,2025-02-01", "RC1,2023-02-01"),
        "ssd_cin_episodes line 5",
        "cine_close_date",
        "is before the day on which it began",
    ),
    Reported(
        "an end in the future",
        replaced(_PLANS, "2025-05-20 00:00:00.000,,", "2025-05-20 00:00:00.000,2025-12-01,"),
        "ssd_cp_plans line 2",
        "cppl_cp_plan_end_date",
        "is in the future",
    ),
    Reported(
        "no start",
        replaced(_PLANS, "101,2025-05-20 00:00:00.000,,", "101,NULL,,"),
        "ssd_cp_plans line 2",
        "cppl_cp_plan_start_date",
        "give the day on which it began",
    ),
    Reported(
        "a date that is none",
        replaced(_PLANS, "101,2025-05-20 00:00:00.000,,", "101,20th of May,,"),
        "ssd_cp_plans line 2",
        "cppl_cp_plan_start_date",
        "write it as 04/03/2015",
    ),
    Reported(
        "a plan of nobody",
        replaced(_PLANS, "1,R1,,101,", "1,R1,,777,"),
        "ssd_cp_plans line 2",
        "cppl_person_id",
        "add this person to ssd_person",
    ),
    Reported(
        "a plan without a person",
        replaced(_PLANS, "1,R1,,101,", "1,R1,,NULL,"),
        "ssd_cp_plans line 2",
        "cppl_person_id",
        "give the id of a person",
    ),
    Reported(
        "an id that a spreadsheet has shortened",
        replaced(_PLANS, "1,R1,,101,", "1,R1,,1.01E+02,"),
        "ssd_cp_plans line 2",
        "cppl_person_id",
        "is shortened",
    ),
    Reported(
        "a person's id that a spreadsheet has shortened",
        replaced(_PERSON, "L-101,101,", "L-101,1.01E+02,"),
        "ssd_person line 2",
        "pers_person_id",
        "is shortened",
    ),
    Reported(
        "a person twice",
        appended(_PERSON, "L-101,101,,Adah,Marlow,F,F,,2015-03-04,,,N,,,,"),
        "ssd_person line 13",
        "pers_person_id",
        "line 2 has the same id",
    ),
    Reported(
        "a person without an id",
        appended(_PERSON, "L-111,-1,,Joe,Marlow,F,F,,2015-03-04,,,N,,,,"),
        "ssd_person line 13",
        "pers_person_id",
        "give each person an id",
    ),
    Reported(
        "a wrong NHS number",
        replaced(_PERSON, "9990000018.0", "9990000019.0"),
        "ssd_person line 2",
        "pers_single_unique_id",
        "the last one does not fit",
    ),
    Reported(
        "a wrong linked NHS number",
        replaced("ssd/ssd_linked_identifiers.csv", "9990000034", "9990000035"),
        "ssd_linked_identifiers line 3",
        "link_identifier_value",
        "the last one does not fit",
    ),
    Reported(
        "a wrong UPN",
        replaced(_PERSON, "H801200001001", "A801200001001"),
        "ssd_person line 2",
        "pers_upn",
        "the first letter does not fit",
    ),
    Reported(
        "an adult on a plan",
        replaced(_PERSON, "WBRI,2015-03-04 00:00:00.000", "WBRI,1985-03-04 00:00:00.000"),
        "ssd_person line 2",
        "pers_dob",
        "adults are not held",
    ),
    Reported(
        "half a postcode",
        replaced("ssd/ssd_address.csv", "NULL,LS4 4EE,", "NULL,LS4,"),
        "ssd_address line 8",
        "addr_address_postcode",
        "give a full postcode",
    ),
    Reported(
        "an address from no day",
        replaced("ssd/ssd_address.csv", "HOME,2018-07-01 00:00:00.000", "HOME,July"),
        "ssd_address line 4",
        "addr_address_start_date",
        "write it as 04/03/2015",
    ),
    Reported(
        "work from no day",
        replaced(_WORK, "101,2025-04-01 09:15:00.000", "101,April"),
        "ssd_involvements line 2",
        "invo_involvement_start_date",
        "write it as 04/03/2015",
    ),
    Reported(
        "a care leaver of no day",
        replaced("ssd/ssd_care_leavers.csv", "YES,2025-04-14 00:00:00.000", "YES,NULL"),
        "ssd_care_leavers line 2",
        "clea_care_leaver_latest_contact",
        "give the last contact",
    ),
    Reported(
        "a row that is cut off",
        appended(_PLANS, "2,R1,,101"),
        "ssd_cp_plans line 3",
        "row",
        "has fewer cells than the header line",
    ),
    Reported(
        "the count of a database tool between rows",
        appended(_PLANS, "(1 rows affected)\n2,R1,,101,2025-05-20,,N,NEG,NEG"),
        "ssd_cp_plans line 3",
        "row",
        "has fewer cells than the header line",
    ),
    Reported(
        "a delimiter in a cell",
        appended(_PLANS, "2,R1,,101,2025-05-20,,N,NEG,NEG,ABU"),
        "ssd_cp_plans line 3",
        "row",
        "has more cells than the header line",
    ),
    Reported(
        "a name with letters that were lost",
        replaced(_PERSON, "H801200001001,Ada,Marlow", "H801200001001,Ada,Mar??low"),
        "ssd_person line 2",
        "pers_surname",
        "has letters that were damaged on the way",
    ),
    Reported(
        "a name with letters that were misread",
        replaced(_PERSON, "H801200001001,Ada,Marlow", "H801200001001,Ã„da,Marlow"),
        "ssd_person line 2",
        "pers_forename",
        "has letters that were damaged on the way",
    ),
    Reported(
        "a quotation mark in the middle",
        appended(_PLANS, '2,R1,,"10"1,2025-05-20,,N,NEG,NEG'),
        "ssd_cp_plans line 3",
        "row",
        "check the quotation marks",
    ),
)

SSD_REFUSED = (
    Refused("a table that is missing", removed(_CARE), "ssd_cla_episodes"),
    Refused(
        "columns of an older version",
        replaced(_PERSON, "pers_upn,pers_forename,pers_surname", "pers_upn,forename,surname"),
        "pers_forename, pers_surname",
    ),
    Refused("a table without its header", written(_PLANS, b"1,R1,,101,2025-05-20,,N,NEG,NEG\n"),
            "the first line has to name the columns"),
    Refused("an empty table", written(_PLANS, b""), "the first line has to name the columns"),
    Refused("two encodings", encoded_end(_PERSON, "windows-1252"),
            "ssd_person: line 13 is not of one encoding with the others"),
    Refused("UTF-16 that is cut off", written(_PERSON, "Ada,Marlow".encode("utf-16")[:-1]),
            "ssd_person: the file is damaged UTF-16, or cut off"),
    Refused("a NUL byte", appended(_PLANS, "2,R1,,101\0"), "ssd_cp_plans: line 3 holds a NUL"),
    Refused("a quotation mark that is not closed",
            appended(_PLANS, '2,"' + "R1,\n" * 40_000), "opened and not closed"),
    Refused("a column twice", replaced(_PLANS, "cppl_icpc_id", "cppl_person_id"), "only one of"),
    Refused("a table twice", written("ssd/dbo.ssd_person.csv", b""), "two files are named"),
)  # fmt: skip

_BEN = '"first_name": "Ben", "surname": "Marlow", "date_of_birth": "2018-07-01"'

CSC_REPORTED = (
    Reported(
        "an end before its start",
        replaced("csc-api.json", '"closure_date": "2025-05-31"', '"closure_date": "2024-05-31"'),
        "child 4",
        "closure_date",
        "is before the day on which it began",
    ),
    Reported(
        "an end before its start within an episode",
        replaced("csc-api.json", '"end_date": "2025-05-20"', '"end_date": "2025-04-20"'),
        "child 1",
        "section_47_assessments end_date",
        "is before the day on which it began",
    ),
    Reported(
        "no id",
        replaced("csc-api.json", '"la_child_id": "105"', '"la_child_id": "-1"'),
        "child 7",
        "la_child_id",
        "give each child its own",
    ),
    Reported(
        "an id that a spreadsheet has shortened",
        replaced("csc-api.json", '"la_child_id": "105"', '"la_child_id": 1.05E+02'),
        "child 7",
        "la_child_id",
        "is shortened",
    ),
    Reported(
        "what has changed only",
        replaced("csc-api.json", '"child_details": {"first_name": "Dev", "surname": "Anand", '
                 '"date_of_birth": "2013-01-15", "postcode": "LS4 4EE"},', ""),
        "child 7",
        "child_details",
        "send the whole payload",
    ),
    Reported(
        "no episodes at all",
        replaced("csc-api.json", '"social_care_episodes": []', '"nothing": []'),
        "child 7",
        "social_care_episodes",
        "send the whole payload",
    ),
    Reported(
        "a wrong UPN",
        replaced("csc-api.json", '"unique_pupil_number": "UN3"',
                 '"unique_pupil_number": "JKL0123456789"'),
        "child 1",
        "unique_pupil_number",
        "check all 13 characters",
    ),
    Reported(
        "a date that is none",
        replaced("csc-api.json", f"{_BEN}, ", _BEN.replace("2018-07-01", "July") + ", "),
        "child 4",
        "date_of_birth",
        "write it as 04/03/2015",
    ),
    Reported(
        "a name with a letter that was lost",
        replaced("csc-api.json", f"{_BEN}, ", _BEN.replace("Ben", "B�n") + ", "),
        "child 4",
        "first_name",
        "has letters that were damaged on the way",
    ),
    Reported(
        "a list where there is one",
        replaced("csc-api.json", f"{_BEN}, ", _BEN.replace('"Ben"', '["Ben"]') + ", "),
        "child 4",
        "first_name",
        "give one text",
    ),
    Reported(
        "a text where there are objects",
        replaced("csc-api.json", '"social_care_episodes": []', '"social_care_episodes": ["x"]'),
        "child 7",
        "social_care_episodes",
        "give objects",
    ),
    Reported(
        "half a character",
        replaced("csc-api.json", '"102",\n    "purge": false,\n    "child_details": {' + _BEN,
                 '"10\\ud800",\n    "purge": false,\n    "child_details": {' + _BEN),
        "child 4",
        "la_child_id",
        "remove line breaks, tabs and invisible characters",
    ),
    Reported(
        "half a character of whom is purged",
        replaced("csc-api.json", '{"la_child_id": "104"', '{"la_child_id": "10\\ud800"'),
        "child 5",
        "la_child_id",
        "remove line breaks, tabs and invisible characters",
    ),
    Reported(
        "a worker from no day",
        replaced("csc-api.json", '"start_date": "2025-04-01"', '"start_date": "April"'),
        "child 1",
        "care_worker_details start_date",
        "write it as 04/03/2015",
    ),
    Reported(
        "a number in what is sent for a council",
        replaced("csc-api.json", '{"la_child_id": "104", "purge": true}', '{"Children": [1]}'),
        "child 5",
        "payload",
        "is no child's payload",
    ),
)  # fmt: skip

CSC_REFUSED = (
    Refused("no JSON", written("csc-api.json", b"la_child_id: 1"), "something else than objects"),
    Refused("a list in the list", written("csc-api.json", b"[[1]]"), "something else"),
    Refused(
        "a wrong bracket", written("csc-api.json", b'[{"a": ["Marlow"}}]'), "object 1: is no JSON"
    ),
    Refused("cut off", written("csc-api.json", b'[{"la_child_id": "1"},'), "is cut off"),
    Refused("cut off in a text", written("csc-api.json", b'[{"la_child_id": "1'), "is cut off"),
    Refused("a name twice", written("csc-api.json", b'{"purge": true, "purge": false}'), "twice"),
    Refused("no number", written("csc-api.json", b'{"la_child_id": NaN}'), "is no JSON"),
    Refused("Windows-1252", written("csc-api.json", b'{"surname": "Marlow \xfc"}'), "not UTF-8"),
    Refused(
        "too deep", written("csc-api.json", b'{"a":' * 30 + b"1" + b"}" * 30), "more than 20 deep"
    ),
    Refused("a long text", written("csc-api.json", b'{"a": "' + b"x" * 200_000), "65,536 char"),
    Refused("a long object", written("csc-api.json", b'{"a": [' + b"1," * 2_200_000), "4,194,304"),
)

_PLAN = "<CPPstartDate>2025-05-20</CPPstartDate>"

CENSUS_REPORTED = (
    Reported(
        "an end before its start",
        replaced("cin-census.xml", _PLAN, f"{_PLAN}<CPPendDate>2025-05-19</CPPendDate>"),
        "census child 1",
        "CPPendDate",
        "is before the day on which it began",
    ),
    Reported(
        "a date that is none",
        replaced("cin-census.xml", "2025-02-01T00:00:00", "February"),
        "census child 2",
        "CINclosureDate",
        "write it as 04/03/2015",
    ),
    Reported(
        "a child twice",
        replaced("cin-census.xml", "<LAchildID>555", "<LAchildID>101"),
        "census child 4",
        "LAchildID",
        "census child 1 has the same LAchildID",
    ),
    Reported(
        "a child without an id",
        replaced("cin-census.xml", "<LAchildID>555</LAchildID>", ""),
        "census child 4",
        "LAchildID",
        "give each child its own",
    ),
    Reported(
        "a birth on no day",
        replaced("cin-census.xml", "2010-02-20", "2010-02-30"),
        "census child 3",
        "PersonBirthDate",
        "there is no such day",
    ),
)

_HEAD = b'<?xml version="1.0"?>'
_BODY = b"<Message><Children></Children></Message>"
_BOMB = (
    b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
_OUTSIDE = b'<!DOCTYPE m [<!ENTITY x SYSTEM "%s">]>'


def census(content: bytes) -> Alter:
    return written("cin-census.xml", content)


CENSUS_REFUSED = (
    Refused("an entity bomb", census(_HEAD + _BOMB + b"<Message>&j;</Message>"), "DOCTYPE"),
    Refused("a file as an entity",
            census(_HEAD + _OUTSIDE % b"file:///etc/passwd" + b"<Message>&x;</Message>"),
            "DOCTYPE"),
    Refused("an address as an entity",
            census(_HEAD + _OUTSIDE % b"http://127.0.0.1:1/x" + b"<Message>&x;</Message>"),
            "DOCTYPE"),
    Refused("a document type elsewhere",
            census(_HEAD + b'<!DOCTYPE m SYSTEM "file:///etc/passwd">' + _BODY), "DOCTYPE"),
    Refused("an entity that nobody declared", census(b"<Message>&x;</Message>"), "line 1"),
    Refused("a tag that is not closed",
            replaced("cin-census.xml", "</CPPstartDate>", "</<CPPstartDate>"), "at line 28"),
    Refused("another file", census(b"<html><body/></html>"), "no Message/Children"),
    Refused("no XML", census(b"LAchildID,UPN\n1,\n"), "at line 1"),
    Refused("an empty file", census(b""), "not well-formed"),
    Refused("a census of no day",
            replaced("cin-census.xml", "<ReferenceDate>2025-05-31</ReferenceDate>", ""), "no day"),
    Refused("an encoding that nobody knows",
            replaced("cin-census.xml", "windows-1252", "made-up-8"), "encoding"),
    Refused("letters that are not of the encoding",
            census(_HEAD + b"<Message><Children>\xfc</Children></Message>"), "line 1"),
    Refused("too deep", census(b"<Message>" + b"<a>" * 20), "more than 12 deep"),
    Refused("a long text", census(b"<Message>" + b"x" * 2_000 + b"</Message>"), "1,000 char"),
    Refused("a long tag", census(b"<Message a='" + b"x" * 3_000_000), "tag or comment"),
    Refused("a long comment", census(b"<Message><!--" + b"x" * 3_000_000), "tag or comment"),
    Refused("a child of many elements",
            census(b"<Message><Children><Child>" + b"<a/>" * 10_001), "10,000 elements"),
)  # fmt: skip

_CONTACT = "Looked After Team,020 7946 0003,,,Made Up Council"

_FOR_EVERY_TEAM = "*,020 7946 0009,020 7946 0010,,Made Up Council\n"

CONTACTS_REPORTED = (
    Reported("no number", replaced("contacts.csv", _CONTACT, "Looked After Team,none,,,"),
             "contacts line 3", "telephone", "give a number that somebody answers"),
    Reported("no team", replaced("contacts.csv", _CONTACT, "n/k,020 7946 0003,,,"),
             "contacts line 3", "team", "fill it in"),
    Reported("a number in words", replaced("contacts.csv", "0009,020 7946 0010", "0009,ask Pat"),
             "contacts line 5", "out_of_hours_telephone", "use digits"),
    Reported("no address", replaced("contacts.csv", "north@example.org", "north"),
             "contacts line 2", "email", "give one e-mail address"),
    Reported("a long organisation", replaced("contacts.csv", "0003,,,", f"0003,,,{'M' * 90}"),
             "contacts line 3", "organisation", "keep it to 80"),
    Reported("a team twice", appended("contacts.csv", "FAMILY  support north,020 7946 0005,,,"),
             "contacts line 6", "team", "line 2 is of the same team"),
    Reported("every team twice", appended("contacts.csv", "*,020 7946 0005,,,"),
             "contacts line 6", "team", "line 5 is of the same team"),
    Reported("too few cells", appended("contacts.csv", "Family Support South"),
             "contacts line 6", "row", "has fewer cells"),
    Reported("a team that nobody names",
             both(replaced("contacts.csv", _FOR_EVERY_TEAM, "Early Help East,020 7946 0009,,,\n"),
                  replaced(_WORK, "4,32,CW,8,103,", "4,NULL,CW,81,103,")),
             "ssd_cla_episodes line 3", "team", "there is no duty line for this team"),
    Reported("no line for a team",
             replaced("contacts.csv", _FOR_EVERY_TEAM, ""),
             "ssd_early_help_episodes line 2", "telephone", "there is no duty line for this team"),
)  # fmt: skip

CONTACTS_REFUSED = (
    Refused("no header", written("contacts.csv", b"North,020 7946 0001\n"), "team, telephone"),
    Refused("no line", written("contacts.csv", b"team,telephone\n"), "there is no line in it"),
    Refused("no file", removed("contacts.csv"), "contacts.csv"),
)

Malformed = tuple[str, Alter, Callable[[Files], NamedSource], Reported | Refused]


def _with_census(files: Files) -> NamedSource:
    return NamedSource(
        files.ssd.path, files.ssd.format, statuses=files.census, contacts=files.contacts
    )


def every() -> list[Malformed]:
    """Return all of them by name, with the source that each is an altered part of."""
    sources: list[tuple[str, Callable[[Files], NamedSource], tuple[Reported | Refused, ...]]] = [
        ("dataset", lambda files: files.ssd, (*SSD_REPORTED, *SSD_REFUSED)),
        ("payloads", lambda files: files.csc, (*CSC_REPORTED, *CSC_REFUSED)),
        ("census", _with_census, (*CENSUS_REPORTED, *CENSUS_REFUSED)),
        ("contacts", lambda files: files.ssd, (*CONTACTS_REPORTED, *CONTACTS_REFUSED)),
    ]
    return [
        (f"{name}: {each.id}", each.alter, source, each)
        for name, source, malformed in sources
        for each in malformed
    ]
