"""The commands of `earsight`, one file per noun; `realtime/cli.py` puts them together.

listen: live, play and the window. offline: render. machine: devices and doctor. networks: scenes, train, evaluate and
export. bench: measurements. options: what they share.
"""
