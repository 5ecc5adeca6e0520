"""Where programs keep things on this system."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

_PROGRAM = "earsight"


def cache_folder() -> Path:
    """What can be made again; may not exist yet."""
    return user_cache_path(_PROGRAM, appauthor=False)


def config_folder() -> Path:
    """What the user chose; may not exist yet."""
    return user_config_path(_PROGRAM, appauthor=False)


def data_folder() -> Path:
    """What the user made and keeps; may not exist yet."""
    return user_data_path(_PROGRAM, appauthor=False)
