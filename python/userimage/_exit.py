"""The calls that the interpreter's end waits for; see the module's `exit.rs`."""

from __future__ import annotations

import atexit
import os

from userimage._userimage import Calls

calls = Calls()
atexit.register(calls.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=calls.forked)
