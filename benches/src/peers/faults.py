"""The trouble of benches/src/faults.rs for CPython: faults.py CASE; prints how the call ended."""

import signal
import socket
import struct
import sys
import threading
import time

SHORT, LONG, TINY = 0.05, 1, 0.0019
CASE = sys.argv[1]


def timed(call):
    start = time.monotonic()
    try:
        call()
        end = "no error"
    except TimeoutError:
        end = "timeout"
    except BrokenPipeError:
        end = "EPIPE"
    elapsed = time.monotonic() - start
    # At its exit Python takes its handlers away, and a signal would kill it.
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(f"{end}, {elapsed * 1e3:.1f} ms")


def storm():
    left = 1000

    def caught(*_):
        nonlocal left
        left -= 1
        if not left:
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, caught)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)


def each(peer, act):
    def until_the_end():
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            try:
                act()
            except OSError:
                pass
            time.sleep(0.005)
        peer.close()

    threading.Thread(target=until_the_end, daemon=True).start()


def connect():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for caller in waiting:
        caller.setblocking(False)
        caller.connect_ex(server.getsockname())
    caller = socket.socket()
    caller.settimeout(TINY)
    timed(lambda: caller.connect(server.getsockname()))


def accept():
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(SHORT)
    storm()
    timed(server.accept)


def talk():
    server = socket.create_server(("127.0.0.1", 0))
    caller = socket.create_connection(server.getsockname())
    peer, _ = server.accept()
    caller.settimeout(LONG if CASE == "recv-long" else SHORT)
    if CASE.endswith("signals"):
        storm()
    if CASE.startswith("recv"):
        timed(lambda: caller.recv(1))
    elif CASE.startswith("line"):
        if CASE == "line-slow":
            each(peer, lambda: peer.send(b"x"))
        timed(caller.makefile("rb").readline)
    elif CASE == "sendall-slow":
        each(peer, lambda: peer.recv(32 << 10))
        data = bytes(32 << 20)
        timed(lambda: caller.sendall(data))
    elif CASE == "sigpipe":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        try:
            caller.recv(1)
        except ConnectionResetError:
            pass
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        timed(lambda: caller.sendmsg([b"x", b"y"]))


{"connect": connect, "accept-signals": accept}.get(CASE, talk)()
