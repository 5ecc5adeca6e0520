"""Makes the sound of a class: FluidSynth plays, espeak-ng speaks, the stamps' recordings are strung together."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from models.scenes.classes import SoundClass
from models.scenes.midi import midi_file, phrase
from realtime.errors import DataError

SAMPLE_RATE = 48_000
STAMPS = Path("/usr/share/tuxpaint/stamps")

_SOUND_FONTS = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf2/default-GM.sf2"))
_TIMEOUT_S = 120.0
_SHORTEST_S = 1.0

_TEXTS = {
    "en": (
        "The quick brown fox jumps over the lazy dog while the old clock strikes seven. Could you tell me where the "
        "station is? I think it is just behind the market. Yesterday we walked along the river and listened to birds. "
        "Please put the blue cup next to the window. Nobody knew why the music had stopped so suddenly. She sells "
        "fresh bread, cheese and apples on Thursday morning. What a wonderful evening, thank you all for coming! "
    ),
    "fr": (
        "Bonjour, comment allez-vous aujourd'hui? Hier nous avons marché le long de la rivière. Le petit chat dort "
        "près de la fenêtre. Pourriez-vous me dire où se trouve la gare? Personne ne savait pourquoi la musique "
        "s'était arrêtée. Demain il fera beau et nous irons à la campagne avec toute la famille. "
    ),
    "de": (
        "Guten Morgen, haben Sie gut geschlafen? Gestern sind wir lange am Fluss spazieren gegangen. Die blaue Tasse "
        "steht neben dem Fenster. Niemand wusste, warum die Musik plötzlich aufhörte. Können Sie mir bitte sagen, wo "
        "der Bahnhof ist? Am Donnerstag verkauft sie frisches Brot und Äpfel auf dem Markt. "
    ),
    "es": (
        "Buenos días, ¿cómo está usted? Ayer caminamos junto al río y escuchamos los pájaros. La taza azul está al "
        "lado de la ventana. Nadie sabía por qué la música había parado. ¿Puede decirme dónde está la estación? "
        "El jueves por la mañana ella vende pan, queso y manzanas en el mercado. "
    ),
    "it": (
        "Buongiorno, come sta oggi? Ieri abbiamo camminato lungo il fiume ascoltando gli uccelli. La tazza blu è "
        "vicino alla finestra. Nessuno sapeva perché la musica si fosse fermata. Mi può dire dov'è la stazione? "
        "Il giovedì mattina vende pane fresco, formaggio e mele al mercato. "
    ),
    "pl": (
        "Dzień dobry, jak się pan dzisiaj miewa? Wczoraj spacerowaliśmy wzdłuż rzeki i słuchaliśmy ptaków. Niebieski "
        "kubek stoi obok okna. Nikt nie wiedział, dlaczego muzyka nagle ucichła. Czy może mi pani powiedzieć, gdzie "
        "jest dworzec? W czwartek rano sprzedaje na targu świeży chleb i jabłka. "
    ),
    "pt": (
        "Bom dia, como vai você hoje? Ontem caminhamos ao longo do rio e ouvimos os pássaros. A xícara azul está ao "
        "lado da janela. Ninguém sabia por que a música tinha parado. Você pode me dizer onde fica a estação? Na "
        "quinta-feira de manhã ela vende pão fresco, queijo e maçãs no mercado. "
    ),
    "nl": (
        "Goedemorgen, hebt u goed geslapen? Gisteren liepen we lang langs de rivier en luisterden naar de vogels. De "
        "blauwe kop staat naast het raam. Niemand wist waarom de muziek opeens ophield. Kunt u mij zeggen waar het "
        "station is? Op donderdag verkoopt zij vers brood en appels op de markt. "
    ),
    "sv": (
        "God morgon, hur mår du idag? Igår gick vi länge längs floden och lyssnade på fåglarna. Den blå koppen står "
        "bredvid fönstret. Ingen visste varför musiken plötsligt tystnade. Kan du säga mig var stationen ligger? På "
        "torsdagar säljer hon färskt bröd och äpplen på torget. "
    ),
}


def play(sound_class: SoundClass, program: int, duration_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Play random phrases on a General MIDI program.

    Returns
    -------
    NDArray[np.float32]
        Mono, shape (samples,), 48 kHz.

    Raises
    ------
    DataError
        When FluidSynth or its sound font is missing or fails.
    """
    font = next((path for path in _SOUND_FONTS if path.exists()), None)
    if font is None:
        raise DataError(f"no General MIDI sound font at {_SOUND_FONTS[0]}; run: apt-get install fluid-soundfont-gm")
    program_path = _program("fluidsynth", "fluidsynth fluid-soundfont-gm")
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "phrase.mid"), Path(folder, "phrase.wav")
        notes = phrase(sound_class, duration_s, rng)
        score.write_bytes(midi_file(notes, program, drums=sound_class.style == "drums"))
        dry = ("-R", "0", "-C", "0", "-g", "0.5")
        form = ("-r", str(SAMPLE_RATE), "-T", "wav", "-O", "float", "-F", str(sound))
        _run([program_path, "-ni", "-q", *dry, *form, str(font), str(score)])
        return _read(sound)[: round(duration_s * SAMPLE_RATE)]


def speak(voice: str, duration_s: float, rng: np.random.Generator, *, varied: bool = False) -> NDArray[np.float32]:
    """Speak sentences in random order with an espeak-ng voice; mono, shape (samples,), 48 kHz.

    `varied` speaks every round of them at another pitch and rate, from a wide range.

    Raises
    ------
    DataError
        When espeak-ng is missing or fails.
    """
    program_path = _program("espeak-ng", "espeak-ng")
    text = _TEXTS[voice[:2]]
    sentences = [part.strip() + "." for part in text.replace("?", ".").replace("!", ".").split(".") if part.strip()]
    pitch, speed = int(rng.integers(40, 61)), int(rng.integers(140, 186))
    spoken: list[NDArray[np.float32]] = []
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "speech.wav")
        while sum(len(part) for part in spoken) < duration_s * SAMPLE_RATE:
            if varied:
                pitch, speed = int(rng.integers(15, 90)), int(rng.integers(105, 240))
            words = " ".join(sentences[index] for index in rng.permutation(len(sentences)))
            _run([program_path, "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(sound), words])
            spoken.append(_read(sound))
    return np.concatenate(spoken)[: round(duration_s * SAMPLE_RATE)]


def recite(language: str, duration_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """String recorded words together: one person names the stamps in a language; mono, shape (samples,), 48 kHz.

    Raises
    ------
    DataError
        When there are no such recordings.
    """
    paths = sorted(STAMPS.rglob(f"*_desc_{language}.ogg"))
    if not paths:
        raise DataError(f"no words in '{language}' under {STAMPS}; run: apt-get install tuxpaint-stamps-default")
    words: list[NDArray[np.float32]] = []
    order = iter(np.resize(rng.permutation(len(paths)), 4000).tolist())
    while sum(len(part) for part in words) < duration_s * SAMPLE_RATE:
        word = _read(paths[next(order)])
        loud = np.flatnonzero(np.abs(word) > 0.05 * np.abs(word).max(initial=1e-6))
        if len(loud):
            word = word[max(0, int(loud[0]) - SAMPLE_RATE // 20) : int(loud[-1]) + SAMPLE_RATE // 10]
            words.append(word * np.float32(0.1 / max(float(word.std()), 1e-4)))
            words.append(np.zeros(int(rng.uniform(0.02, 0.35) * SAMPLE_RATE), np.float32))
    return np.concatenate(words)[: round(duration_s * SAMPLE_RATE)]


def string_together(recording: Path, duration_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Repeat a short recording with varied pitch (0.85..1.2), loudness (0..-6 dB) and pauses (0..0.5 s).

    Returns
    -------
    NDArray[np.float32]
        Mono, shape (samples,), 48 kHz.

    Raises
    ------
    DataError
        When the recording is missing or cannot be read.
    """
    call = _read(recording)
    calls: list[NDArray[np.float32]] = []
    while sum(len(part) for part in calls) < duration_s * SAMPLE_RATE:
        pitched = soxr.resample(call, SAMPLE_RATE * float(rng.uniform(0.85, 1.2)), SAMPLE_RATE)
        calls.append((pitched * 10 ** (-float(rng.uniform(0, 6)) / 20)).astype(np.float32))
        calls.append(np.zeros(int(rng.uniform(0, 0.5) * SAMPLE_RATE), np.float32))
    return np.concatenate(calls)[: round(duration_s * SAMPLE_RATE)]


def read_sound(path: Path) -> NDArray[np.float32]:
    """Read any sound file as mono, shape (samples,), 48 kHz; raises DataError when that fails or it is too short."""
    sound = _read(path)
    if len(sound) < _SHORTEST_S * SAMPLE_RATE:
        raise DataError(f"{path} lasts {len(sound) / SAMPLE_RATE:.2f} s; give sounds of {_SHORTEST_S} s or more")
    return sound


def _read(path: Path) -> NDArray[np.float32]:
    if not path.exists():
        cure = "; run: apt-get install tuxpaint-stamps-default" if path.is_relative_to(STAMPS) else ""
        raise DataError(f"no sound file {path}{cure}")
    try:
        sound, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DataError(f"cannot read {path} as a sound ({error}); give WAV, FLAC or OGG") from error
    mono = sound.mean(axis=1, dtype=np.float32)
    return mono if sample_rate == SAMPLE_RATE else soxr.resample(mono, sample_rate, SAMPLE_RATE).astype(np.float32)


def _program(name: str, packages: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DataError(f"the program '{name}' is not on the PATH; run: apt-get install {packages}")
    return path


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{command} did not finish within {_TIMEOUT_S:.0f} s; run it by hand") from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise DataError(f"'{command[0]}' failed with status {done.returncode}: {words[-1] if words else 'no message'}")
