"""Generated audio-visual scenes with binaural truth.

variety      what differs from one scene to the next
classes      what can sound, and how it is heard and seen
repertoire   the classes of varied scenes, and those held out
midi         random phrases as MIDI files
synthesis    instruments, talkers and animals as sound
sounds       the bank of sounds, kept in the user's cache
levels       loudness
heads        head-related responses from a SOFA file
sphere       those of a rigid sphere, by formula
rooms        rooms and their binaural responses
halls        rooms up to long reverberation
ambience     diffuse noise, the colour of microphones, changing levels
tracks       azimuths over time, and the direct sound along them
hearing      what a varied scene sounds like
canvas       drawing with PIL
people       people, drawn
instruments  instruments without a photograph, drawn
pictures     a picture of every class
things       photographs of what does not sound, and unknown shapes
sceneries    rooms, stages, fields and textures, drawn
surroundings crowded sceneries with the statistics of photographs
backgrounds  what stands behind the sources
stage        sprites before a background, and the camera
camera       fields of view, and what cameras do to a picture
cast         who is in a varied scene, and where
sights       what a varied scene looks like, and what of it is seen
play         a stage whose actors move
poses        how they move, with their sound or without
film         the pictures of a play over time
sample       a scene and the truth about it
scene        a scene by its number
world        a varied scene by its number
video        MP4 files
writer       scenes as a data folder in FAIR-Play's layout
"""

from models.scenes.sample import SceneSample, Silent, Source
from models.scenes.scene import SceneSampler
from models.scenes.tracks import Track
from models.scenes.variety import PLAIN, SHIFT, WORLD, Variety

__all__ = ["PLAIN", "SHIFT", "WORLD", "SceneSample", "SceneSampler", "Silent", "Source", "Track", "Variety"]
