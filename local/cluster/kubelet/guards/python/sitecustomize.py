"""Loaded into every Python process of a pod (PYTHONPATH). A socket that is bound to all addresses of the machine
answers on its loopback interface alone: the pod's address and 127.0.0.1 reach it, and the machine's network does not.
One that names the container's port gets the port of this machine that stands for it: pods share one network here."""

import importlib.util
import os
import socket
import sys

_ALL = {"", "0.0.0.0", "::"}
_bind = socket.socket.bind


def _bind_loopback(self, address):
    if (
        self.family in (socket.AF_INET, socket.AF_INET6)
        and self.type & 0xF == socket.SOCK_STREAM
        and isinstance(address, tuple)
        and address[0] in _ALL
    ):
        try:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        except OSError:
            pass
        if str(address[1]) == os.environ.get("GANTRY_POD_PORT"):
            address = (address[0], int(os.environ["PORT"]), *address[2:])
    return _bind(self, address)


if hasattr(socket, "SO_BINDTODEVICE"):
    socket.socket.bind = _bind_loopback

# The environment's own sitecustomize, which this file stands in front of.
_own = os.path.dirname(os.path.abspath(__file__))
for _folder in [each for each in sys.path if os.path.abspath(each) != _own]:
    _file = os.path.join(_folder, "sitecustomize.py")
    if os.path.isfile(_file):
        _spec = importlib.util.spec_from_file_location("sitecustomize", _file)
        _module = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(_module)
        break
