"""Pseudo-binaural training material from videos with mono sound.

motion       what moves by itself, the camera's own motion taken away
finder       where in the picture the one sounding thing is
places       what was found in each video of a folder, remembered
material     samples: a found source, placed by a head's responses
"""
