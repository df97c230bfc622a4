"""Runs one of the lesson's programs, unchanged, with its fixed port moved to another.

usage: run_lesson.py PROGRAM PORT

The programs use ports 8001 and 8002, which may be taken, and tests run side by side. A network
namespace for each would do without this file, but many machines do not let users make one. With
port 0 the system chooses, and a server says on standard error which, as ours do.
"""

import runpy
import socket
import sys

program, port = sys.argv[1], int(sys.argv[2])
bind, listen = socket.socket.bind, socket.socket.listen
connect, sendto = socket.socket.connect, socket.socket.sendto


def moved(address):
    return (address[0], port) if address[1] in (8001, 8002) else address


def announce(self):
    print("listening on %s:%d" % self.getsockname(), file=sys.stderr, flush=True)


def moved_bind(self, address):
    bind(self, moved(address))
    if self.type == socket.SOCK_DGRAM:
        announce(self)


def announced_listen(self, backlog):
    listen(self, backlog)
    announce(self)


socket.socket.bind = moved_bind
socket.socket.listen = announced_listen
socket.socket.connect = lambda self, address: connect(self, moved(address))
socket.socket.sendto = lambda self, data, address: sendto(self, data, moved(address))

runpy.run_path(program, run_name="__main__")
