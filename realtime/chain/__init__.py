"""The chain of plugins: as a value (`plan`), as what the callback walks (`rack`), and the edits between the two."""
