"""Random phrases as the bytes of a Standard MIDI File."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from models.scenes.classes import SoundClass

_TICKS_PER_S = 960
"""480 ticks per quarter note at MIDI's default tempo of 120 quarter notes per minute."""

_DRUM_CHANNEL = 9
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10))
_SECTION_S = 6.0
_KICK, _SNARE, _CLOSED_HAT, _OPEN_HAT, _CRASH, _RIDE = 36, 38, 42, 46, 49, 51
_TOMS = (41, 45, 48, 50)


@dataclass(frozen=True, slots=True)
class Note:
    """One note: start and length in seconds, MIDI pitch and velocity (1..127)."""

    start_s: float
    length_s: float
    pitch: int
    velocity: int


def phrase(sound_class: SoundClass, duration_s: float, rng: np.random.Generator) -> list[Note]:
    """Write music for an instrument: sections of 6 s, each with its own key, scale, tempo and loudness.

    Parameters
    ----------
    sound_class
        Gives the range and the style.
    duration_s
        Length of the music, seconds.
    rng
        Source of all choices.
    """
    notes: list[Note] = []
    write = {"line": _line, "chords": _chords, "strum": _strum, "drums": _drums}[sound_class.style]
    start_s = 0.0
    while start_s < duration_s:
        beat_s = 60.0 / float(rng.uniform(70, 150))
        loud = int(rng.integers(70, 112))
        notes += write(sound_class, start_s, min(start_s + _SECTION_S, duration_s), beat_s, loud, rng)
        start_s += _SECTION_S
    return notes


def midi_file(notes: list[Note], program: int, *, drums: bool = False) -> bytes:
    """Return a format 0 MIDI file that plays `notes` with General MIDI `program`, drums on channel 10."""
    channel = _DRUM_CHANNEL if drums else 0
    events = [(0, 0, bytes((0xC0 | channel, program)))]
    for note in notes:
        start = round(note.start_s * _TICKS_PER_S)
        stop = max(start + 1, round((note.start_s + note.length_s) * _TICKS_PER_S))
        events.append((start, 2, bytes((0x90 | channel, note.pitch, note.velocity))))
        events.append((stop, 1, bytes((0x80 | channel, note.pitch, 0))))
    track = bytearray()
    now = 0
    for tick, _, message in sorted(events):
        track += _variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    return struct.pack(">4sIHHH", b"MThd", 6, 0, 1, 480) + struct.pack(">4sI", b"MTrk", len(track)) + bytes(track)


def _variable_length(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | (value & 0x7F))
    return bytes(reversed(groups))


def _ladder(sound_class: SoundClass, rng: np.random.Generator) -> list[int]:
    """All pitches of a random scale within the class's range."""
    tonic = int(rng.integers(12))
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
    return [pitch for pitch in range(sound_class.low, sound_class.high + 1) if (pitch - tonic) % 12 in scale]


def _velocity(loud: int, rng: np.random.Generator) -> int:
    return int(np.clip(loud + rng.normal(0, 8), 30, 127))


def _line(
    sound_class: SoundClass, start_s: float, stop_s: float, beat_s: float, loud: int, rng: np.random.Generator
) -> list[Note]:
    ladder = _ladder(sound_class, rng)
    step = int(rng.integers(len(ladder)))
    notes: list[Note] = []
    now = start_s
    while now < stop_s:
        length_s = beat_s * float(rng.choice((0.25, 0.5, 0.5, 1.0, 1.0, 2.0)))
        if rng.random() > 0.08:
            notes.append(Note(now, length_s * float(rng.uniform(0.7, 1.0)), ladder[step], _velocity(loud, rng)))
        step = int(np.clip(step + rng.integers(-3, 4), 0, len(ladder) - 1))
        now += length_s
    return notes


def _chord(ladder: list[int], rng: np.random.Generator) -> list[int]:
    root = int(rng.integers(max(1, len(ladder) - 6)))
    return [ladder[index] for index in (root, root + 2, root + 4, root + 6) if index < len(ladder)]


def _chords(
    sound_class: SoundClass, start_s: float, stop_s: float, beat_s: float, loud: int, rng: np.random.Generator
) -> list[Note]:
    ladder = _ladder(sound_class, rng)
    notes = _line(sound_class, start_s, stop_s, beat_s, loud, rng)
    now = start_s
    while now < stop_s:
        length_s = beat_s * float(rng.choice((1.0, 2.0, 2.0)))
        low = ladder[: max(8, len(ladder) // 2)]
        notes += [Note(now, length_s * 0.9, pitch, _velocity(loud - 12, rng)) for pitch in _chord(low, rng)]
        now += length_s
    return notes


def _strum(
    sound_class: SoundClass, start_s: float, stop_s: float, beat_s: float, loud: int, rng: np.random.Generator
) -> list[Note]:
    ladder = _ladder(sound_class, rng)
    notes: list[Note] = []
    now = start_s
    picked = bool(rng.random() < 0.6)
    while now < stop_s:
        chord = _chord(ladder, rng)
        for beat in range(4):
            if picked:
                pitch = chord[beat % len(chord)]
                notes.append(Note(now, beat_s * 1.5, pitch, _velocity(loud, rng)))
            elif rng.random() < 0.8:
                for string, pitch in enumerate(chord):
                    notes.append(Note(now + 0.012 * string, beat_s, pitch, _velocity(loud, rng)))
            now += beat_s / 2
    return notes


def _drums(
    _: SoundClass, start_s: float, stop_s: float, beat_s: float, loud: int, rng: np.random.Generator
) -> list[Note]:
    cymbal = int(rng.choice((_CLOSED_HAT, _CLOSED_HAT, _RIDE)))
    kicks = rng.random(8) < (0.9, 0.1, 0.2, 0.4, 0.7, 0.2, 0.3, 0.3)
    notes = [Note(start_s, 0.5, _CRASH, loud)] if rng.random() < 0.5 else []
    now, eighth = start_s, 0
    while now < stop_s:
        place = eighth % 8
        fill = eighth % 32 >= 28
        struck = [int(rng.choice(_TOMS)), _SNARE] if fill else [cymbal if rng.random() < 0.93 else _OPEN_HAT]
        struck += [_KICK] if kicks[place] else []
        struck += [_SNARE] if place in (2, 6) and not fill else []
        notes += [Note(now, 0.2, pitch, _velocity(loud, rng)) for pitch in struck]
        now += beat_s / 2
        eighth += 1
    return notes
