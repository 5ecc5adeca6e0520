"""Two plugins for Earsight: one in plain Python, one inside the audio callback."""
