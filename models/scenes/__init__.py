"""Generated audio-visual scenes with binaural truth.

classes      what can sound, and how it is heard and seen
midi         random phrases as MIDI files
synthesis    instruments, talkers and animals as sound
sounds       the bank of sounds, kept in the user's cache
heads        head-related responses from a SOFA file
rooms        rooms and their binaural responses
canvas       drawing with PIL
people       people, drawn
instruments  instruments without a photograph, drawn
pictures     a picture of every class
sceneries    rooms, stages, fields and textures, drawn
backgrounds  what stands behind the sources
stage        sprites before a background, and the camera
scene        a scene by its number
video        MP4 files
writer       scenes as a data folder in FAIR-Play's layout
"""

from models.scenes.scene import SceneSample, SceneSampler, Source

__all__ = ["SceneSample", "SceneSampler", "Source"]
