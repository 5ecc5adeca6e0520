"""One clip of a recorded data set while it grows: a sound file and a video that begin together."""

from __future__ import annotations

from realtime.errors import RecordingError
from realtime.picture_writer import PictureWriter
from realtime.pictures import Image
from realtime.sound_writer import SoundWriter
from realtime.take_folder import TakeFolder


class Take:
    """Sound and video of one clip, under hidden names. One thread; not real-time safe.

    Parameters
    ----------
    folder
        Gives it its number and its names.
    start
        Position of its first sample.
    sample_rate
        Hz.
    image
        The newest at its start, (H, W, 3) RGB; it gives the video its size.

    Attributes
    ----------
    sound
        Receives both ears.

    Raises
    ------
    RecordingError
        When the files cannot be made; nothing is left behind then.
    """

    def __init__(self, folder: TakeFolder, start: int, sample_rate: int, image: Image) -> None:
        self.start = start
        self.number = folder.next_number()
        self._sample_rate = sample_rate
        self._newest = start
        self._longest = 0
        sound, video = folder.make_parts(self.number)
        self.sound = SoundWriter(sound, sample_rate)
        try:
            height, width = image.shape[:2]
            self._picture = PictureWriter(video, width, height)
            self._picture.write(image, 0.0)
        except RecordingError:
            self.sound.close()
            folder.discard(self.number)
            raise

    def show(self, position: int, image: Image) -> None:
        """Append an image taken at a position after the start. Raises RecordingError when the disk is full or gone."""
        self._longest = max(self._longest, position - self._newest)
        self._newest = position
        self._picture.write(image, (position - self.start) / self._sample_rate)

    def standstill(self, end: int) -> int:
        """Samples of the longest time without a new image."""
        return max(self._longest, end - self._newest)

    def close(self) -> None:
        """Complete both files. Raises RecordingError when the disk is full or gone."""
        try:
            self._picture.close()
        finally:
            self.sound.close()
