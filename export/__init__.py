"""From a trained network to the one file that the host reads.

`checkpoint` builds a network again from what training saved, `authors` from the paper's released weights, `graphs`
turns its two halves into ONNX (`audio_net` with `winograd` the sound's half of the paper's network, written by hand for
speed; `int8` the picture's half in eight bits), `onnx_file` puts them and their description into one file, and `parity`
proves that the file computes what torch does.
"""
