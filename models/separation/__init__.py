"""Audio-visual source separation of binaural sound (section 3.4 of the paper).

Two clips are mixed, left with left and right with right; from the mixed ears and the picture of one clip the network
predicts a ratio mask per ear for that clip's sound. `eyes` is the picture's side, `network` the whole, `duets` the
mixtures that are generated on the fly, `task` what training asks for, `evaluate` the table of rows.
"""
