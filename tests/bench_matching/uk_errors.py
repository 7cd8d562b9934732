"""How two councils write the same child down differently: pairs of entries with UK-shaped errors.

Rates are of pairs, one error a field at most, on one side or the other by chance. As measured
among hospital, school and council records they come to: forename 12 %, surname 18 %, date of birth
.1 %. How they are made up of kinds is set in `FORENAME`, `SURNAME` and `DATE` below, by judgement,
once, before any figure was seen. With no other name and no carer known to either side, and twice
as many who moved, half of whom name no former place, recall falls from .997 to .985. Names that
were spelt in another alphabet are misspelt oftener (`Group.spelling`), and short forms are a custom
of some (`Group.short_forms`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from nicknames import NickNamer

from protocol.matching.normalise import compact
from protocol.matching.own_nicknames import LINES
from tests.bench_matching.name_groups import Group

Entries = dict[str, str]

FORENAME = {
    "short form": 0.035,
    "spelling": 0.025,
    "typing": 0.02,
    "another name": 0.018,
    "second name added": 0.012,
    "swapped with the surname": 0.003,
    "missing": 0.002,
}
SURNAME = {
    "another name": 0.085,
    "double-barrelled": 0.035,
    "spelling": 0.025,
    "typing": 0.03,
    "missing": 0.002,
}
"""Swapped names, counted above, make up the rest of 18 %."""
DATE = {
    "day and month swapped": 0.0003,
    "day": 0.0003,
    "month": 0.0001,
    "year": 0.0002,
    "1 January": 0.0001,
}
OTHER_NAME_KNOWN = 0.5
"""Where one side uses another name, the other has it among its further names this often."""
DATE_MISSING, POSTCODE_MISSING, POSTCODE_TYPING = 0.001, 0.01, 0.01
CARER_MISSING = 0.3
"""On each side."""
MOVED, NEW_PLACE_ONLY = 0.12, 0.15
"""Families that moved since one side last heard, and among them the askers who know no place but
the new one."""
OLD_PLACE_KNOWN = 0.6
"""Of each former postcode on record, by the asker."""

_PLACEHOLDERS = ("Baby", "Unknown", "Not known", "XX", "")
_SPELLINGS = tuple(
    tuple(pair.split(":"))
    for pair in (
        "PH:F CK:K C:K K:C EE:I I:Y Y:I OU:U U:OU SH:SCH Z:S S:Z AH:A W:V J:DJ Q:K KH:K E:A "
        "O:U A:E TH:T X:KS GH:G N:NN L:LL M:MM T:TT LL:L NN:N MM:M TT:T "
    ).split()
)
"""What is written for what."""
_KEYS = "QWERTYUIOP ASDFGHJKL ZXCVBNM"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Child:
    """A made-up child as it is; what two councils write of it may differ."""

    group: Group
    forename: str
    second_forename: str
    """By which it is called, or "" ."""
    known_as: str
    surname: str
    other_surname: str
    """Another one that is on record, the other parent's say, or ""."""
    date_of_birth: date
    postcodes: tuple[str, ...]
    """Current first."""
    mother: tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class Strangers:
    """What errors draw on: names of others, and places to move to."""

    forename: Callable[[Random], str]
    surname: Callable[[Random], str]
    new_place: Callable[[Random], str]


def on_record(child: Child) -> Entries:
    """Return the entries of a record without errors."""
    forename, surname, born = child.mother
    return {
        "forename": f"{child.forename} {child.second_forename}".strip(),
        "surname": child.surname,
        "date_of_birth": child.date_of_birth.isoformat(),
        "postcode": child.postcodes[0],
        "other_forenames": child.known_as,
        "other_surnames": child.other_surname,
        "other_postcodes": ";".join(child.postcodes[1:]),
        "carer_forename": forename,
        "carer_surname": surname,
        "carer_date_of_birth": born.isoformat(),
    }


def written_twice(child: Child, strangers: Strangers, rng: Random) -> tuple[Entries, Entries]:
    """Return the entries of one who asks, and of the record that should be found."""
    pair = (on_record(child), on_record(child))
    _err_in_forename(pair, child, strangers, rng)
    _err_in_surname(pair, child, strangers, rng)
    _err_in_date(pair, child, rng)
    _part_places(pair, child, strangers, rng)
    for side in pair:
        if rng.random() < CARER_MISSING:
            for field in ("carer_forename", "carer_surname", "carer_date_of_birth"):
                side[field] = ""
    return pair


Pair = tuple[Entries, Entries]


def _sides(pair: Pair, rng: Random) -> Pair:
    """Return the side that errs, then the other."""
    return pair if rng.random() < 0.5 else (pair[1], pair[0])


def _kind(rates: Mapping[str, float], rng: Random) -> str:
    """Return which error there is, "" for none."""
    point = rng.random()
    for kind, rate in rates.items():
        point -= rate
        if point < 0:
            return kind
    return ""


def _err_in_forename(pair: Pair, child: Child, strangers: Strangers, rng: Random) -> None:
    rates = FORENAME | {
        "spelling": FORENAME["spelling"] * child.group.spelling,
        "short form": FORENAME["short form"] * child.group.short_forms,
    }
    one, other = _sides(pair, rng)
    name = child.forename
    match _kind(rates, rng):
        case "short form":
            one["forename"] = short_form(name, rng)
        case "spelling":
            one["forename"] = one["forename"].replace(name, respelt(name, rng), 1)
        case "typing":
            one["forename"] = one["forename"].replace(name, mistyped(name, rng), 1)
        case "another name":
            one["forename"] = child.second_forename or strangers.forename(rng)
            _know_of(other, "other_forenames", one["forename"], rng)
        case "second name added":
            one["forename"] = f"{name} {strangers.forename(rng)}"
        case "swapped with the surname":
            one["forename"], one["surname"] = one["surname"], one["forename"]
        case "missing":
            one["forename"] = rng.choice(_PLACEHOLDERS)


def _err_in_surname(pair: Pair, child: Child, strangers: Strangers, rng: Random) -> None:
    rates = SURNAME | {"spelling": SURNAME["spelling"] * child.group.spelling}
    one, other = _sides(pair, rng)
    name = child.surname
    kind = _kind(rates, rng)
    if one["surname"] != other["surname"]:  # swapped already
        return
    match kind:
        case "another name":
            one["surname"] = child.other_surname or strangers.surname(rng)
            one["other_surnames"] = other["other_surnames"] = ""
            _know_of(other, "other_surnames", one["surname"], rng)
        case "double-barrelled":
            parts = name.split("-")
            added = f"{name}-{child.other_surname or strangers.surname(rng)}"
            one["surname"] = rng.choice(parts) if len(parts) > 1 else added
        case "spelling":
            one["surname"] = respelt(name, rng)
        case "typing":
            one["surname"] = mistyped(name, rng)
        case "missing":
            one["surname"] = rng.choice(_PLACEHOLDERS)


def _err_in_date(pair: Pair, child: Child, rng: Random) -> None:
    one, _ = _sides(pair, rng)
    day = child.date_of_birth
    match _kind(DATE | {"missing": DATE_MISSING}, rng):
        case "day and month swapped":
            one["date_of_birth"] = f"{day.year}-{day.day:02}-{day.month:02}"
            if day.day > 12:
                one["date_of_birth"] = (day + timedelta(days=1)).isoformat()
        case "day":
            one["date_of_birth"] = day.replace(day=rng.randint(1, 28)).isoformat()
        case "month":
            one["date_of_birth"] = day.replace(
                month=rng.randint(1, 12), day=min(day.day, 28)
            ).isoformat()
        case "year":
            one["date_of_birth"] = day.replace(year=day.year - 1, day=min(day.day, 28)).isoformat()
        case "1 January":
            one["date_of_birth"] = day.replace(month=1, day=1).isoformat()
        case "missing":
            one["date_of_birth"] = ""


def _part_places(pair: Pair, child: Child, strangers: Strangers, rng: Random) -> None:
    """Let the asker know of a move, and of some former places only."""
    asked, _ = pair
    current, *former = child.postcodes
    known = [place for place in former if rng.random() < OLD_PLACE_KNOWN]
    if rng.random() < MOVED:
        known = [] if rng.random() < NEW_PLACE_ONLY else [current, *known]
        current = strangers.new_place(rng)
    asked["postcode"], asked["other_postcodes"] = current, ";".join(known)
    one, _ = _sides(pair, rng)
    match _kind({"missing": POSTCODE_MISSING, "typing": POSTCODE_TYPING}, rng):
        case "missing":
            one["postcode"] = one["other_postcodes"] = ""
        case "typing":
            one["postcode"] = one["postcode"][:-1] + rng.choice("ABDEFGHJ")


def _know_of(side: Entries, field: str, name: str, rng: Random) -> None:
    if rng.random() < OTHER_NAME_KNOWN:
        side[field] = name


def short_form(name: str, rng: Random) -> str:
    """Return a short or familiar form: a listed one, else the first syllable with -Y."""
    return rng.choice(_SHORT_FORMS.get(name) or [f"{name[:4]}Y"])


def respelt(name: str, rng: Random) -> str:
    """Return another spelling of the sound, as from another alphabet or by hearsay; mistyped where
    no rule fits."""
    fitting = [(old, new) for old, new in _SPELLINGS if old in name[1:]]
    if not fitting:
        return mistyped(name, rng)
    old, new = rng.choice(fitting)
    return name[0] + name[1:].replace(old, new, 1)


def mistyped(name: str, rng: Random) -> str:
    """Return the name with a letter left out, doubled, hit beside its key, or two changed over."""
    place = rng.randrange(len(name))
    before, letter, after = name[:place], name[place], name[place + 1 :]
    match rng.randrange(4) if len(name) > 2 else 1:
        case 0:
            return before + after
        case 1:
            return before + letter + letter + after
        case 2:
            return before + _beside(letter, rng) + after
        case _:
            return before + after[:1] + letter + after[1:]


def _beside(letter: str, rng: Random) -> str:
    place = _KEYS.find(letter)
    near = (_KEYS[max(0, place - 1) : place] + _KEYS[place + 1 : place + 2]).strip()
    return rng.choice(near or _LETTERS)


def _short_forms() -> Mapping[str, list[str]]:
    """Return the short forms of names, all that either list has."""
    found: dict[str, set[str]] = {}
    for name, theirs in NickNamer.default_lookup().items():
        found.setdefault(compact(name), set()).update(map(compact, theirs))
    for line in LINES:
        for name in line.names:
            found.setdefault(name, set()).update(line.shorts)
    return {name: sorted(each) for name, each in found.items()}


_SHORT_FORMS = _short_forms()
