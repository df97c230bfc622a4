"""Runs the scripts of a file with Python's socket module and prints what each call gave.

python3 run.py scripts/1-creation.txt

The language is described in scripts/README.md; run.rs does the same with the crate.
"""

import errno
import io
import os
import re
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

from messages import Message, Messages
from names import Names, Shown as Word

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\*(\d+))?|(\S+)')
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.S)
PLAIN = {b"n": b"\n", b"r": b"\r", b"0": b"\0", b"t": b"\t"}
DIR = tempfile.mkdtemp()
PID = str(os.getpid())


class Text(bytes):
    """A token in quotes."""


class BadScript(Exception):
    pass


def unescape(match):
    escape = match[1]
    if escape[:1] == b"x":
        return bytes([int(escape[1:], 16)])
    return PLAIN.get(escape, escape)


def tokens(text):
    for quoted, times, word in TOKEN.findall(text):
        if word:
            yield word
        else:
            quoted = quoted.replace("$dir", DIR).replace("$pid", PID)
            yield Text(ESCAPE.sub(unescape, quoted.encode()) * int(times or 1))


class Call:
    def __init__(self, text):
        self.background = self.after = self.timed = None
        if go := re.match(r"go (\w+)(?: after (\d+))?: ", text):
            self.background, self.after = go[1], int(go[2] or 0)
            text = text[go.end():]
        if timed := re.match(r"timed (\d+): ", text):
            self.timed = int(timed[1]) / 1000
            text = text[timed.end():]
        self.targets = []
        if targets := re.match(r"([\w, ]+) = ", text):
            self.targets = targets[1].split(", ")
            text = text[targets.end():]
        verb, *arguments = tokens(text)
        self.object, _, self.verb = verb.rpartition(".")
        self.keys, self.args = {}, []
        for argument in arguments:
            if not isinstance(argument, Text) and "=" in argument:
                key, _, value = argument.partition("=")
                self.keys[key] = value
            else:
                self.args.append(argument)


# What calls give, beside plain Python values.


class Made(list):
    """New objects, and the address that came with them."""

    address = message = None


class From:
    def __init__(self, data, address):
        self.data, self.address = data, address


class Address:
    def __init__(self, address):
        self.address = address


class Code(int):
    """An errno."""


def shown_bytes(data):
    if len(data) > 64:
        if len(set(data)) == 1:
            return f"{len(data)} times " + shown_bytes(data[:1])
        return f"{len(data)} sum {sum((i + 1) * b for i, b in enumerate(data)) % 2**32}"
    plain = (chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in data)
    return '"' + "".join(plain) + '"'


def plain_host(host):
    """An IPv4 host within IPv6 as IPv4."""
    return host.removeprefix("::ffff:")


def number(value):
    return f"{value:.9f}".rstrip("0").rstrip(".")


def code_name(code):
    # Python has two names for some numbers.
    return {0: "0", 95: "EOPNOTSUPP"}.get(code) or errno.errorcode.get(code, str(code))


# EAI_ADDRFAMILY and its like, by number.
EAI = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}


def shown_error(error):
    if isinstance(error, ExceptionGroup):
        return "error all " + ", ".join(shown_error(one)[6:] for one in error.exceptions)
    if isinstance(error, socket.gaierror):
        return "error " + EAI.get(error.errno, str(error.errno))
    if isinstance(error, socket.herror):
        return "error herror"
    if isinstance(error, OSError) and error.errno is None and "not found" in str(error):
        return "error unresolved"
    if isinstance(error, UnicodeDecodeError):
        return "error not-utf8"
    if isinstance(error, OSError) and error.errno is not None:
        return "error " + code_name(error.errno)
    if isinstance(error, TimeoutError):
        return "error timeout"
    if "timed out object" in str(error):
        return "error timed-out-file"
    if isinstance(error, (OSError, ValueError, TypeError, OverflowError)):
        return "error bad-input"
    raise error


# Options: where they are, and how their values look.

SOL, IP, IP6, TCP = socket.SOL_SOCKET, socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.IPPROTO_TCP


def packed(form, back, forth):
    return {
        "get": lambda s, level, name: back(*struct.unpack(form, s.getsockopt(level, name, struct.calcsize(form)))),
        "set": lambda s, level, name, *values: s.setsockopt(level, name, struct.pack(form, *forth(*values))),
    }


def plain(back, forth):
    return {
        "get": lambda s, level, name: back(s.getsockopt(level, name)),
        "set": lambda s, level, name, *values: s.setsockopt(level, name, forth(*values)),
    }


def seconds(text):
    return None if text == "none" else float(text)


def whole_and_part(text):
    value = seconds(text) or 0
    return int(value), round(value % 1 * 1e6)


BOOL = plain(lambda got: bool(got), lambda given: {"true": 1, "false": 0}[given])
INT = plain(lambda got: got, int)
SECONDS = plain(float, int)
CODE = plain(Code, None)
KIND = plain(lambda got: Word(socket.SocketKind(got).name), None)
FAMILY = plain(lambda got: Word(socket.AddressFamily(got).name), None)
LINGER = packed("ii", lambda on, secs: float(secs) if on else None, lambda text: (text != "none", int(seconds(text) or 0)))
TIMEVAL = packed("ll", lambda s, us: s + us / 1e6 or None, whole_and_part)
HOST = packed("4s", lambda got: Word(socket.inet_ntoa(got)), lambda text: (socket.inet_aton(text.decode()),))
NAME = {
    "get": lambda s, level, name: Word(s.getsockopt(level, name, 16).split(b"\0")[0].decode()),
    "set": lambda s, level, name, text: s.setsockopt(level, name, bytes(text)),
}
SECONDS_OR_NONE = packed("i", lambda got: float(got) if got >= 0 else None, lambda text: (-1 if text == "none" else int(text),))
MICROS = plain(lambda got: got / 1e6, lambda text: round(float(text) * 1e6))
OFFSET = plain(lambda got: Word("none" if got < 0 else got), lambda text: -1 if text == "none" else int(text))
KEY = {"set": lambda s, level, name, text: s.setsockopt(level, name, bytes(text))}
CREDENTIALS = packed("iII", lambda pid, uid, gid: Word(f"{'own' if pid == os.getpid() else pid} {uid} {gid}"), None)
SENDER = packed("4s4s4s", None, lambda *hosts: [socket.inet_aton(host.decode()) for host in hosts])
COOKIE = packed("Q", lambda got: Word("a cookie" if got else "none"), None)
STATES = "? Established SynSent SynRecv FinWait1 FinWait2 TimeWait Close CloseWait LastAck Listen Closing".split()
CA_STATES = "Open Disorder Cwr Recovery Loss".split()
TCP_INFO = packed(
    "8B24I",
    lambda *got: Word(
        f"{STATES[got[0]]} {CA_STATES[got[1]]} retransmits {got[2]} mss {got[10]} {got[11]} unacked {got[12]} sacked {got[13]} "
        f"pmtu {got[21]} ssthresh {'none' if got[25] >= 0x7FFFFFFF else got[25]} cwnd {got[26]} advmss {got[27]} "
        f"reordering {got[28]} retrans {got[31]}"
    ),
    None,
)
MTU = packed("28xI", lambda mtu: mtu, None)
GROUP = packed("4s4s", None, lambda group, card: (socket.inet_aton(group.decode()), socket.inet_aton(card.decode())))
GROUP6 = packed("16si", None, lambda group, card: (socket.inet_pton(socket.AF_INET6, group.decode()), int(card)))

OPTIONS = {
    "SO_ACCEPTCONN": (SOL, 30, BOOL), "SO_BROADCAST": (SOL, 6, BOOL), "SO_DOMAIN": (SOL, 39, FAMILY),
    "SO_ERROR": (SOL, 4, CODE), "SO_KEEPALIVE": (SOL, 9, BOOL), "SO_LINGER": (SOL, 13, LINGER),
    "SO_OOBINLINE": (SOL, 10, BOOL), "SO_PASSCRED": (SOL, 16, BOOL), "SO_PRIORITY": (SOL, 12, INT),
    "SO_PROTOCOL": (SOL, 38, INT), "SO_RCVBUF": (SOL, 8, INT), "SO_RCVTIMEO": (SOL, 20, TIMEVAL),
    "SO_REUSEADDR": (SOL, 2, BOOL), "SO_REUSEPORT": (SOL, 15, BOOL), "SO_SNDBUF": (SOL, 7, INT),
    "SO_SNDTIMEO": (SOL, 21, TIMEVAL), "SO_TYPE": (SOL, 3, KIND), "SO_BINDTODEVICE": (SOL, 25, NAME),
    "SO_MARK": (SOL, 36, INT), "SO_INCOMING_CPU": (SOL, 49, INT),
    "IP_ADD_MEMBERSHIP": (IP, 35, GROUP), "IP_DROP_MEMBERSHIP": (IP, 36, GROUP), "IP_FREEBIND": (IP, 15, BOOL),
    "IP_MTU": (IP, 14, INT), "IP_MTU_DISCOVER": (IP, 10, INT), "IP_MULTICAST_ALL": (IP, 49, BOOL),
    "IP_MULTICAST_IF": (IP, 32, HOST), "IP_MULTICAST_LOOP": (IP, 34, BOOL), "IP_MULTICAST_TTL": (IP, 33, INT),
    "IP_RECVTOS": (IP, 13, BOOL), "IP_TOS": (IP, 1, INT), "IP_TRANSPARENT": (IP, 19, BOOL), "IP_TTL": (IP, 2, INT),
    "IPV6_JOIN_GROUP": (IP6, 20, GROUP6), "IPV6_LEAVE_GROUP": (IP6, 21, GROUP6),
    "IPV6_FREEBIND": (IP6, 78, BOOL), "IPV6_MULTICAST_HOPS": (IP6, 18, INT), "IPV6_MULTICAST_IF": (IP6, 17, INT),
    "IPV6_MULTICAST_LOOP": (IP6, 19, BOOL), "IPV6_RECVTCLASS": (IP6, 66, BOOL), "IPV6_TCLASS": (IP6, 67, INT),
    "IPV6_UNICAST_HOPS": (IP6, 16, INT), "IPV6_V6ONLY": (IP6, 26, BOOL),
    "TCP_CONGESTION": (TCP, 13, NAME), "TCP_CORK": (TCP, 3, BOOL), "TCP_KEEPCNT": (TCP, 6, INT),
    "TCP_KEEPIDLE": (TCP, 4, SECONDS), "TCP_KEEPINTVL": (TCP, 5, SECONDS), "TCP_NODELAY": (TCP, 1, BOOL),
    "TCP_NOTSENT_LOWAT": (TCP, 25, INT), "TCP_QUICKACK": (TCP, 12, BOOL), "TCP_USER_TIMEOUT": (TCP, 18, INT),
    "SO_BINDTOIFINDEX": (SOL, 62, INT), "SO_BUSY_POLL": (SOL, 46, INT), "SO_COOKIE": (SOL, 57, COOKIE),
    "SO_DEBUG": (SOL, 1, BOOL), "SO_DONTROUTE": (SOL, 5, BOOL), "SO_PASSSEC": (SOL, 34, BOOL),
    "SO_PEERCRED": (SOL, 17, CREDENTIALS), "SO_RCVLOWAT": (SOL, 18, INT), "SO_RXQ_OVFL": (SOL, 40, BOOL),
    "SO_SNDLOWAT": (SOL, 19, INT), "SO_TIMESTAMP": (SOL, 29, BOOL), "SO_TIMESTAMPNS": (SOL, 35, BOOL),
    "IP_ADD_SOURCE_MEMBERSHIP": (IP, 39, SENDER), "IP_BIND_ADDRESS_NO_PORT": (IP, 24, BOOL),
    "IP_BLOCK_SOURCE": (IP, 38, SENDER), "IP_DROP_SOURCE_MEMBERSHIP": (IP, 40, SENDER), "IP_HDRINCL": (IP, 3, BOOL),
    "IP_PKTINFO": (IP, 8, BOOL), "IP_RECVERR": (IP, 11, BOOL), "IP_RECVOPTS": (IP, 6, BOOL), "IP_RECVTTL": (IP, 12, BOOL),
    "IP_RETOPTS": (IP, 7, BOOL), "IP_UNBLOCK_SOURCE": (IP, 37, SENDER),
    "IPV6_CHECKSUM": (IP6, 7, OFFSET), "IPV6_DONTFRAG": (IP6, 62, BOOL), "IPV6_MTU": (IP6, 24, INT),
    "IPV6_MTU_DISCOVER": (IP6, 23, INT), "IPV6_MULTICAST_ALL": (IP6, 29, BOOL), "IPV6_PATHMTU": (IP6, 61, MTU),
    "IPV6_RECVDSTOPTS": (IP6, 58, BOOL), "IPV6_RECVERR": (IP6, 25, BOOL), "IPV6_RECVHOPLIMIT": (IP6, 51, BOOL),
    "IPV6_RECVHOPOPTS": (IP6, 53, BOOL), "IPV6_RECVPATHMTU": (IP6, 60, BOOL), "IPV6_RECVPKTINFO": (IP6, 49, BOOL),
    "IPV6_RECVRTHDR": (IP6, 56, BOOL), "IPV6_TRANSPARENT": (IP6, 75, BOOL),
    "TCP_DEFER_ACCEPT": (TCP, 9, SECONDS), "TCP_FASTOPEN": (TCP, 23, INT), "TCP_FASTOPEN_CONNECT": (TCP, 30, BOOL),
    "TCP_FASTOPEN_KEY": (TCP, 33, KEY), "TCP_FASTOPEN_NO_COOKIE": (TCP, 34, BOOL), "TCP_INFO": (TCP, 11, TCP_INFO),
    "TCP_INQ": (TCP, 36, BOOL), "TCP_LINGER2": (TCP, 8, SECONDS_OR_NONE), "TCP_MAXSEG": (TCP, 2, INT),
    "TCP_QUEUE_SEQ": (TCP, 21, INT), "TCP_REPAIR": (TCP, 19, BOOL), "TCP_REPAIR_QUEUE": (TCP, 20, INT),
    "TCP_SYNCNT": (TCP, 7, INT), "TCP_THIN_LINEAR_TIMEOUTS": (TCP, 16, BOOL), "TCP_TIMESTAMP": (TCP, 24, INT),
    "TCP_TX_DELAY": (TCP, 37, MICROS), "TCP_ULP": (TCP, 31, NAME), "TCP_WINDOW_CLAMP": (TCP, 10, INT),
    "UDP_GRO": (socket.SOL_UDP, 104, BOOL), "UDP_SEGMENT": (socket.SOL_UDP, 103, INT),
}


class Storm:
    """SIGALRM every millisecond, until it is called off or spent."""

    left = signals = 0

    @classmethod
    def on(cls, many):
        cls.left = many

        def handler(*_):
            cls.signals += 1
            cls.left -= 1
            if cls.left <= 0:
                signal.setitimer(signal.ITIMER_REAL, 0)

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

    @classmethod
    def off(cls):
        signal.setitimer(signal.ITIMER_REAL, 0)
        return Word("the storm was on to the end" if cls.left > 0 else "the storm had spent itself")


NEWLINES = {"universal": None, "untranslated": "", "lf": "\n", "cr": "\r", "crlf": "\r\n"}
READY = {"in": select.POLLIN, "out": select.POLLOUT, "pri": select.POLLPRI}


class World(Messages, Names):
    @staticmethod
    def quoted(text):
        return shown_bytes(text.encode())

    @staticmethod
    def quoted_bytes(data):
        return shown_bytes(bytes(data))

    def __init__(self):
        self.names, self.closed, self.waiting = {}, [], {}

    # Arguments.

    def port(self, word):
        return self.names[word[1:]].getsockname()[1] if word.startswith("@") else int(word)

    def address(self, args, sock=None):
        if isinstance(args[0], Text):
            if sock is not None and sock.family == socket.AF_UNIX:
                # An abstract name is bytes, a path is either.
                address = bytes(args[0])
                return address if len(args) == 1 else (address, 0)
            if len(args) == 1:
                host, _, port = args[0].decode().rpartition(":")
                return host, int(port)
            host = args[0].decode()
            return (host, self.port(args[1]), *map(int, args[2:]))
        return self.names[args[0][1:]].getsockname()

    @staticmethod
    def flags(call):
        names = call.keys.get("flags", "").split("|")
        return sum(getattr(socket, "MSG_" + name) for name in names if name)

    # Calls.

    def run(self, call):
        if call.object:
            thing = self.names[call.object]
            prefix = "socket_" if isinstance(thing, socket.socket) else "file_"
            return getattr(self, prefix + call.verb)(thing, call)
        return getattr(self, "do_" + call.verb)(call)

    @staticmethod
    def made(*things, address=None):
        made = Made(things)
        made.address = address
        return made

    def do_tcp(self, call):
        return self.made(socket.socket())

    def do_udp(self, call):
        return self.made(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def do_socket(self, call):
        family, kind, *proto = call.args
        family = int(family) if family.isdigit() else getattr(socket, "AF_" + family)
        kind = sum(getattr(socket, "SOCK_" + flag) for flag in kind.split("|"))
        return self.made(socket.socket(family, kind, *map(int, proto)))

    def do_socketpair(self, call):
        if not call.args:
            return self.made(*socket.socketpair())
        family, kind = call.args
        return self.made(*socket.socketpair(getattr(socket, "AF_" + family), getattr(socket, "SOCK_" + kind)))

    def do_adopt(self, call):
        return self.made(socket.socket(fileno=self.names[call.args[0]].detach()))

    def do_adopt_file(self, call):
        with open("/dev/null") as file:
            return self.made(socket.socket(fileno=file.fileno()))

    def do_fromfd(self, call):
        name, family, kind = call.args
        family, kind = getattr(socket, "AF_" + family), getattr(socket, "SOCK_" + kind)
        return self.made(socket.fromfd(self.names[name].fileno(), family, kind))

    def do_create_server(self, call):
        keys = {}
        if "family" in call.keys:
            keys["family"] = getattr(socket, "AF_" + call.keys["family"])
        if "backlog" in call.keys:
            keys["backlog"] = int(call.keys["backlog"])
        for key in "reuse_port", "dualstack_ipv6":
            if key in call.keys:
                keys[key] = call.keys[key] == "true"
        return self.made(socket.create_server(self.address(call.args), **keys))

    def do_create_connection(self, call):
        keys = {}
        if "timeout" in call.keys:
            keys["timeout"] = seconds(call.keys["timeout"])
        if "source" in call.keys:
            keys["source_address"] = (call.keys["source"], 0)
        if "all_errors" in call.keys:
            keys["all_errors"] = True
        return self.made(socket.create_connection(self.address(call.args), **keys))

    def do_setdefaulttimeout(self, call):
        socket.setdefaulttimeout(seconds(call.args[0]))

    def do_getdefaulttimeout(self, call):
        return [socket.getdefaulttimeout()]

    def do_has_dualstack_ipv6(self, call):
        return socket.has_dualstack_ipv6()

    def do_storm(self, call):
        return Storm.on(int(call.args[1])) if call.args[0] == "on" else Storm.off()

    def socket_family(self, s, call):
        return Word(s.family.name)

    def socket_kind(self, s, call):
        return Word(s.type.name)

    def socket_proto(self, s, call):
        return s.proto

    def socket_nonblock(self, s, call):
        return not os.get_blocking(s.fileno())

    def socket_get_inheritable(self, s, call):
        return s.get_inheritable()

    def socket_set_inheritable(self, s, call):
        return s.set_inheritable(call.args[0] == "true")

    def socket_dup(self, s, call):
        return self.made(s.dup())

    def socket_bind(self, s, call):
        return s.bind(self.address(call.args, s))

    def socket_listen(self, s, call):
        return s.listen(*map(int, call.args))

    def socket_accept(self, s, call):
        conn, address = s.accept()
        return self.made(conn, address=Address(address))

    def socket_connect(self, s, call):
        return s.connect(self.address(call.args, s))

    def socket_connect_ex(self, s, call):
        return Code(s.connect_ex(self.address(call.args, s)))

    def socket_recv(self, s, call):
        return s.recv(int(call.args[0]), self.flags(call))

    def socket_recv_into(self, s, call):
        buffer = bytearray(int(call.args[0]))
        got = s.recv_into(buffer, 0, self.flags(call))
        return Word(f"int {got} {shown_bytes(buffer)}")

    def socket_recvfrom(self, s, call):
        return From(*s.recvfrom(int(call.args[0]), self.flags(call)))

    def socket_recvfrom_into(self, s, call):
        buffer = bytearray(int(call.args[0]))
        got, address = s.recvfrom_into(buffer, 0, self.flags(call))
        return From(bytes(buffer[:got]), address)

    def socket_send(self, s, call):
        return s.send(call.args[0], self.flags(call))

    def socket_sendall(self, s, call):
        return s.sendall(call.args[0], self.flags(call))

    def socket_sendto(self, s, call):
        return s.sendto(call.args[0], self.flags(call), self.address(call.args[1:], s))

    def socket_getpeername(self, s, call):
        return Address(s.getpeername())

    def socket_getsockname(self, s, call):
        return Address(s.getsockname())

    def socket_getsockopt(self, s, call):
        level, name, codec = OPTIONS[call.args[0]]
        got = codec["get"](s, level, name)
        return [got] if got is None or isinstance(got, float) else got

    def socket_setsockopt(self, s, call):
        level, name, codec = OPTIONS[call.args[0]]
        return codec["set"](s, level, name, *call.args[1:])

    def socket_shutdown(self, s, call):
        return s.shutdown(getattr(socket, "SHUT_" + call.args[0]))

    def socket_close(self, s, call):
        for name, thing in self.names.items():
            if thing is s and s.fileno() != -1 and s.family != socket.AF_UNIX:
                self.closed.append((name, s.type, *s.getsockname()[:2]))
        return s.close()

    def socket_setblocking(self, s, call):
        return s.setblocking(call.args[0] == "true")

    def socket_getblocking(self, s, call):
        return s.getblocking()

    def socket_settimeout(self, s, call):
        return s.settimeout(seconds(call.args[0]))

    def socket_gettimeout(self, s, call):
        return [s.gettimeout()]

    def socket_ready(self, s, call):
        poll = select.poll()
        poll.register(s, READY[call.args[0]])
        poll.poll()

    def socket_dribble(self, s, call):
        """Receives a little at a time, slowly, to the end."""
        while s.recv(int(call.args[0])):
            time.sleep(0.002)

    def socket_makefile(self, s, call):
        keys = {}
        if "buffering" in call.keys:
            keys["buffering"] = int(call.keys["buffering"])
        if "errors" in call.keys:
            keys["errors"] = call.keys["errors"]
        mode = call.args[0]
        if "b" not in mode:
            keys["encoding"] = "utf-8"
            keys["newline"] = NEWLINES[call.keys.get("newline", "universal")]
        return self.made(s.makefile(mode, **keys))

    def file_read(self, f, call):
        return f.read(*map(int, call.args))

    def file_read1(self, f, call):
        return f.read1(int(call.args[0]))

    def file_readline(self, f, call):
        return f.readline(*map(int, call.args))

    def file_lines(self, f, call):
        lines = (line if isinstance(line, bytes) else line.encode() for line in f)
        return Word("lines " + " ".join(map(shown_bytes, lines)))

    def file_write(self, f, call):
        if isinstance(f, io.TextIOBase):
            # It takes all or raises: the crate gives no count.
            return f.write(call.args[0].decode()) and None
        return f.write(call.args[0])

    def file_flush(self, f, call):
        return f.flush()

    def file_close(self, f, call):
        return f.close()

    # Outcomes.

    def shown_address(self, address, kind):
        if address is None or address in ("", b""):
            return "unnamed"
        if isinstance(address, str):
            return "path " + shown_bytes(address.replace(DIR, "$dir").encode())
        if isinstance(address, bytes):
            # The kernel chooses five digits for a name that is left to it.
            if re.fullmatch(rb"\0[0-9a-f]{5}", address):
                return "abstract chosen"
            return "abstract " + shown_bytes(address[1:].replace(PID.encode(), b"$pid"))
        host, port, *rest = address
        if port:
            port = "<" + self.owner(kind, host, port) + ">"
        if rest:
            return f"[{host}]:{port} {rest[0]} {rest[1]}"
        return f"{host}:{port}"

    def owner(self, kind, host, port):
        """The name of the socket that has the port, or had it."""
        owners = [
            (name, thing.type, *thing.getsockname()[:2])
            for name, thing in self.names.items()
            if isinstance(thing, socket.socket) and thing.fileno() != -1 and thing.family != socket.AF_UNIX
        ]
        owners = [owner for owner in owners + self.closed if owner[1] == kind and owner[3] == port]
        # IPv4 and IPv6 have the same ports, so the host counts; it may be bound to any, though.
        same = [owner for owner in owners if plain_host(owner[2]) == plain_host(host)]
        return (same or owners or ["?"])[0][0]

    def shown(self, call, value):
        kind = None
        if call.object and isinstance(self.names[call.object], socket.socket):
            kind = self.names[call.object].type
        if isinstance(value, Made) and value.message:
            value = value.message
        if isinstance(value, Message):
            return f"{value.text} from {self.shown_address(value.address, kind)}"
        if isinstance(value, Made):
            address = value.address
            return "ok" + (f" from {self.shown_address(address.address, kind)}" if address else "")
        if isinstance(value, Address):
            return "address " + self.shown_address(value.address, kind)
        if isinstance(value, From):
            return f"bytes {shown_bytes(value.data)} from {self.shown_address(value.address, kind)}"
        if isinstance(value, Code):
            return "errno " + code_name(value)
        if isinstance(value, Word):
            return str(value)
        if isinstance(value, list):
            return "seconds " + ("none" if value[0] is None else number(value[0]))
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return f"int {value}"
        if isinstance(value, bytes):
            return "bytes " + shown_bytes(value)
        if isinstance(value, str):
            return "text " + shown_bytes(value.encode())
        if value is None:
            return "none" if call.verb.startswith("read") and call.verb != "ready" else "ok"
        raise BadScript(f"what is {value!r}?")

    def attempt(self, call):
        """The call's value or error, and whether it came before its time."""
        while call.after and Storm.signals < call.after:
            time.sleep(0.001)
        start = time.monotonic()
        try:
            outcome = self.run(call)
        except (OSError, ValueError, TypeError, OverflowError, ExceptionGroup) as error:
            outcome = error
        early = call.timed and time.monotonic() - start < call.timed
        return outcome, early

    def finish(self, call, outcome, early):
        if isinstance(outcome, Exception):
            text = shown_error(outcome)
        else:
            if isinstance(outcome, Made):
                if len(call.targets) not in (0, len(outcome)):
                    raise BadScript("as many names as there are new objects")
                for name, thing in zip(call.targets, outcome):
                    self.names[name] = thing
            text = self.shown(call, outcome)
        if call.timed:
            text += ", early" if early else ", not early"
        return text

    def line(self, text):
        if text.startswith("wait "):
            thread, call, outcome = self.waiting.pop(text[5:])
            thread.join()
            return self.finish(call, *outcome[0])
        call = Call(text)
        if call.background:
            if call.after:
                call.after += Storm.signals
            outcome = []
            thread = threading.Thread(target=lambda: outcome.append(self.attempt(call)), daemon=True)
            self.waiting[call.background] = thread, call, outcome
            thread.start()
            return "started"
        return self.finish(call, *self.attempt(call))

    def end(self):
        for thing in reversed(list(self.names.values())):
            try:
                thing.close()
            except (OSError, ValueError):
                pass
        socket.setdefaulttimeout(None)


def main(path):
    world = None
    with open(path, encoding="utf-8") as file:
        for number_, text in enumerate(file, 1):
            text = text.rstrip()
            if not text or text.startswith(("#", " ")):
                continue
            if text.startswith("== "):
                left_out = text.endswith("(IPv6)") and "SOCKETBOOK_NO_IPV6" in os.environ
                if world:
                    world.end()
                world = World()
                continue
            if left_out:
                continue
            try:
                outcome = world.line(text)
            except Exception as error:
                raise BadScript(f"{path}:{number_}: {text}") from error
            print(f"{number_}\t{outcome}", flush=True)
    world.end()


try:
    main(sys.argv[1])
finally:
    shutil.rmtree(DIR)
