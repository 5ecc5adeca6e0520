"""The Qt window: it draws what a running host says and sends it the user's choices, knowing nothing of networks.

`app` starts it, `window` composes it, `runner` starts and stops hosts off the window's thread; every other file is one
widget, or (`columns`, `pace`) the arithmetic beneath one.
"""
