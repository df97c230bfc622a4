"""What is kept by hand: which tests notice what, changes that no rule makes, and what stays unnoticed
for a reason."""

# What is built, and the words that select tests of it.
LIB = (["--lib"], ())


def lessons(*words):
    # The layers are about what a file uses, and a mutant that is built in uses its switch.
    return ["--test", "lessons"], (*words, "--skip", "layers")


def system(*words):
    return ["--test", "system"], words


def differential(*words):
    return ["--test", "differential"], words


# Reading which mutant is on allocates once, and may do so within the test that counts none.
ALLOCATIONS = ["--test", "allocations"], ("--skip", "a_socket_costs_no_memory_of_its_own")

# All that there are, from the quickest on.
ALL = [lessons(), LIB, ALLOCATIONS, differential(), system()]

# Which tests must notice a change of a file: the narrowest first.
TESTS = [
    ("src/options/", [lessons("options"), LIB, system("lesson_4_peer"), differential("options")]),
    ("src/file/", [lessons("lesson_6"), *ALL]),
    ("src/address/", [system("addresses"), *ALL]),
    ("src/common/", [lessons("lesson_4"), *ALL]),
    ("src/creation.rs", [lessons("lesson_1"), *ALL]),
    ("src/convert.rs", [lessons("lesson_1"), *ALL]),
    ("src/server.rs", [lessons("lesson_2"), *ALL]),
    ("src/client.rs", [lessons("lesson_3"), *ALL]),
    ("src/blocking.rs", [lessons("lesson_5"), *ALL]),
    ("src/select.rs", [lessons("lesson_5"), *ALL]),
    ("src/error/", [lessons("errors"), *ALL]),
    ("src/resolver/", [system("resolver", "names"), *ALL]),
    ("src/sys/lookup.rs", [system("resolver", "names"), *ALL]),
    ("src/interfaces.rs", [system("names"), *ALL]),
    ("src/", ALL),
]

# The changes that rules do not make: file, the text, what it becomes.
BY_HAND = [
    ("src/common/stream.rs", """    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.sendall(buf)?)
    }
""", ""),
    ("src/file/std_traits.rs", "self.fill(1)", "self.fill(4096)"),
    ("src/socket.rs", "proto: self.proto,", "proto: Protocol(0),"),
    ("src/client.rs", "if budget.left().is_zero() =>", "if false =>"),
    ("src/client.rs", "Ok(Ok(())) => self.peer_address().map(drop),", "Ok(Ok(())) => Ok(()),"),
    ("src/deadline.rs", "NOT_TRIED: Failed = Failed(0)", "NOT_TRIED: Failed = Failed(-1)"),
    ("src/sys/mod.rs", "flags | DONTWAIT", "flags"),
    ("src/sys/mod.rs", "flags & !DONTWAIT", "flags"),
    ("src/common/incoming.rs", "self.rights_alone() && room < item_len(CREDENTIALS)", "self.rights_alone()"),
    ("src/error/mod.rs", "| ECONNABORTED | ESHUTDOWN) => true", "| ECONNABORTED) => true"),
    ("src/options/sol_socket.rs", "uid: peer.uid(), gid: peer.gid()", "uid: peer.gid(), gid: peer.uid()"),
    ("src/options/sol_socket.rs", "rx::set_socket_recv_buffer_size_force", "rx::set_socket_recv_buffer_size"),
    ("src/options/sol_socket.rs", "rx::set_socket_send_buffer_size_force", "rx::set_socket_send_buffer_size"),
    ("src/options/ipv6.rs", "rx::set_ipv6_drop_membership(s, &group, interface)", "rx::set_ipv6_drop_membership(s, &group, 0)"),
    ("src/options/ipv6.rs", "rx::set_ipv6_add_membership(s, &group, interface)", "rx::set_ipv6_add_membership(s, &group, 0)"),
    ("src/options/ipv6.rs", "rx::ipv6_mtu(s)", "rx::ip_mtu(s)"),
    ("src/options/ipv6.rs", "rx::ipv6_freebind(s)", "rx::ip_freebind(s)"),
    ("src/options/values.rs", "one.code, one.jt, one.jf, one.k", "one.code, one.jf, one.jt, one.k"),
    ("src/options/values.rs", "IP_DEFAULT_MULTICAST_LOOP: bool = true", "IP_DEFAULT_MULTICAST_LOOP: bool = false"),
    ("src/options/extra.rs", "imr_interface: number(interface)", "imr_interface: number(sender)"),
    ("src/options/extra.rs", "imr_sourceaddr: number(sender)", "imr_sourceaddr: number(interface)"),
    ("src/options/extra.rs", "imr_multiaddr: number(group)", "imr_multiaddr: number(sender)"),
    ("src/options/extra.rs", "from_ne_bytes", "from_be_bytes"),
    ("src/options/info.rs", "(low, high)\n    } else", "(high, low)\n    } else"),
    ("src/options/info.rs", "*segments < NO_SSTHRESH", "*segments > 0"),
]

# Not in the library on Linux.
ELSEWHERE = ["src/book.rs", "src/sys/bsd.rs", "src/sys/guess.rs", "src/sys/windows.rs"]

# No test can tell these from the source, or none should: a part of the description, the reason.
EQUIVALENT = [
    (
        "delete `deadline.check(socket)?;`",
        "the next sendfile says EAGAIN, and that wait looks at the deadline too, unless the peer reads as quickly as the kernel copies",
    ),
    (
        "delete `self.not_rights_alone();`",
        "rustix would be handed SCM_CREDENTIALS that were cut, and read past their end: undefined, so no test can count on what comes of it",
    ),
    ("MAX_INSTRUCTIONS one more", "the kernel refuses that length itself, with the same errno"),
    ("IP_MAX_MEMBERSHIPS one more", "a number for the reader, as Python has it: no call uses it"),
    (
        "delete `searched = unread.saturating_sub(1);`",
        "what was searched is searched again: slower, and no test looks at a clock",
    ),
    ("delete `self.searched = Searched { position, len: searched, };`", "the same"),
    ("delete `trace::event(", "there are no events without the feature tracing, which these tests do not have"),
]
