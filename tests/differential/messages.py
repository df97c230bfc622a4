"""Calls with ancillary data, and sendfile; messages.rs does the same with the crate."""

import os
import socket
import struct
import tempfile

from names import Shown

FLAGS = {0x1: "OOB", 0x8: "CTRUNC", 0x20: "TRUNC", 0x80: "EOR", 0x2000: "ERRQUEUE", 0x40000000: "CMSG_CLOEXEC"}


class Message:
    """A text, and the address of its sender."""

    def __init__(self, text, address):
        self.text, self.address = text, address


def room(word):
    """`20`, or a sum such as `SPACE12+LEN4`."""
    total = 0
    for part in word.split("+"):
        if part.startswith("SPACE"):
            total += socket.CMSG_SPACE(int(part[5:]))
        elif part.startswith("LEN"):
            total += socket.CMSG_LEN(int(part[3:]))
        else:
            total += int(part)
    return total


def shown_flags(flags):
    return "|".join(name for bit, name in FLAGS.items() if flags & bit) or "none"


def inet(packed):
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


class Messages:
    """The methods of run.py's World for them."""

    def fds(self, call):
        return [self.names[name].fileno() for name in call.keys["fds"].split(",") if name]

    def ancillary(self, call):
        items = []
        keys = call.keys
        if "fds" in keys:
            items.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(self.fds(call))}i", *self.fds(call))))
        if "cred" in keys:
            pid, uid, gid = os.getpid(), os.getuid(), os.getgid()
            items.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("iII", pid, uid, gid)))
        if "source" in keys:
            items.append((0, 8, struct.pack("i4s4s", 0, socket.inet_aton(keys["source"]), bytes(4))))
        if "source6" in keys:
            items.append((41, 50, socket.inet_pton(socket.AF_INET6, keys["source6"]) + struct.pack("i", 0)))
        if "hops" in keys:
            items.append((0, 2, struct.pack("i", int(keys["hops"]))))
        if "class" in keys:
            items.append((0, 1, struct.pack("B", int(keys["class"]))))
        if "segments" in keys:
            items.append((17, 103, struct.pack("H", int(keys["segments"]))))
        if "other" in keys:
            level, kind, data = keys["other"].split("/")
            items.append((int(level), int(kind), bytes.fromhex(data)))
        return items

    def socket_sendmsg(self, s, call):
        buffers = [arg for arg in call.args if isinstance(arg, bytes)]
        to = self.address([call.keys["to"]]) if "to" in call.keys else None
        return s.sendmsg(buffers, self.ancillary(call), self.flags(call), *([to] if to else []))

    def item(self, level, kind, data, made):
        if (level, kind) == (1, 1):
            fds = struct.unpack(f"{len(data) // 4}i", data[: len(data) // 4 * 4])
            made.extend(fds)
            return f"rights {len(fds)}"
        if (level, kind, len(data)) == (1, 2, 12):
            pid, uid, gid = struct.unpack("iII", data)
            return f"credentials {'own' if pid == os.getpid() else pid} {uid} {gid}"
        if (level, kind, len(data)) == (0, 8, 12):
            return f"packet to {inet(data[8:])} at {inet(data[4:8])}"
        if (level, kind, len(data)) == (41, 50, 20):
            return f"packet to {inet(data[:16])} at {inet(data[:16])}"
        if (level, kind, len(data)) in ((0, 2, 4), (41, 52, 4)):
            return f"hops {struct.unpack('i', data)[0]}"
        if (level, kind, len(data)) in ((0, 1, 1), (41, 67, 4)):
            return f"class {data[0]}"
        if (level, kind, len(data)) == (17, 104, 4):
            return f"segments {struct.unpack('i', data)[0]}"
        if (level, kind, len(data)) == (1, 35, 16):
            return "timestamp"
        # What a process has in its own number, nobody can compare.
        return f"other {level} {kind} {len(data)} bytes"

    def message(self, call, text, ancillary, flags, address):
        fds = []
        items = ", ".join(self.item(*item, fds) for item in ancillary)
        return self.brought(call, f"message {text} [{items}] {shown_flags(flags)}", fds, address)

    def brought(self, call, text, fds, address):
        if call.targets and len(call.targets) == len(fds):
            made = self.made(*(socket.socket(fileno=fd) for fd in fds))
            made.message = Message(text, address)
            return made
        for fd in fds:
            os.close(fd)
        return Message(text, address)

    def socket_recvmsg(self, s, call):
        data, ancillary, flags, address = s.recvmsg(int(call.args[0]), room(call.args[1]), self.flags(call))
        return self.message(call, self.quoted_bytes(data), ancillary, flags, address)

    def socket_recvmsg_into(self, s, call):
        buffers = [bytearray(int(size)) for size in call.args[0].split(",") if size]
        got, ancillary, flags, address = s.recvmsg_into(buffers, room(call.args[1]), self.flags(call))
        text = f"{got} " + " ".join(map(self.quoted_bytes, buffers))
        return self.message(call, text, ancillary, flags, address)

    def do_send_fds(self, call):
        buffers = [arg for arg in call.args[1:] if isinstance(arg, bytes)]
        return socket.send_fds(self.names[call.args[0]], buffers, self.fds(call))

    def do_recv_fds(self, call):
        s = self.names[call.args[0]]
        data, fds, flags, address = socket.recv_fds(s, int(call.args[1]), int(call.args[2]))
        return self.brought(call, f"message {self.quoted_bytes(data)} fds {len(fds)} {shown_flags(flags)}", fds, address)

    def do_CMSG_LEN(self, call):
        return socket.CMSG_LEN(int(call.args[0]))

    def do_CMSG_SPACE(self, call):
        return socket.CMSG_SPACE(int(call.args[0]))

    def socket_sendfile(self, s, call):
        content, offset, count = call.args + ["0", "none"][len(call.args) - 1 :]
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            return s.sendfile(file, int(offset), None if count == "none" else int(count))

    def socket_sendfile_of(self, s, call):
        """Of a file that is there; of a folder of none."""
        with open(call.args[0], "rb", buffering=0) as file:
            return s.sendfile(file)

    def socket_sendfile_pipe(self, s, call):
        read, write = os.pipe()
        os.write(write, call.args[0])
        os.close(write)
        with open(read, "rb", buffering=0) as file:
            return s.sendfile(file, *map(int, call.args[1:]))

    # Files over a socket.

    def file_readlines(self, f, call):
        lines = (line if isinstance(line, bytes) else line.encode() for line in f.readlines())
        return Shown("lines " + " ".join(map(self.quoted_bytes, lines)))

    def file_writelines(self, f, call):
        lines = call.args if "b" in getattr(f, "mode", "b") or not hasattr(f, "encoding") else [a.decode() for a in call.args]
        return f.writelines(lines)

    def file_readinto(self, f, call):
        buffer = bytearray(int(call.args[0]))
        got = f.readinto(buffer)
        return Shown(f"int {got} {self.quoted_bytes(buffer)}")

    def file_peek(self, f, call):
        return f.peek()

    def file_readable(self, f, call):
        return f.readable()

    def file_writable(self, f, call):
        return f.writable()
