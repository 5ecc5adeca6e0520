"""Native plugins: LADSPA, CLAP and VST3 files, found, described in a process of their own, and run.

`scan` finds and opens them, `kinds` is the table of what there is to find, and `described` what is known of a plugin
that is not open. `ladspa` and `clap` run inside the callback, `vst3` beside it.
"""
