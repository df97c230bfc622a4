//! What TCP_INFO reads: the kernel's picture of one TCP connection.

use std::time::Duration;

/// A TCP connection as the kernel sees it: what [`TCP_INFO`](super::TCP_INFO) reads.
///
/// The fields have the names of Linux's `struct tcp_info`, without their `tcpi_`; `ss -ti` prints
/// most of them. Windows are counted in segments, of [`snd_mss`](TcpInfo::snd_mss) bytes each, and
/// thresholds too; sizes are in bytes. Sources:
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html), `linux/tcp.h`.
///
/// On a socket that listens, `unacked` is the number of connections that wait for `accept`, and
/// `sacked` the most that may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpInfo {
    /// Where the connection is between being made and being closed.
    pub state: TcpState,
    /// What congestion control does at the moment.
    pub ca_state: TcpCaState,
    /// How many times in a row the oldest unacknowledged segment has timed out. 0 while the peer
    /// answers; the connection is given up when it grows too large.
    pub retransmits: u8,
    /// How many probes, keep-alive or zero-window, have had no answer.
    pub probes: u8,
    /// How many times the retransmission timeout has been doubled.
    pub backoff: u8,
    /// Whether both sides send timestamps.
    pub timestamps: bool,
    /// Whether both sides can acknowledge selectively.
    pub sack: bool,
    /// Whether both sides use explicit congestion notification (ECN).
    pub ecn: bool,
    /// Whether data went along with the SYN and was acknowledged (TCP Fast Open).
    pub syn_data: bool,
    /// The window scales, the peer's and ours: a window is its 16 bits, shifted left by so many.
    /// `None` if one side cannot scale.
    pub wscale: Option<(u8, u8)>,
    /// The retransmission timeout: without an acknowledgement for so long, data is sent again.
    pub rto: Duration,
    /// How long an acknowledgement is held back for data to carry it.
    pub ato: Duration,
    /// The largest segment that is sent, in bytes.
    pub snd_mss: u32,
    /// The largest segment that is expected from the peer, in bytes.
    pub rcv_mss: u32,
    /// Segments that are sent and not yet acknowledged.
    pub unacked: u32,
    /// Of those, the segments that the peer has acknowledged selectively.
    pub sacked: u32,
    /// Of those, the segments that are taken for lost.
    pub lost: u32,
    /// Of those, the segments that have been sent again.
    pub retrans: u32,
    /// How long ago data was last sent.
    pub last_data_sent: Duration,
    /// How long ago data last arrived.
    pub last_data_recv: Duration,
    /// How long ago an acknowledgement last arrived.
    pub last_ack_recv: Duration,
    /// The largest packet that fits through the path, in bytes.
    pub pmtu: u32,
    /// The largest window that will be offered to the peer, in bytes.
    pub rcv_ssthresh: u32,
    /// The round-trip time, smoothed; zero if none has been measured.
    pub rtt: Duration,
    /// How much the round-trip time varies, smoothed.
    pub rttvar: Duration,
    /// The congestion window grows exponentially below this (slow start). `None` as long as no loss
    /// has set it.
    pub snd_ssthresh: Option<u32>,
    /// The congestion window: how many segments may be unacknowledged at once.
    pub snd_cwnd: u32,
    /// The largest segment that was offered to the peer, in bytes.
    pub advmss: u32,
    /// How many segments late a segment may be before it counts as lost.
    pub reordering: u32,
    /// The receiver's estimate of the round-trip time; zero if none has been made.
    pub rcv_rtt: Duration,
    /// The receive buffer that the peer's speed asks for, in bytes.
    pub rcv_space: u32,
    /// How many segments have been sent again since the connection began.
    pub total_retrans: u32,
}

/// The state of a TCP connection, as in
/// [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcpState {
    /// Connected.
    Established,
    /// `connect` has sent a SYN.
    SynSent,
    /// A SYN has arrived and was answered.
    SynRecv,
    /// This side has closed; its FIN is not yet acknowledged.
    FinWait1,
    /// This side has closed, and the peer knows; its FIN has not come.
    FinWait2,
    /// Both have closed; the address is kept for late packets.
    TimeWait,
    /// Not connected.
    Close,
    /// The peer has closed, this side has not.
    CloseWait,
    /// The peer has closed first, then this side; its FIN is not yet acknowledged.
    LastAck,
    /// Waiting for connections.
    Listen,
    /// Both have closed at the same time.
    Closing,
    /// A number that this crate has no name for.
    Other(u8),
}

impl TcpState {
    fn from_raw(number: u8) -> TcpState {
        match number {
            1 => TcpState::Established,
            2 => TcpState::SynSent,
            3 => TcpState::SynRecv,
            4 => TcpState::FinWait1,
            5 => TcpState::FinWait2,
            6 => TcpState::TimeWait,
            7 => TcpState::Close,
            8 => TcpState::CloseWait,
            9 => TcpState::LastAck,
            10 => TcpState::Listen,
            11 => TcpState::Closing,
            other => TcpState::Other(other),
        }
    }
}

/// What the congestion control of a TCP connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcpCaState {
    /// Nothing is wrong.
    Open,
    /// Acknowledgements come out of order; something may be lost.
    Disorder,
    /// The network has reported congestion, and the window is being reduced.
    Cwr,
    /// A loss was noticed by acknowledgements, and is being repaired.
    Recovery,
    /// The retransmission timeout has expired.
    Loss,
    /// A number that this crate has no name for.
    Other(u8),
}

impl TcpCaState {
    fn from_raw(number: u8) -> TcpCaState {
        match number {
            0 => TcpCaState::Open,
            1 => TcpCaState::Disorder,
            2 => TcpCaState::Cwr,
            3 => TcpCaState::Recovery,
            4 => TcpCaState::Loss,
            other => TcpCaState::Other(other),
        }
    }
}

/// The first 104 bytes of `struct tcp_info`, which every Linux that Rust runs on has. What follows
/// has a length that depends on the kernel.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawTcpInfo {
    state: u8,
    ca_state: u8,
    retransmits: u8,
    probes: u8,
    backoff: u8,
    options: u8,
    wscales: u8,
    _flags: u8,
    rto: u32,
    ato: u32,
    snd_mss: u32,
    rcv_mss: u32,
    unacked: u32,
    sacked: u32,
    lost: u32,
    retrans: u32,
    _fackets: u32,
    last_data_sent: u32,
    _last_ack_sent: u32,
    last_data_recv: u32,
    last_ack_recv: u32,
    pmtu: u32,
    rcv_ssthresh: u32,
    rtt: u32,
    rttvar: u32,
    snd_ssthresh: u32,
    snd_cwnd: u32,
    advmss: u32,
    reordering: u32,
    rcv_rtt: u32,
    rcv_space: u32,
    total_retrans: u32,
}

// The bits of `tcpi_options`, of linux/tcp.h.
const TIMESTAMPS: u8 = 1;
const SACK: u8 = 2;
const WSCALE: u8 = 4;
const ECN: u8 = 8;
const SYN_DATA: u8 = 32;

/// TCP_INFINITE_SSTHRESH of the kernel.
const NO_SSTHRESH: u32 = 0x7fff_ffff;

impl From<RawTcpInfo> for TcpInfo {
    fn from(raw: RawTcpInfo) -> TcpInfo {
        let micros = |number: u32| Duration::from_micros(number.into());
        let millis = |number: u32| Duration::from_millis(number.into());
        let has = |option: u8| raw.options & option != 0;
        TcpInfo {
            state: TcpState::from_raw(raw.state),
            ca_state: TcpCaState::from_raw(raw.ca_state),
            retransmits: raw.retransmits,
            probes: raw.probes,
            backoff: raw.backoff,
            timestamps: has(TIMESTAMPS),
            sack: has(SACK),
            ecn: has(ECN),
            syn_data: has(SYN_DATA),
            wscale: has(WSCALE).then(|| wscales(raw.wscales)),
            rto: micros(raw.rto),
            ato: micros(raw.ato),
            snd_mss: raw.snd_mss,
            rcv_mss: raw.rcv_mss,
            unacked: raw.unacked,
            sacked: raw.sacked,
            lost: raw.lost,
            retrans: raw.retrans,
            last_data_sent: millis(raw.last_data_sent),
            last_data_recv: millis(raw.last_data_recv),
            last_ack_recv: millis(raw.last_ack_recv),
            pmtu: raw.pmtu,
            rcv_ssthresh: raw.rcv_ssthresh,
            rtt: micros(raw.rtt),
            rttvar: micros(raw.rttvar),
            snd_ssthresh: Some(raw.snd_ssthresh).filter(|segments| *segments < NO_SSTHRESH),
            snd_cwnd: raw.snd_cwnd,
            advmss: raw.advmss,
            reordering: raw.reordering,
            rcv_rtt: micros(raw.rcv_rtt),
            rcv_space: raw.rcv_space,
            total_retrans: raw.total_retrans,
        }
    }
}

/// Two bit fields of 4 bits, the peer's scale and ours. C compilers start with the low bits where
/// the low byte comes first, and with the high bits elsewhere.
fn wscales(byte: u8) -> (u8, u8) {
    let (low, high) = (byte & 15, byte >> 4);
    if cfg!(target_endian = "little") {
        (low, high)
    } else {
        (high, low)
    }
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use nix::libc;

    use super::*;

    /// Each field has a value of its own.
    const RAW: RawTcpInfo = RawTcpInfo {
        state: 1,
        ca_state: 2,
        retransmits: 3,
        probes: 4,
        backoff: 5,
        options: TIMESTAMPS | WSCALE,
        wscales: if cfg!(target_endian = "little") {
            0x87
        } else {
            0x78
        },
        _flags: 0,
        rto: 9_000_001,
        ato: 10,
        snd_mss: 11,
        rcv_mss: 12,
        unacked: 13,
        sacked: 14,
        lost: 15,
        retrans: 16,
        _fackets: 17,
        last_data_sent: 18_001,
        _last_ack_sent: 19,
        last_data_recv: 20,
        last_ack_recv: 21,
        pmtu: 22,
        rcv_ssthresh: 23,
        rtt: 24,
        rttvar: 25,
        snd_ssthresh: 26,
        snd_cwnd: 27,
        advmss: 28,
        reordering: 29,
        rcv_rtt: 30,
        rcv_space: 31,
        total_retrans: 32,
    };

    #[test]
    fn each_field_comes_from_its_own() {
        let info = TcpInfo::from(RAW);
        let expected = TcpInfo {
            state: TcpState::Established,
            ca_state: TcpCaState::Cwr,
            retransmits: 3,
            probes: 4,
            backoff: 5,
            timestamps: true,
            sack: false,
            ecn: false,
            syn_data: false,
            wscale: Some((7, 8)),
            rto: Duration::from_micros(9_000_001),
            ato: Duration::from_micros(10),
            snd_mss: 11,
            rcv_mss: 12,
            unacked: 13,
            sacked: 14,
            lost: 15,
            retrans: 16,
            last_data_sent: Duration::from_millis(18_001),
            last_data_recv: Duration::from_millis(20),
            last_ack_recv: Duration::from_millis(21),
            pmtu: 22,
            rcv_ssthresh: 23,
            rtt: Duration::from_micros(24),
            rttvar: Duration::from_micros(25),
            snd_ssthresh: Some(26),
            snd_cwnd: 27,
            advmss: 28,
            reordering: 29,
            rcv_rtt: Duration::from_micros(30),
            rcv_space: 31,
            total_retrans: 32,
        };
        assert_eq!(info, expected);
    }

    #[test]
    fn each_option_has_a_bit() {
        let with = |options| {
            let info = TcpInfo::from(RawTcpInfo { options, ..RAW });
            [
                info.timestamps,
                info.sack,
                info.wscale.is_some(),
                info.ecn,
                info.syn_data,
            ]
        };
        // linux/tcp.h; 16 is TCPI_OPT_ECN_SEEN.
        assert_eq!(with(1), [true, false, false, false, false]);
        assert_eq!(with(2), [false, true, false, false, false]);
        assert_eq!(with(4), [false, false, true, false, false]);
        assert_eq!(with(8), [false, false, false, true, false]);
        assert_eq!(with(16), [false; 5]);
        assert_eq!(with(32), [false, false, false, false, true]);
    }

    #[test]
    fn without_a_loss_there_is_no_threshold() {
        let threshold = |snd_ssthresh| {
            TcpInfo::from(RawTcpInfo {
                snd_ssthresh,
                ..RAW
            })
            .snd_ssthresh
        };
        assert_eq!(threshold(0x7fff_ffff), None);
        assert_eq!(threshold(0x7fff_fffe), Some(0x7fff_fffe));
    }

    #[test]
    fn the_fields_lie_where_c_has_them() {
        macro_rules! same_offset {
            ($($ours:ident $theirs:ident)*) => {
                $(assert_eq!(
                    offset_of!(RawTcpInfo, $ours),
                    offset_of!(libc::tcp_info, $theirs),
                    stringify!($ours)
                );)*
            };
        }
        same_offset! {
            state tcpi_state
            ca_state tcpi_ca_state
            retransmits tcpi_retransmits
            probes tcpi_probes
            backoff tcpi_backoff
            options tcpi_options
            rto tcpi_rto
            ato tcpi_ato
            snd_mss tcpi_snd_mss
            rcv_mss tcpi_rcv_mss
            unacked tcpi_unacked
            sacked tcpi_sacked
            lost tcpi_lost
            retrans tcpi_retrans
            last_data_sent tcpi_last_data_sent
            last_data_recv tcpi_last_data_recv
            last_ack_recv tcpi_last_ack_recv
            pmtu tcpi_pmtu
            rcv_ssthresh tcpi_rcv_ssthresh
            rtt tcpi_rtt
            rttvar tcpi_rttvar
            snd_ssthresh tcpi_snd_ssthresh
            snd_cwnd tcpi_snd_cwnd
            advmss tcpi_advmss
            reordering tcpi_reordering
            rcv_rtt tcpi_rcv_rtt
            rcv_space tcpi_rcv_space
            total_retrans tcpi_total_retrans
        }
        assert_eq!(size_of::<RawTcpInfo>(), 104);
    }

    #[test]
    fn states_have_the_kernels_numbers() {
        // enum in include/net/tcp_states.h, whose numbers `ss` and /proc/net/tcp show.
        let names = [
            TcpState::Other(0),
            TcpState::Established,
            TcpState::SynSent,
            TcpState::SynRecv,
            TcpState::FinWait1,
            TcpState::FinWait2,
            TcpState::TimeWait,
            TcpState::Close,
            TcpState::CloseWait,
            TcpState::LastAck,
            TcpState::Listen,
            TcpState::Closing,
            TcpState::Other(12),
        ];
        for (number, name) in (0..).zip(names) {
            assert_eq!(TcpState::from_raw(number), name, "{number}");
        }
        // enum tcp_ca_state in linux/tcp.h.
        let names = [
            TcpCaState::Open,
            TcpCaState::Disorder,
            TcpCaState::Cwr,
            TcpCaState::Recovery,
            TcpCaState::Loss,
            TcpCaState::Other(5),
        ];
        for (number, name) in (0..).zip(names) {
            assert_eq!(TcpCaState::from_raw(number), name, "{number}");
        }
    }
}
