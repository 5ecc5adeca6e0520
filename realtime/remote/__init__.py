"""Remote control of a running host, off unless asked for: OSC over the network, MIDI controllers.

control: one number of the chain, its address and its knob's way. wire: OSC packets over UDP. message: one that
was sent. gate: who may send. osc: the address space. transport: its commands for clips.
subscribers: what is told to whom how often. bindings and midi: controllers. remote: all of it behind one `poll`, which
the owner of the host calls now and then.

Nothing here has a thread: what comes in waits with the operating system until the host's own thread asks for it.
"""
