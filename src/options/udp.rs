//! The rows of SOL_UDP and of IPPROTO_UDPLITE.

use super::table::fits;

options! {
    /// The level of options of UDP.
    SOL_UDP(udp) {
        /// Whether datagrams of one sender are received joined together, many in one receive. Their
        /// length comes as ancillary data. Source: udp(7).
        UDP_GRO, both bool, example [udp: true];
        /// The length, in bytes, of the datagrams that one send is cut into by the kernel or the
        /// network card; 0, the default, for no cutting.
        UDP_SEGMENT,
            get u32 = |s| Ok(super::extra::get(s, super::extra::UDP_SEGMENT)? as u32),
            set u32 = |s, v| super::extra::set(s, super::extra::UDP_SEGMENT, fits(v.into())? as i32),
            example [udp: 1200];
    }
}

options! {
    /// The level of options of UDP-Lite, which Linux no longer has in all its versions.
    IPPROTO_UDPLITE(udplite) {
        /// How much of a datagram its checksum must cover, in bytes, for it to be received; 0, the
        /// default, for all of it, and 8, the header, at least.
        UDPLITE_RECV_CSCOV, both u32;
        /// How much of a datagram its checksum covers, in bytes; 0, the default, for all of it, and 8,
        /// the header, at least.
        UDPLITE_SEND_CSCOV, both u32;
    }
}
