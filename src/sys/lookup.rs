//! The numbers of look-ups, as each platform's netdb.h (ws2tcpip.h) has them, and its files.

#[cfg(target_os = "linux")]
mod numbers {
    pub(crate) const BADFLAGS: i32 = -1;
    pub(crate) const NONAME: i32 = -2;
    pub(crate) const AGAIN: i32 = -3;
    pub(crate) const FAIL: i32 = -4;
    pub(crate) const NODATA: i32 = -5;
    pub(crate) const FAMILY: i32 = -6;
    pub(crate) const SOCKTYPE: i32 = -7;
    pub(crate) const SERVICE: i32 = -8;
    pub(crate) const ADDRFAMILY: i32 = -9;
    pub(crate) const MEMORY: i32 = -10;
    pub(crate) const SYSTEM: i32 = -11;
    pub(crate) const OVERFLOW: i32 = -12;

    pub(crate) const V4MAPPED: i32 = 0x8;
    pub(crate) const ALL: i32 = 0x10;
    pub(crate) const ADDRCONFIG: i32 = 0x20;
    pub(crate) const NUMERICSERV: i32 = 0x400;

    pub(crate) const NI_NUMERICHOST: i32 = 0x1;
    pub(crate) const NI_NUMERICSERV: i32 = 0x2;
    pub(crate) const NI_NOFQDN: i32 = 0x4;
    pub(crate) const NI_NAMEREQD: i32 = 0x8;
}

#[cfg(all(unix, not(target_os = "linux")))]
mod numbers {
    pub(crate) const ADDRFAMILY: i32 = 1;
    pub(crate) const AGAIN: i32 = 2;
    pub(crate) const BADFLAGS: i32 = 3;
    pub(crate) const FAIL: i32 = 4;
    pub(crate) const FAMILY: i32 = 5;
    pub(crate) const MEMORY: i32 = 6;
    pub(crate) const NODATA: i32 = 7;
    pub(crate) const NONAME: i32 = 8;
    pub(crate) const SERVICE: i32 = 9;
    pub(crate) const SOCKTYPE: i32 = 10;
    pub(crate) const SYSTEM: i32 = 11;
    pub(crate) const OVERFLOW: i32 = 14;

    #[cfg(target_vendor = "apple")]
    pub(crate) const NUMERICSERV: i32 = 0x1000;
    #[cfg(not(target_vendor = "apple"))]
    pub(crate) const NUMERICSERV: i32 = 0x8;
}

#[cfg(windows)]
mod numbers {
    // Winsock's errors. The last two are not getaddrinfo's there.
    pub(crate) const AGAIN: i32 = 11002;
    pub(crate) const BADFLAGS: i32 = 10022;
    pub(crate) const FAIL: i32 = 11003;
    pub(crate) const FAMILY: i32 = 10047;
    pub(crate) const MEMORY: i32 = 8;
    pub(crate) const NODATA: i32 = 11004;
    pub(crate) const NONAME: i32 = 11001;
    pub(crate) const SERVICE: i32 = 10109;
    pub(crate) const SOCKTYPE: i32 = 10044;
    pub(crate) const ADDRFAMILY: i32 = 10049;
    pub(crate) const SYSTEM: i32 = -11;
    pub(crate) const OVERFLOW: i32 = -12;

    pub(crate) const NUMERICSERV: i32 = 0x8;
}

pub(crate) use numbers::*;

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    pub(crate) const V4MAPPED: i32 = 0x800;
    pub(crate) const ALL: i32 = 0x100;
    pub(crate) const ADDRCONFIG: i32 = 0x400;

    pub(crate) const NI_NOFQDN: i32 = 0x1;
    pub(crate) const NI_NUMERICHOST: i32 = 0x2;
    pub(crate) const NI_NAMEREQD: i32 = 0x4;
    pub(crate) const NI_NUMERICSERV: i32 = 0x8;
}

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;

#[cfg(unix)]
mod files {
    pub(crate) const HOSTS: &str = "/etc/hosts";
    pub(crate) const SERVICES: &str = "/etc/services";
    pub(crate) const PROTOCOLS: &str = "/etc/protocols";
}

#[cfg(windows)]
mod files {
    pub(crate) const HOSTS: &str = r"C:\Windows\System32\drivers\etc\hosts";
    pub(crate) const SERVICES: &str = r"C:\Windows\System32\drivers\etc\services";
    pub(crate) const PROTOCOLS: &str = r"C:\Windows\System32\drivers\etc\protocol";
}

pub(crate) use files::*;

/// The name of this machine; bytes that are not UTF-8 are replacement characters.
#[cfg(unix)]
pub(crate) fn own_name() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_string_lossy().into_owned()
}

/// The name of this machine; empty if it is not UTF-8.
#[cfg(windows)]
pub(crate) fn own_name() -> String {
    dns_lookup::get_hostname().unwrap_or_default()
}
