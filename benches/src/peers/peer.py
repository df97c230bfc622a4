"""The rows in CPython: peer.py ROW TIMED, then a number of operations on each line of standard
input; answers with the nanoseconds they took."""

import os
import socket
import sys
import tempfile
import threading
import time

LINE = b"a line of 24 bytes, yes\n"
CORES = sorted(os.sched_getaffinity(0))


def stay_on(core):
    if core < len(CORES):
        os.sched_setaffinity(0, {CORES[core]})


def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    caller = socket.create_connection(listener.getsockname())
    conn, _ = listener.accept()
    listener.close()
    return caller, conn


def fill(sock, view):
    got = 0
    while got < len(view):
        more = sock.recv_into(view[got:])
        if not more:
            return False
        got += more
    return True


def echo(size, n, core=1):
    a, b = pair()

    def serve():
        stay_on(core)
        view = memoryview(bytearray(size))
        while fill(b, view):
            b.sendall(view)
        b.close()

    thread = threading.Thread(target=serve)
    thread.start()
    stay_on(0)
    data, view = bytes(size), memoryview(bytearray(size))
    start = time.perf_counter_ns()
    for _ in range(n):
        a.sendall(data)
        fill(a, view)
    taken = time.perf_counter_ns() - start
    a.close()
    thread.join()
    return taken


def st64(n):
    a, b = pair()
    data, buffer = bytes(64), bytearray(64)
    with a, b:
        start = time.perf_counter_ns()
        for _ in range(n):
            a.send(data)
            b.recv_into(buffer)
            b.send(data)
            a.recv_into(buffer)
        return time.perf_counter_ns() - start


def udp(n):
    with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(type=socket.SOCK_DGRAM) as b:
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        to = b.getsockname()
        data, buffer = bytes(64), bytearray(64)
        start = time.perf_counter_ns()
        for _ in range(n):
            a.sendto(data, to)
            _, sender = b.recvfrom_into(buffer)
            b.sendto(data, sender)
            a.recvfrom_into(buffer)
        return time.perf_counter_ns() - start


def connect(n, talk=lambda caller, conn: None):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        to = listener.getsockname()
        start = time.perf_counter_ns()
        for _ in range(n):
            caller = socket.socket()
            caller.connect(to)
            conn, _ = listener.accept()
            talk(caller, conn)
            caller.close()
            conn.close()
        return time.perf_counter_ns() - start


def lesson(n):
    data, buffer = bytes(64), bytearray(64)

    def talk(caller, conn):
        caller.send(data)
        conn.recv_into(buffer)
        conn.send(data)
        caller.recv_into(buffer)

    return connect(n, talk)


def fresh(size, n):
    a, b = pair()
    data = bytes(64)
    with a, b:
        start = time.perf_counter_ns()
        for _ in range(n):
            a.send(data)
            b.recv(size)
        return time.perf_counter_ns() - start


def to_reader(n, send):
    a, b = pair()

    def read():
        buffer = bytearray(64 << 10)
        while b.recv_into(buffer):
            pass
        b.close()

    thread = threading.Thread(target=read)
    thread.start()
    start = time.perf_counter_ns()
    for _ in range(n):
        send(a)
    a.close()
    thread.join()
    return time.perf_counter_ns() - start


def bulk(size, n):
    # Not zeros: the kernel would copy one page of them again and again.
    data = b"\1" * size
    return to_reader(n, lambda sock: sock.sendall(data))


def parts(n, joined):
    a, b = pair()
    four = [b"\1" * 256] * 4
    view = memoryview(bytearray(1024))
    with a, b:
        start = time.perf_counter_ns()
        for _ in range(n):
            if joined:
                a.sendall(b"".join(four))
            else:
                a.sendmsg(four)
            fill(b, view)
        return time.perf_counter_ns() - start


def passing(n):
    a, b = socket.socketpair()
    with a, b, tempfile.TemporaryFile() as f:
        start = time.perf_counter_ns()
        for _ in range(n):
            socket.send_fds(a, [b"x"], [f.fileno()])
            os.close(socket.recv_fds(b, 1, 1)[1][0])
        return time.perf_counter_ns() - start


def file(size, n):
    with tempfile.TemporaryFile() as f:
        for _ in range(size >> 20):
            f.write(b"\1" * (1 << 20))
        f.flush()
        return to_reader(n, lambda sock: sock.sendfile(f, 0))


def lines(mode, n):
    a, b = pair()

    def write():
        many = LINE * 1000
        for _ in range(n // 1000):
            a.sendall(many)
        a.sendall(LINE * (n % 1000))
        a.close()

    thread = threading.Thread(target=write)
    thread.start()
    start = time.perf_counter_ns()
    with b, b.makefile(mode, encoding=None if "b" in mode else "utf-8") as f:
        count = sum(1 for _ in f)
    taken = time.perf_counter_ns() - start
    thread.join()
    assert count == n
    return taken


ROWS = {
    "echo1": lambda n: echo(1, n),
    "echo64": lambda n: echo(64, n),
    "echo1k": lambda n: echo(1024, n),
    "echo64-one": lambda n: echo(64, n, 0),
    "st64": st64,
    "udp": udp,
    "connect": connect,
    "lesson": lesson,
    "recv4k": lambda n: fresh(4 << 10, n),
    "recv64k": lambda n: fresh(64 << 10, n),
    "bulk64k": lambda n: bulk(64 << 10, n),
    "bulk1m": lambda n: bulk(1 << 20, n),
    "gather": lambda n: parts(n, False),
    "joined": lambda n: parts(n, True),
    "pass": passing,
    "file": lambda n: file(1 << 20, n),
    "file64m": lambda n: file(64 << 20, n),
    "lines": lambda n: lines("rb", n),
    "lines-str": lambda n: lines("r", n),
    # A str of Python is its own.
    "lines-owned": lambda n: lines("r", n),
}

row = ROWS[sys.argv[1]]
if sys.argv[2] == "timed":
    socket.setdefaulttimeout(30)
for line in sys.stdin:
    print(row(int(line)), flush=True)
