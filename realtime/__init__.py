"""The host: a microphone and a camera, or a clip, to binaural sound, in real time or as fast as it goes. No torch.

Start with `host` (live) and `render` (offline), which put the parts together; `cli` is the program. `settings`, `stats`
and `errors` are the values that go in and come out.
"""
