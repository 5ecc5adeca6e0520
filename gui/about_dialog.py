"""What this program is, and by whose work it runs."""

from __future__ import annotations

import platform
import re
from importlib import metadata

from PySide6.QtCore import qVersion
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from gui.dialog import Dialog
from gui.theme import QUIET, label
from realtime.stats import program_version

MEASURED_EARS = "KEMAR: Gardner and Martin, MIT Media Lab, 1994"
LONGEST = 80
"""Some packages state the whole text of their licence."""


class AboutDialog(Dialog):
    """Version, licence, and those of the packages in use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Earsight"))
        facts = f"Python {platform.python_version()}  ·  Qt {qVersion()}"
        title = label(self.tr("Earsight {0}").format(program_version()), 22, bold=True)
        purpose = label(self.tr("Makes mono sound binaural by what the camera sees."), 13)
        self.packages = packages = QTextBrowser()
        packages.setAccessibleName(self.tr("Packages and their licences"))
        packages.setToolTip(self.tr("Version and licence of each package that Earsight uses"))
        document = QTextDocument(packages)
        rows = "".join(f"<tr><td>{name}</td><td>{licence}</td></tr>" for name, licence in used_packages())
        document.setHtml(f"<table cellpadding=3>{rows}</table>")
        packages.setDocument(document)
        for line in (title, purpose, label(facts, 12, QUIET)):
            self.column.addWidget(line)
        self.column.addWidget(label(self.tr("MIT licence. Measured ears: {0}.").format(MEASURED_EARS), 12, QUIET))
        self.column.addWidget(packages, 1)
        self.resize(520, 440)


def used_packages() -> list[tuple[str, str]]:
    """Name with version, and licence, of each package that Earsight asks for and that is installed."""
    try:
        wanted = metadata.requires("earsight") or []
    except metadata.PackageNotFoundError:
        wanted = []
    names = sorted({re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0] for one in wanted}, key=str.lower)
    found: list[tuple[str, str]] = []
    for name in names:
        try:
            facts = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        found.append((f"{name} {facts['Version']}", _licence(facts)))
    return found


def _licence(facts: metadata.PackageMetadata) -> str:
    stated = [facts[key] for key in ("License-Expression", "License") if key in facts]
    stated += [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if line.startswith("License")]
    return next((one for one in stated if one and len(one) <= LONGEST and "\n" not in one), "")
