"""The model card: python -m models.card MODEL.onnx SCORES.json... -o README.md

What a model file says of itself, and tables from what `earsight evaluate --baselines --json` wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from realtime.modelfile import ModelInfo, read_model

COLUMNS = (
    ("stft", "STFT"),
    ("env", "ENV"),
    ("snr_db", "SNR dB"),
    ("itd_error_us", "ITD error us"),
    ("ild_error_db", "ILD error dB"),
    ("side_accuracy", "side"),
)


def card(model: Path, scores: Sequence[dict[str, Any]]) -> str:
    """Markdown of a model file and its scores.

    Raises
    ------
    ModelError
        When the file is not usable.
    """
    info = read_model(model).info
    parts = [_facts(model, info)]
    parts += [_table(model, score) for score in scores]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.card", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("scores", type=Path, nargs="+")
    parser.add_argument("-o", "--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    scores = [json.loads(path.read_text(encoding="utf-8")) for path in chosen.scores]
    chosen.out.write_text(card(chosen.model, scores), encoding="utf-8")


def _facts(model: Path, info: ModelInfo) -> str:
    size_mb = model.stat().st_size / 1e6
    rows = {"training steps": "step", "batch": "batch_size", "seed": "seed"}
    training = "".join(f"| {title} | {info.training.get(key, '')} |\n" for title, key in rows.items())
    return f"""# {model.name}

A causal, stateful network for mono sound and one picture: one STFT hop in, one mask out, no look-ahead. It was
trained on generated scenes only (instruments, talkers, animals, machines; KEMAR's ears; simulated rooms; pictures
drawn or composed of photographs): one to four sources, some of them moving, unseen or unlike their kind, with
silent things about. On pictures unlike those, real rooms among them, it goes mostly by its cues, maps of where
motion and sound go together and of people (docs/architecture.md), which it was shown right and wrong; where these
are weak it stays near the middle or is wrong. A blank picture without cues gives the mono sound on both ears; a
mirrored one swaps them exactly.

| | |
|---|---|
| file | {size_mb:.1f} MB, {info.kind}, format {info.format}, licence {info.licence} |
| sound | {info.sample_rate} Hz, {info.n_fft}-point STFT, hop {info.hop}, window {info.window} |
| picture | {info.image["width"]} x {info.image["height"]} |
{training}
To train one like it: `earsight train` with `models/configs/streaming.toml`, `models/configs/streaming-world.toml` and
`models/configs/streaming-bands.toml`, one after the other, then
`earsight export checkpoints/streaming-bands/last.pt -o FILE.onnx`. How this one came about: docs/training-log.md.

Scores below: {date.today().isoformat()}, scenes of seeds and stretches of sound that training never drew.
`scenes:SEED:N:S` is N plain scenes with S sources; `world` has all that varies, filmed; `shift` what was
never trained on. STFT and ENV as the paper's authors compute them; smaller is better. Mono-Mono plays the
mono sound on both ears; audio-only sees a blank picture; flipped-visual sees a mirrored one."""


def _table(model: Path, scores: dict[str, Any]) -> str:
    rows: dict[str, Any] = scores["rows"]
    reference = rows.get("mono-mono", {}).get("stft", {}).get("mean")
    options = " --baselines" if reference else ""
    lines = [
        f"`earsight evaluate {model.name} --data {scores['data']}{options}`: "
        f"{scores['clips']} clips, mean (standard error)",
        "",
        "| | " + " | ".join(title for _, title in COLUMNS) + " | ITD median us | STFT of Mono-Mono |",
        "|---" * (len(COLUMNS) + 3) + "|",
    ]
    for name, row in rows.items():
        cells = [f"{row[key]['mean']:.3g} ({row[key]['sem']:.2g})" if row.get(key) else "" for key, _ in COLUMNS]
        ratio = f"{row['stft']['mean'] / reference:.3f}" if reference else ""
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {row['itd_error_us']['median']:.3g} | {ratio} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
