//! The EAI codes of look-ups, with their names and what they mean.

use std::fmt;

use crate::language::{Words, both};
use crate::sys::lookup;

/// Why a look-up failed, as getaddrinfo(3) and getnameinfo(3) say it
/// ([`Error::eai`](crate::Error::eai)): Python's `socket.gaierror` has it as its `errno`.
///
/// It compares with the constants of the same names as in Python and C, and with a plain `i32`.
///
/// ```
/// use socketbook::{EAI_NONAME, getaddrinfo};
///
/// // A part of a name has at most 63 letters, so no one is even asked for this one.
/// let error = getaddrinfo(&*"x".repeat(64), 80).unwrap_err();
/// assert_eq!(error.eai(), Some(EAI_NONAME));
/// assert_eq!(EAI_NONAME.name(), "EAI_NONAME");
/// assert!(!EAI_NONAME.is_temporary());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Eai(i32);

impl Eai {
    /// No code: the error is not getaddrinfo's.
    pub(crate) const NONE: Eai = Eai(0);

    /// The code with this number.
    pub const fn from_raw(number: i32) -> Eai {
        Eai(number)
    }

    /// The number: `-2` for `EAI_NONAME` on Linux.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The name in C and Python, or `"EAI"` for a number that this crate has no name for.
    pub fn name(self) -> &'static str {
        self.row().map_or("EAI", |(_, name, _)| name)
    }

    /// What it says in plain words.
    pub fn meaning(self) -> &'static str {
        self.words().english
    }

    /// The same in each language.
    pub(crate) fn words(self) -> Words<&'static str> {
        self.row().map_or(
            both("the look-up failed", "解析失败了"),
            |(.., words)| *words,
        )
    }

    /// Whether the same look-up may succeed later: the server that knows the name did not answer.
    pub fn is_temporary(self) -> bool {
        self == EAI_AGAIN
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|(eai, ..)| *eai == self)
    }
}

impl PartialEq<i32> for Eai {
    fn eq(&self, number: &i32) -> bool {
        self.0 == *number
    }
}

/// `EAI_NONAME (-2)`.
impl fmt::Display for Eai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl fmt::Debug for Eai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

type Row = (Eai, &'static str, Words<&'static str>);

/// One row per code: the constant, its number, what it says in each language.
macro_rules! codes {
    ($($name:ident = $number:ident, $meaning:literal, $chinese:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $meaning, ".")]
            pub const $name: Eai = Eai(lookup::$number);
        )*
        const ROWS: &[Row] = &[$(($name, stringify!($name), both($meaning, $chinese)),)*];
    };
}

codes! {
    EAI_BADFLAGS = BADFLAGS, "these flags do not go together, or with a call without a host", "这些标志不能一起用，或者没给主机时不能用";
    EAI_NONAME = NONAME, "no such name: neither a file of this machine nor its name server knows it", "没有这个名字：本机的文件和域名服务器都不认识它";
    EAI_AGAIN = AGAIN, "no answer from the name server: try again later, or look at /etc/resolv.conf", "域名服务器没有应答：过一会儿再试，或者看看 /etc/resolv.conf";
    EAI_FAIL = FAIL, "the name server refused, or its answer was broken", "域名服务器拒绝了，或者它的应答是坏的";
    EAI_NODATA = NODATA, "the name exists, but has no address", "有这个名字，但它没有地址";
    EAI_FAMILY = FAMILY, "no look-ups for this address family", "这个地址族不能解析";
    EAI_SOCKTYPE = SOCKTYPE, "this kind of socket does not exist, or not with this protocol", "没有这种类型的套接字，或者它和这个协议不相配";
    EAI_SERVICE = SERVICE, "no such service for this kind of socket (see /etc/services)", "这种类型的套接字没有这个服务（见 /etc/services）";
    EAI_ADDRFAMILY = ADDRFAMILY, "the name has no address of this family", "这个名字没有这个地址族的地址";
    EAI_MEMORY = MEMORY, "out of memory", "内存不够";
    EAI_SYSTEM = SYSTEM, "a system call failed", "一个系统调用失败了";
    EAI_OVERFLOW = OVERFLOW, "the name is too long for the buffer", "名字太长，缓冲区装不下";
}
