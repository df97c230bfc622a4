//! Flags: the MSG_ numbers of receiving and sending.

use std::fmt;
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, Not, Sub};

use rustix::event::PollFlags;

use crate::sys;

/// Flags for receiving and sending: Python's `socket.MsgFlag`. Several are joined with `|`; `&`,
/// `^`, `!` and `-` work as on sets.
///
/// ```ignore-windows
/// use socketbook::{MSG_DONTWAIT, MSG_PEEK};
///
/// let flags = MSG_PEEK | MSG_DONTWAIT;
/// assert!(flags.contains(MSG_PEEK));
/// assert_eq!(format!("{flags:?}"), "MSG_PEEK | MSG_DONTWAIT");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MsgFlags(u32);

macro_rules! flags {
    ($($(#[doc = $doc:literal])* $(#[cfg($($on:tt)*)])? $name:ident = $bits:expr;)*) => {
        $(
            $(#[doc = $doc])*
            $(#[cfg($($on)*)])?
            pub const $name: MsgFlags = MsgFlags($bits);
        )*

        impl fmt::Debug for MsgFlags {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut names = Vec::new();
                let mut rest = *self;
                for (flag, name) in [$($(#[cfg($($on)*)])? ($name, stringify!($name)),)*] {
                    if rest.contains(flag) {
                        names.push(name.to_owned());
                        rest.0 &= !flag.0;
                    }
                }
                if rest.0 != 0 || names.is_empty() {
                    names.push(format!("{:#x}", rest.0));
                }
                f.write_str(&names.join(" | "))
            }
        }
    };
}

use rustix::net::{RecvFlags as Recv, ReturnFlags as Return, SendFlags as Send};

flags! {
    /// Urgent data, one byte of TCP.
    MSG_OOB = Recv::OOB.bits();
    /// Receives without removing the data: the next receive gets it again.
    MSG_PEEK = Recv::PEEK.bits();
    /// Sends only to hosts on the local network, without a router.
    MSG_DONTROUTE = Send::DONTROUTE.bits();
    /// On a message: returns the true length, even if there was less room. On a TCP stream: throws
    /// the bytes away.
    #[cfg(unix)]
    MSG_TRUNC = sys::TRUNC;
    /// This call does not wait, whatever the timeout.
    #[cfg(unix)]
    MSG_DONTWAIT = sys::DONTWAIT;
    /// Ends a record, on SOCK_SEQPACKET.
    #[cfg(unix)]
    MSG_EOR = Send::EOR.bits();
    /// Waits until the whole buffer is filled. It needs a timeout of `None`, since the kernel does
    /// not let a non-blocking descriptor wait. Under a timeout, `read(n)` of a file does it.
    MSG_WAITALL = Recv::WAITALL.bits();
    /// Confirms that the peer's link address is still right.
    #[cfg(target_os = "linux")]
    MSG_CONFIRM = Send::CONFIRM.bits();
    /// Receives from the socket's error queue.
    #[cfg(target_os = "linux")]
    MSG_ERRQUEUE = sys::ERRQUEUE;
    /// Sends without SIGPIPE. Every send of this crate does that; the name is here because Python
    /// has it.
    #[cfg(not(any(windows, target_vendor = "apple")))]
    MSG_NOSIGNAL = sys::NOSIGNAL.bits();
    /// More will follow: TCP waits for it before it sends a partial segment.
    #[cfg(target_os = "linux")]
    MSG_MORE = Send::MORE.bits();
    /// Sends data with the first packet of a TCP connection, in place of `connect`, where both ends
    /// allow it (`sendto_with_flags`).
    MSG_FASTOPEN = 0x2000_0000;
    /// What [`recvmsg`](crate::Socket::recvmsg) returns where ancillary data was cut: there was not
    /// room for all of it, or the process cannot have more descriptors. What was cut is lost;
    /// descriptors are closed.
    MSG_CTRUNC = Return::CTRUNC.bits();
    /// Descriptors that arrive are closed on exec. Every receive of this crate asks for that; the
    /// name is here because Python has it.
    #[cfg(target_os = "linux")]
    MSG_CMSG_CLOEXEC = Recv::CMSG_CLOEXEC.bits();
}

impl MsgFlags {
    /// No flags.
    pub const NONE: MsgFlags = MsgFlags(0);

    /// Any bits, for flags without a name here.
    pub const fn from_bits(bits: u32) -> MsgFlags {
        MsgFlags(bits)
    }

    /// The bits, as the system call takes them.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all flags of `other` are among these.
    pub const fn contains(self, other: MsgFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no flag is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline]
    pub(crate) fn recv(self) -> Recv {
        // Where MSG_TRUNC does not make the kernel say how long a message was, the receive does.
        Recv::from_bits_retain(self.0 & !(sys::TRUNC & !sys::TELL_LENGTH.bits()))
    }

    #[inline]
    pub(crate) fn send(self) -> Send {
        Send::from_bits_retain(self.0)
    }

    /// Whether a receive with these flags writes all the bytes that it counts. MSG_PEEK,
    /// MSG_TRUNC, MSG_ERRQUEUE and flags without a name here may not.
    #[inline]
    pub(crate) fn count_what_they_write(self) -> bool {
        const KNOWN: MsgFlags = MsgFlags(sys::DONTWAIT | MSG_WAITALL.0 | MSG_OOB.0);
        KNOWN.contains(self)
    }

    #[inline]
    pub(crate) fn is_errqueue(self) -> bool {
        self.0 & sys::ERRQUEUE != 0
    }

    #[inline]
    pub(crate) fn is_dont_wait(self) -> bool {
        self.0 & sys::DONTWAIT != 0
    }

    /// Whether the caller wants the true length of a message, which may be more than the room.
    #[inline]
    pub(crate) fn wants_length(self) -> bool {
        self.0 & sys::TRUNC != 0
    }

    /// Whether a truncated datagram is no error: it stays in the queue, or the caller expects it.
    #[inline]
    pub(crate) fn allow_truncation(self) -> bool {
        self.contains(MSG_PEEK) || self.wants_length()
    }

    /// What to wait for before a receive with these flags is tried again; nothing where it must
    /// not wait.
    #[inline]
    pub(crate) fn recv_ready(self) -> PollFlags {
        if self.is_dont_wait() || self.is_errqueue() {
            PollFlags::empty()
        } else if self.contains(MSG_OOB) {
            // POLLIN reports ordinary data, which such a call passes over.
            sys::OUT_OF_BAND
        } else {
            sys::READABLE
        }
    }

    #[inline]
    pub(crate) fn send_ready(self) -> PollFlags {
        if self.is_dont_wait() {
            PollFlags::empty()
        } else {
            PollFlags::OUT
        }
    }
}

impl BitOr for MsgFlags {
    type Output = MsgFlags;

    fn bitor(self, other: MsgFlags) -> MsgFlags {
        MsgFlags(self.0 | other.0)
    }
}

impl BitOrAssign for MsgFlags {
    fn bitor_assign(&mut self, other: MsgFlags) {
        self.0 |= other.0;
    }
}

impl BitAnd for MsgFlags {
    type Output = MsgFlags;

    fn bitand(self, other: MsgFlags) -> MsgFlags {
        MsgFlags(self.0 & other.0)
    }
}

impl BitAndAssign for MsgFlags {
    fn bitand_assign(&mut self, other: MsgFlags) {
        self.0 &= other.0;
    }
}

impl BitXor for MsgFlags {
    type Output = MsgFlags;

    fn bitxor(self, other: MsgFlags) -> MsgFlags {
        MsgFlags(self.0 ^ other.0)
    }
}

/// The flags of the first that are not in the second.
impl Sub for MsgFlags {
    type Output = MsgFlags;

    fn sub(self, other: MsgFlags) -> MsgFlags {
        MsgFlags(self.0 & !other.0)
    }
}

impl Not for MsgFlags {
    type Output = MsgFlags;

    fn not(self) -> MsgFlags {
        MsgFlags(!self.0)
    }
}
