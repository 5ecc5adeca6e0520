"""The table of what can sound in a scene: how each class is heard, where its photographs are, how tall it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["instrument", "talker", "animal", "machine"]
Style = Literal["line", "chords", "strum", "drums"]


@dataclass(frozen=True, slots=True)
class SoundClass:
    """One class of sounding things.

    Parameters
    ----------
    name
        Unique name, also the name of its folder under ``--sounds``.
    kind
        Instruments are played by FluidSynth, talkers spoken by espeak-ng, animals and machines recorded.
    height
        Drawn height at 2 m as a fraction of the picture's height.
    photos
        Paths under the stamps folder, without suffix; empty when the class is drawn.
    programs
        General MIDI programs (0..127), instruments only.
    low, high
        Range of MIDI pitches.
    style
        How phrases are written for it.
    voices
        espeak-ng voices, talkers only; "recorded-LANGUAGE" is a person's recorded words.
    first_voice
        Number of the first voice in the names of the sounds.
    held
        Whether a person may be shown playing it.
    """

    name: str
    kind: Kind
    height: float
    photos: tuple[str, ...] = ()
    programs: tuple[int, ...] = ()
    low: int = 48
    high: int = 84
    style: Style = "line"
    voices: tuple[str, ...] = ()
    held: bool = False
    first_voice: int = 0


_STRING = "hobbies/music/string/"
_MAMMAL = "animals/mammals/"
_BIRD = "animals/birds/"

_INSTRUMENTS = (
    SoundClass("guitar", "instrument", 0.62, (_STRING + "guitar_classical",), (24, 25), 40, 76, "strum", held=True),
    SoundClass(
        "electric_guitar",
        "instrument",
        0.62,
        (_STRING + "guitar_electric", _STRING + "guitar2"),
        (27, 30),
        40,
        79,
        "strum",
        held=True,
    ),
    SoundClass("bass", "instrument", 0.66, (_STRING + "guitar_electric_bass",), (33, 36), 28, 50, held=True),
    SoundClass("violin", "instrument", 0.5, (_STRING + "violin",), (40, 40), 55, 91, held=True),
    SoundClass("cello", "instrument", 0.72, (_STRING + "cello",), (42, 42), 36, 69),
    SoundClass("trumpet", "instrument", 0.24, ("hobbies/music/brass/trumpet",), (56, 59), 55, 82, held=True),
    SoundClass("bassoon", "instrument", 0.72, ("hobbies/music/wind/bassoon",), (70, 70), 34, 67, held=True),
    SoundClass("drums", "instrument", 0.62, ("hobbies/music/percussion/drumkit",), (0, 16), style="drums"),
    SoundClass("piano", "instrument", 0.6, (), (0, 1), 33, 93, "chords"),
    SoundClass("keyboard", "instrument", 0.5, (), (4, 16), 40, 88, "chords"),
    SoundClass("accordion", "instrument", 0.46, (), (21, 23), 48, 84, "chords", held=True),
    SoundClass("flute", "instrument", 0.3, (), (73, 75), 60, 96, held=True),
    SoundClass("saxophone", "instrument", 0.55, (), (65, 66), 46, 80, held=True),
    SoundClass("harp", "instrument", 0.72, (), (46, 46), 36, 96, "strum"),
)

_TALKERS = (
    SoundClass("woman", "talker", 0.8, voices=("en-gb+f2", "fr-fr+f3", "de+f4", "es+f5")),
    SoundClass("man", "talker", 0.84, voices=("en-us+m3", "it+m1", "pl+m7", "pt-br+m4")),
)

_ANIMALS = tuple(
    SoundClass(name, "animal", height, photos)
    for name, height, photos in (
        ("dog", 0.5, (_MAMMAL + "dogs/dog",)),
        ("cow", 0.56, (_MAMMAL + "bovines/cow", _MAMMAL + "bovines/cow_white")),
        ("horse", 0.6, (_MAMMAL + "equines/horse",)),
        ("donkey", 0.56, (_MAMMAL + "equines/donkey",)),
        ("sheep", 0.5, (_MAMMAL + "bovines/sheep",)),
        ("goat", 0.52, (_MAMMAL + "bovines/goat",)),
        ("pig", 0.4, (_MAMMAL + "pig",)),
        ("elephant", 0.66, (_MAMMAL + "elephant",)),
        ("lion", 0.34, (_MAMMAL + "cats/lion",)),
        ("tiger", 0.44, (_MAMMAL + "cats/tiger",)),
        ("rooster", 0.44, (_BIRD + "rooster",)),
        ("duck", 0.4, (_BIRD + "duck",)),
        ("crow", 0.36, (_BIRD + "crow",)),
        ("owl", 0.44, (_BIRD + "owl",)),
        ("turkey", 0.5, (_BIRD + "turkey",)),
        ("frog", 0.34, ("animals/amphibians/frog",)),
    )
)

CLASSES: tuple[SoundClass, ...] = _INSTRUMENTS + _TALKERS + _ANIMALS
"""What plain scenes are made of."""

_FURTHER: tuple[tuple[str, Kind, float, str], ...] = (
    ("hen", "animal", 0.4, _BIRD + "hen"),
    ("seagull", "animal", 0.36, _BIRD + "seagull"),
    ("blackbird", "animal", 0.3, _BIRD + "blackbird"),
    ("penguin", "animal", 0.46, _BIRD + "penguin"),
    ("chimp", "animal", 0.5, _MAMMAL + "apes/chimp"),
    ("gorilla", "animal", 0.58, _MAMMAL + "apes/gorilla"),
    ("bear", "animal", 0.56, _MAMMAL + "bears/bear"),
    ("camel", "animal", 0.64, _MAMMAL + "camel/camel"),
    ("zebra", "animal", 0.58, _MAMMAL + "equines/zebra"),
    ("hippopotamus", "animal", 0.46, _MAMMAL + "hippopotamus"),
    ("firetruck", "machine", 0.5, "vehicles/emergency/firetruck"),
    ("kettle", "machine", 0.3, "household/kettle"),
    ("cymbal", "machine", 0.5, "hobbies/music/percussion/cymbal_crash"),
    ("tom", "machine", 0.4, "hobbies/music/percussion/drum_tomtom_floor"),
)
FURTHER: tuple[SoundClass, ...] = tuple(
    SoundClass(name, kind, height, (photo,)) for name, kind, height, photo in _FURTHER
)
"""What only varied scenes hold as well."""

BY_NAME: dict[str, SoundClass] = {sound_class.name: sound_class for sound_class in CLASSES + FURTHER}

NUMBERS: dict[str, int] = {name: number for number, name in enumerate(BY_NAME)}
"""The number of each class, as networks name them."""
