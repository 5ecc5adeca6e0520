"""Repertoires: the classes as they sound in the wide world, with more programs and voices, and those held out.

Every class of `models.scenes.classes` is in one of the two. `FAMILIAR` is for training and testing; `FOREIGN` is for
scenes unlike those: none of its classes is in `FAMILIAR` but the talkers, and these have other voices.
"""

from __future__ import annotations

from dataclasses import replace

from models.scenes.classes import CLASSES, FURTHER, SoundClass

HELD_OUT = ("cello", "saxophone", "harp", "lion", "donkey", "duck", "frog")
"""Classes that are never trained on."""
HELD_OUT_FURTHER = ("zebra", "penguin", "gorilla", "hippopotamus", "tom")

_PROGRAMS = {
    "guitar": (24, 25, 26),
    "electric_guitar": (27, 30, 28, 29),
    "bass": (33, 36, 32, 34, 35),
    "violin": (40, 40, 110),
    "cello": (42, 42, 43),
    "trumpet": (56, 59),
    "bassoon": (70, 70, 68),
    "drums": (0, 16, 8, 24, 25, 40),
    "piano": (0, 1, 2, 3),
    "keyboard": (4, 16, 5, 17, 19, 81),
    "accordion": (21, 23, 22),
    "flute": (73, 75, 72, 74),
    "saxophone": (65, 66, 64, 67),
    "harp": (46, 46, 46),
}
"""General MIDI programs: the plain ones first, whose sounds are shared."""

_VOICES = {
    "woman": ("recorded-ro", "recorded-es", "recorded-be", "en-us+anika", "de+linda", "nl+steph", "sv+belinda"),
    "man": ("recorded-fr", "recorded-ru", "en-gb+adam", "fr-fr+pablo", "es-419+travis", "nl+gustave", "sv+max"),
}
"""Added to the plain ones: recorded people and further voices of espeak-ng."""
_FOREIGN_VOICES = {
    "woman": ("recorded-el", "recorded-lt", "it+shelby", "pl+aunty"),
    "man": ("recorded-bg", "recorded-da", "de+m5", "pt+klatt2"),
}


def _familiar(sound_class: SoundClass) -> SoundClass:
    name = sound_class.name
    return replace(
        sound_class,
        programs=_PROGRAMS.get(name, sound_class.programs),
        voices=sound_class.voices + _VOICES.get(name, ()),
    )


def _foreign(sound_class: SoundClass) -> SoundClass:
    """Number its voices on from the familiar ones: a sound's name tells it from all others."""
    name = sound_class.name
    before = len(sound_class.voices) + len(_VOICES.get(name, ()))
    voices = _FOREIGN_VOICES.get(name, ())
    return replace(sound_class, programs=_PROGRAMS.get(name, ()), voices=voices, first_voice=before if voices else 0)


_ALL = CLASSES + FURTHER
_AWAY = set(HELD_OUT + HELD_OUT_FURTHER)

FAMILIAR: tuple[SoundClass, ...] = tuple(_familiar(it) for it in _ALL if it.name not in _AWAY)
FOREIGN: tuple[SoundClass, ...] = tuple(_foreign(it) for it in _ALL if it.name in _AWAY or it.kind == "talker")
