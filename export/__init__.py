"""From a trained network to the one file that the host reads.

`checkpoint` builds a network again from what training saved, `authors` from the paper's released weights, `graphs`
turns its two halves into ONNX (`audio_net` and `visual_net` those of the paper's network, written by hand for speed
with the convolutions of `winograd_4x4` and `winograd_3x3`; `int8` turns them to eight bits, from `audio_convolutions`),
`onnx_file` puts them and their description into one file, and `parity` proves that the file computes what torch does.
"""
