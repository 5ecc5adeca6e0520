"""Pictures of every class: photographs, drawings, and people holding what they play."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from models.scenes.classes import BY_NAME
from models.scenes.instruments import DRAWINGS
from models.scenes.people import person
from models.scenes.synthesis import STAMPS
from realtime.errors import DataError

_PEOPLE, _PLAYERS, _DRAWN = 32, 8, 12


@dataclass(frozen=True, slots=True)
class _Hold:
    """How a player holds something: turn in degrees, length and centre as fractions of the player's height."""

    turn_deg: float
    length: float
    x: float
    y: float


_HOLDS: dict[str, _Hold] = {
    "guitar": _Hold(62, 0.5, 0.03, 0.43),
    "electric_guitar": _Hold(62, 0.52, 0.03, 0.43),
    "bass": _Hold(58, 0.56, 0.03, 0.43),
    "violin": _Hold(70, 0.32, -0.1, 0.24),
    "trumpet": _Hold(12, 0.26, -0.14, 0.17),
    "bassoon": _Hold(-24, 0.6, 0.02, 0.4),
    "accordion": _Hold(0, 0.48, 0.0, 0.4),
    "flute": _Hold(0, 0.4, 0.15, 0.15),
    "saxophone": _Hold(-8, 0.4, 0.06, 0.36),
}


class PictureBook:
    """Pictures of every class with transparent surroundings, each made when first asked for.

    Parameters
    ----------
    seed
        Draws the people and instruments.
    height_px
        Height at which they are kept; ask for smaller ones.
    """

    def __init__(self, seed: int, height_px: int = 224) -> None:
        self._seed = seed
        self._height = height_px
        self._kept: dict[tuple[str, int], Image.Image] = {}

    def picture(self, class_name: str, rng: np.random.Generator) -> tuple[Image.Image, float]:
        """Return a random picture of a class, and its height at 2 m as a share of the image's.

        The picture is RGBA and shared: do not write to it.
        """
        sound_class = BY_NAME[class_name]
        plain = len(sound_class.photos) or (_PEOPLE if sound_class.kind == "talker" else _DRAWN)
        number = int(rng.integers(plain))
        height = sound_class.height
        if sound_class.held and rng.random() < 0.5:
            number, height = plain + int(rng.integers(_PLAYERS)), BY_NAME["man"].height
        if (class_name, number) not in self._kept:
            self._kept[class_name, number] = self._make(class_name, number, plain)
        return self._kept[class_name, number], height

    def _make(self, class_name: str, number: int, plain: int) -> Image.Image:
        rng = np.random.default_rng([self._seed, zlib.crc32(class_name.encode()), number])
        if BY_NAME[class_name].kind == "talker":
            return _trimmed(person(self._height, rng, long_hair=class_name == "woman"))
        if number < plain:
            return self._thing(class_name, number, rng)
        thing = self._thing(class_name, number % len(BY_NAME[class_name].photos or (0,)), rng)
        return self._player(thing, _HOLDS[class_name], rng)

    def _thing(self, class_name: str, number: int, rng: np.random.Generator) -> Image.Image:
        """Return the instrument or animal alone."""
        photos = BY_NAME[class_name].photos
        if not photos:
            return _trimmed(DRAWINGS[class_name](self._height, rng))
        path = STAMPS / f"{photos[number]}.png"
        if not path.exists():
            raise DataError(f"no photograph {path}; run: apt-get install tuxpaint-stamps-default")
        with Image.open(path) as opened:
            photo = _trimmed(opened.convert("RGBA"))
        photo.thumbnail((2 * self._height, self._height), Image.Resampling.LANCZOS)
        return photo

    def _player(self, thing: Image.Image, hold: _Hold, rng: np.random.Generator) -> Image.Image:
        """Return a person holding a thing, the person in the middle."""
        height = self._height
        body = person(height, rng, long_hair=bool(rng.random() < 0.5), playing=True)
        scale = hold.length * height / max(thing.size)
        small = thing.resize((max(1, round(thing.width * scale)), max(1, round(thing.height * scale))))
        turned = small.rotate(hold.turn_deg + float(rng.uniform(-6, 6)), Image.Resampling.BICUBIC, expand=True)
        whole = Image.new("RGBA", (round(1.1 * height), height))
        whole.alpha_composite(body, (whole.width // 2 - body.width // 2, 0))
        x, y = whole.width / 2 + hold.x * height - turned.width / 2, hold.y * height - turned.height / 2
        whole.alpha_composite(turned, (max(0, round(x)), max(0, round(y))))
        return _trimmed(whole)


def _trimmed(image: Image.Image) -> Image.Image:
    """Cut the fully transparent margin off."""
    return image.crop(image.getchannel("A").point([0] * 8 + [255] * 248).getbbox())
