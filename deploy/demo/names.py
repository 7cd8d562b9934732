"""Names as England's councils write them, and how they go wrong."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Heritage:
    """Forenames and surnames that go together; `weight` is relative."""

    weight: int
    forenames: tuple[str, ...]
    surnames: tuple[str, ...]


def _heritage(weight: int, forenames: str, surnames: str) -> Heritage:
    return Heritage(weight, tuple(forenames.split(", ")), tuple(surnames.split(", ")))


HERITAGES = (
    _heritage(
        34,
        "Olivia, Amelia, Isla, Freya, Poppy, Evie, Charlotte, Grace, Daisy, Harriet, Jessica, "
        "Matilda, Ella-Rose, Lily-Mae, Mary Jane, George, Harry, Noah, Jack, Alfie, Theo, William, "
        "Thomas, Edward, Benjamin, Samuel, Reuben, Toby, Tommy-Lee, Kayden, Tyler, Chelsea",
        "Smith, Jones, Taylor, Brown, Walker, Wright, Robinson, Thompson, Hughes, Edwards, Green, "
        "Clarke, Harrison, Cooper, Bailey, Fletcher, Ashworth, Barraclough, Pickering, Thistlewood",
    ),
    _heritage(
        8,
        "Siân, Ffion, Carys, Angharad, Cerys, Eleri, Gwenllian, Siôn, Rhys, Gethin, Llewelyn, "
        "Ieuan, Dafydd, Emyr",
        "Llewellyn, Prosser, Gwilym, Bevan, Probert, ap Huw, Cadwaladr, Vaughan, Penhallow",
    ),
    _heritage(
        10,
        "Zuzanna, Agnieszka, Małgorzata, Kasia, Oliwia, Łucja, Wiktoria, Jakub, Szymon, Paweł, "
        "Michał, Kacper, Stanisław, Zbigniew",
        "Kowalski, Nowak, Wiśniewski, Wójcik, Kamiński, Lewandowski, Zieliński, Szymański, "
        "Dąbrowska, Wróblewska, Jabłońska",
    ),
    _heritage(
        16,
        "Aisha, Zainab, Fatima, Priya, Ananya, Simran, Harpreet, Nusrat, Tahmina, Mohammed, "
        "Muhammad Ali, Hamza, Bilal, Arjun, Rohan, Gurpreet, Imran, Tanvir, Zeeshan, Kiran",
        "Khan, Patel, Hussain, Begum, Singh, Kaur, Ahmed, Chowdhury, Rahman, Iqbal, Mahmood, "
        "Chaudhry, Gill, D'Souza, Uddin, Sharma, Bhattacharya",
    ),
    _heritage(
        9,
        "Layla, Maryam, Noor, Yasmin, Salma, Huda, Rania, Omar, Youssef, Khalid, Tariq, Karim, "
        "Abdul Rahim, Mustafa, Ibrahim",
        "Al-Hassan, Haddad, El Amrani, Mansour, Nasser, Saleh, Al-Jaziri, Khoury, Bouzid, Farouk, "
        "Ben Salah",
    ),
    _heritage(
        11,
        "Chidinma, Adaeze, Ngozi, Abena, Efua, Temitope, Hodan, Ayaan, Oluwaseun, Chukwuemeka, "
        "Kwame, Kofi, Tendai, Tafadzwa, Abdirahman, Selam",
        "Okafor, Adeyemi, Mensah, Boateng, Owusu, Nwosu, Abdi, Warsame, Moyo, Chikwanha, Osei, "
        "Balogun, Tesfaye, Asante",
    ),
    _heritage(
        7,
        "Siobhán, Aoife, Niamh, Caoimhe, Gráinne, Róisín, Orlaith, Cillian, Oisín, Pádraig, "
        "Fionn, Tadhg, Declan",
        "O'Neill, O'Connor, Murphy, Byrne, Ní Bhriain, McDonagh, Gallagher, Ó Sé, Fitzgerald, "
        "Connors, MacCarthy",
    ),
    _heritage(
        5,
        "Zoë, Chloé, Anaïs, José, João, Inês, Özgür, Elif, Søren, André, Anne-Marie, Jean-Luc, "
        "Ionuț, Ștefania",
        "Gonçalves, de Souza, García, Müller, van Dijk, Yıldız, Ferreira, Popescu, Lefèvre, "
        "dos Santos, Ångström",
    ),
)
"""No name stands in two spellings that differ by an accent alone, nor as forename and surname."""

KNOWN_AS = {
    "Amelia": "Millie",
    "Charlotte": "Lottie",
    "William": "Billy",
    "Thomas": "Tom",
    "Benjamin": "Benji",
    "Samuel": "Sammy",
    "Mohammed": "Mo",
    "Małgorzata": "Gosia",
    "Jakub": "Kuba",
    "Temitope": "Temi",
    "Chukwuemeka": "Emeka",
    "Agnieszka": "Aga",
}

_DOUBLE_BARRELLED = 0.07


def draw_heritage(rng: Random) -> Heritage:
    """Return one of `HERITAGES` by its weight."""
    return rng.choices(HERITAGES, [heritage.weight for heritage in HERITAGES])[0]


def draw_surname(rng: Random, heritage: Heritage) -> str:
    """Return a surname, now and then one of two with a hyphen, the second of any heritage."""
    surname = rng.choice(heritage.surnames)
    second = rng.choice(draw_heritage(rng).surnames)
    both_plain = is_one_word(surname) and is_one_word(second) and surname != second
    if both_plain and rng.random() < _DOUBLE_BARRELLED:
        return f"{surname}-{second}"
    return surname


def is_one_word(name: str) -> bool:
    """Return whether a name has no parts.

    The parts of others are names of their own to the match keys, so that one wrong letter, or a
    forename put under surname, changes some of the child's names and leaves the rest.
    """
    return " " not in name and "-" not in name


def can_be_misspelt(name: str) -> bool:
    """Return whether `misspell` takes it."""
    return is_one_word(name) and len(_letters(name)) >= 4


def misspell(rng: Random, name: str) -> str:
    """Return a one-word name with a letter left out, typed twice or changed with the next.

    The first letter stays; only plain letters are touched, because a lost accent is no mistake.
    """
    at = rng.choice(_letters(name)[1:-1])
    wrong = rng.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        )
    )
    return wrong if wrong != name else misspell(rng, name)


def _letters(name: str) -> list[int]:
    return [at for at, letter in enumerate(name) if letter.isascii() and letter.isalpha()]
