"""Whether known weaknesses are in what is installed: make audit

pip-audit asks a database on the network. What that does not know is no good news, so here it is not called success.
"""

from __future__ import annotations

import json
import subprocess
import sys

NOT_REACHED = "run it again where the network lets pip-audit reach that database, not only packages"


def verdict(report: str, said: str) -> tuple[int, list[str]]:
    """Exit code and lines, of pip-audit's JSON and of what else it said."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        reason = (said.strip().splitlines() or ["it says nothing"])[-1]
        return 1, [f"audit: the database of weaknesses was not asked ({reason:.200}); {NOT_REACHED}"]
    skipped = [package for package in packages if "skip_reason" in package]
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return 1, [f"audit: the database of weaknesses knows none of {len(skipped)} packages; {NOT_REACHED}"]
    lines = [f"not audited: {package['skip_reason']}" for package in skipped]
    weak = 0
    for package in audited:
        for found in package["vulns"]:
            weak += 1
            cure = f"; mended in {', '.join(found['fix_versions'])}" if found["fix_versions"] else ""
            lines.append(f"audit: {package['name']} {package['version']} has {found['id']}{cure}")
    lines.append(f"{len(audited)} packages audited, {len(skipped)} not, {weak} known weaknesses")
    return (1 if weak else 0), lines


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "--desc", "off"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)
    code, lines = verdict(done.stdout, done.stderr)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
