"""The host: a microphone and a camera, or a clip, to binaural sound, in real time or as fast as it goes. No torch.

Start with `host` (live) and `render` (offline), which put the parts together; `cli` is the program. `settings`, `stats`
and `errors` are the values that go in and come out.
"""

import os

# OpenCV reads it when it is loaded: a picture of a few kilobytes may say that it has a billion pixels.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(2**26))
