"""Which languages write marks on their letters, and words that tell them.

`gün` is a day in Turkish and a trick in English: whether a mark belongs to a word, the words around it say. The words
are frequent ones that English does not have; those with a mark are known wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """letters: those of its letters that are no ASCII, in lower case. words: frequent words, case-folded."""

    letters: frozenset[str]
    words: frozenset[str]


def _language(letters: str, words: str) -> Language:
    return Language(frozenset(letters), _words(words))


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


LANGUAGES = (
    _language(
        "äöüß",  # German
        "der das und ist nicht ein eine einen einem einer mit auf von dem für aus über unter zwischen durch ohne "
        "wie auch sind wird kann wurde werden diese dieser schön schöne grün groß große kleine zwei vor nach beim "
        "zum zur ich sie wir mädchen tür käse bär löwe vögel",
    ),
    _language(
        "àâæçéèêëîïôœùûüÿ",  # French
        "le la les une des de il elle cette pas plus par ligne sont dans avec sur est et du au aux qui que sous un "
        "deux vers chez près où à été forêt fenêtre mer château tête père mère frère école étoile café bébé nuit "
        "jour homme femme très même après",
    ),
    _language(
        "áéíóúüñ",  # Spanish
        "el los las una unos con del de al se lo este esta sin sobre entre por para como está muy más pero un en la "
        "y feliz año años niño niña niños señor señora mañana montaña corazón árbol jardín café noche día sueño "
        "pequeño pequeña piñata baño otoño españa leña araña",
    ),
    _language(
        "áâãàçéêíóôõú",  # Portuguese
        "uma com não dos das de ao se este esta foi ser sem para por em um o os da na pelo mais são está avó avô "
        "pão mãe irmão manhã coração maçã verão céu água chão três mês você até",
    ),
    _language(
        "àèéìíîòóùú",  # Italian
        "il gli una con del che non alla dalla sono questo questa della nel nella sul che per di un e è città più "
        "perché caffè notte giorno casa luce verso sotto",
    ),
    _language(
        "ąćęłńóśźż",  # Polish
        "w z na nie ze jego się jest od nad przy przed dla jak oraz kot dziewczyna świt łąka żaba wąż mąż ręka są "
        "też już",
    ),
    _language(
        "áčďéěíňóřšťúůýž",  # Czech and Slovak
        "v na se je nad ve ze nebo pro před jako který že při není pes kočka dům město řeka les háj máj",
    ),
    _language(
        "çğıöşüâîû",  # Turkish
        "bir ve bu ile veya göre her değil olarak olan var yok için gibi olan çok daha kadar üzerinde altında "
        "kenarında gün günü güneş kuş kız çocuk göl kış baş taş süt gül köy yaş dağ",
    ),
    _language(
        "åäöæø",  # Danish, Norwegian, Swedish, Finnish
        "och en ett med på som av det et og ved til hav fjord är för från över blå grön grønt sjö älg björn bjørn "
        "gård år död død rød ja",
    ),
    _language(
        "áéíóöőúüű", "egy és de meg ez vagy az nem hogy nagy kis fölött alatt kék zöld sör őr kör nő fű hó"
    ),  # Hungarian
    _language("ăâîșțşţ", "și cu pe de nu mai sau puțin cel într din în la un este copii oraș pădure"),  # Romanian
    _language("ëïéèöü", "een het niet zijn de en dat wordt voor naar bij uit zee fiets huis"),  # Dutch
    _language(
        "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",  # Vietnamese
        "của và một bóng để được các cho có là trong trên không người con cái đang với những",
    ),
)


def fitting(word: str) -> list[Language]:
    """The languages that write all those letters of a case-folded word that are no ASCII."""
    marked = {character for character in word if not character.isascii()}
    return [language for language in LANGUAGES if marked <= language.letters]


def spoken(words: Iterable[str]) -> list[Language]:
    """The languages that at least one of the case-folded words tells."""
    present = frozenset(words)
    return [language for language in LANGUAGES if not present.isdisjoint(language.words)]


# English words that stand between others: what they part is never one torn word, `hero-in-training`.
CONNECTING = _words(
    "a an and as at be by do for from he her his i if in is it its me my no not of off on or our out so the to up "
    "us we with you"
)
# In one language or another: a, I; y, e, o, u; à, é. Not z or s, which are words too: `s k i l l` is a skill.
LETTERS_THAT_ARE_WORDS = frozenset("aieoyuàéèóаиоуяηο")
_ENGLISH = CONNECTING | _words(
    "after air all am any are arm arms art ass bad bar bat bed best big bird blue body book boy but can cap car cat "
    "cold cow cup cut dark day dead dog dry ear east eat egg end eye fan far fast fat few fire fish fit fly fox fun "
    "gas get girl go god gold good great green hand hat head hero hit home hot house ice king land last late lay "
    "leg let lie light lip long low man many map mass men moon more mouth much new night north now nut old one open "
    "over own pan pen pet pig pink pot pro put queen rain rat red road rock room run sad sea see set she sit six "
    "sky small snow some son song south star stone street sun tall tea ten than that them then they this time toe "
    "ton too top town tree two under very wall war was wave way were west wet white who why wild will win wind wine "
    "wood work world yes yet young your"
)
_FREQUENT = _ENGLISH.union(*(language.words for language in LANGUAGES))


def frequent(word: str) -> bool:
    """Whether a case-folded word is one that many texts contain, and so no piece of another."""
    return word in _FREQUENT
