"""The targets, by name. What they need of the program is imported by the process that uses it."""

from tests.fuzz.target import Target
from tests.fuzz.targets.cameras import CameraFiles, CameraStreams
from tests.fuzz.targets.clips import Clips, Pictures, Played, Rendered
from tests.fuzz.targets.commands import Commands
from tests.fuzz.targets.folders import Lists, Tables
from tests.fuzz.targets.measured import Heads, Responses
from tests.fuzz.targets.networks import Checkpoints, Networks, OtherNetworks, Trainings
from tests.fuzz.targets.plugins import ClapFiles, LadspaFiles, States
from tests.fuzz.targets.remote import MidiMessages, OscPackets
from tests.fuzz.targets.settings import Bindings, Notes, Presets, Sessions, Wishes

_ALL: tuple[type[Target], ...] = (
    *(Clips, Played, Rendered, Pictures),
    *(Networks, OtherNetworks, Checkpoints, Trainings),
    *(Heads, Responses),
    *(Sessions, Presets, Bindings, Notes, Wishes),
    *(Lists, Tables),
    *(OscPackets, MidiMessages),
    *(States, LadspaFiles, ClapFiles),
    *(Commands,),
    *(CameraFiles, CameraStreams),
)
TARGETS = {target.name: target for target in _ALL}
