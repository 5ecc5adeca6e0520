"""Where the sound is, found from what moves in time with it: no look at what anything is.

`maps` makes abstract training samples (motion on a grid, and sounds that some of it belongs to), `network` is the
network, `task` what training asks for, `evaluate` tries a model file on clips with the code that runs live.
"""
