"""Calls about names and numbers, which need no socket; names.rs does the same with the crate."""

import socket


class Shown(str):
    """What is printed as it stands."""


class Names:
    """The methods of run.py's World for them; it has `quoted`, too."""

    @staticmethod
    def text(call, at):
        """A text, or None for the word none."""
        return bytes(call.args[at]).decode() if isinstance(call.args[at], bytes) else None

    def proto(self, call):
        """The second argument, if there is one."""
        return [self.text(call, 1)] if len(call.args) > 1 else []

    @staticmethod
    def name_flags(call, prefix):
        names = call.keys.get("flags", "0").split("|")
        flags = 0
        for name in names:
            flags |= int(name) if name.isdigit() else getattr(socket, prefix + name)
        return flags

    def host(self, entry):
        name, aliases, addresses = entry
        aliases, addresses = (" ".join(map(self.quoted, some)) for some in (aliases, addresses))
        return Shown(f"{self.quoted(name)} [{aliases}] [{addresses}]")

    def do_getaddrinfo(self, call):
        port = call.args[1]
        port = self.text(call, 1) if isinstance(port, bytes) or port == "none" else int(port)
        family = call.keys.get("family", "0")
        kind = call.keys.get("kind", "0")
        found = socket.getaddrinfo(
            self.text(call, 0),
            port,
            int(family) if family.isdigit() else getattr(socket, "AF_" + family),
            int(kind) if kind.isdigit() else getattr(socket, "SOCK_" + kind),
            int(call.keys.get("proto", 0)),
            self.name_flags(call, "AI_"),
        )
        return Shown("; ".join(f"{int(f)} {int(k)} {p} {self.quoted(c)} {a}" for f, k, p, c, a in found))

    def do_getnameinfo(self, call):
        address = (self.text(call, 0), *map(int, call.args[1:]))
        host, service = socket.getnameinfo(address, self.name_flags(call, "NI_"))
        return Shown(f"{self.quoted(host)} {self.quoted(service)}")

    def do_gethostbyname(self, call):
        return socket.gethostbyname(self.text(call, 0))

    def do_gethostbyname_ex(self, call):
        return self.host(socket.gethostbyname_ex(self.text(call, 0)))

    def do_gethostbyaddr(self, call):
        return self.host(socket.gethostbyaddr(self.text(call, 0)))

    def do_getfqdn(self, call):
        return socket.getfqdn(self.text(call, 0))

    def do_gethostname(self, call):
        return socket.gethostname()

    def do_getservbyname(self, call):
        return socket.getservbyname(self.text(call, 0), *self.proto(call))

    def do_getservbyport(self, call):
        return socket.getservbyport(int(call.args[0]), *self.proto(call))

    def do_getprotobyname(self, call):
        return socket.getprotobyname(self.text(call, 0))

    def do_inet_aton(self, call):
        return socket.inet_aton(self.text(call, 0))

    def do_inet_ntoa(self, call):
        return socket.inet_ntoa(bytes(call.args[0]))

    def do_inet_pton(self, call):
        return socket.inet_pton(getattr(socket, "AF_" + call.args[0]), self.text(call, 1))

    def do_inet_ntop(self, call):
        return socket.inet_ntop(getattr(socket, "AF_" + call.args[0]), bytes(call.args[1]))

    def do_htons(self, call):
        return socket.htons(int(call.args[0]))

    def do_htonl(self, call):
        return socket.htonl(int(call.args[0]))

    def do_ntohs(self, call):
        return socket.ntohs(int(call.args[0]))

    def do_ntohl(self, call):
        return socket.ntohl(int(call.args[0]))

    def do_if_nametoindex(self, call):
        return socket.if_nametoindex(self.text(call, 0))

    def do_if_indextoname(self, call):
        return socket.if_indextoname(int(call.args[0]))

    def do_if_nameindex(self, call):
        return Shown("; ".join(f"{index} {self.quoted(name)}" for index, name in socket.if_nameindex()))
