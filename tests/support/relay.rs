//! A way to the other end on which packets take their time, overtake one another, come twice or
//! never: a TUN device, whose packets a thread takes and gives back. netem, which does the same,
//! is not in every kernel.
//!
//! Both ends are in one network. A server is bound to [`HERE`] and called at [`THERE`]; what is
//! sent to THERE comes back with its two addresses exchanged, as a packet from THERE. No checksum
//! changes by that, since a sum does not depend on the order.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::libc;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::dice::Dice;
use super::network::ip;

pub const HERE: &str = "10.7.0.1";
pub const THERE: &str = "10.7.0.2";

/// How many packets may be on the way. One more is lost, as in a router.
const ROOM: usize = 4096;

/// What happens to each packet, in either direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Way {
    /// Each takes at least so long.
    pub delay: Duration,
    /// And at most so much longer: those that take less overtake others.
    pub jitter: Duration,
    /// So many of a hundred are lost.
    pub lost: usize,
    /// Of so many of a hundred comes a copy too, which has a delay of its own.
    pub doubled: usize,
}

/// What has happened so far. With nothing on the way, `taken + doubled == lost + brought`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub taken: usize,
    pub lost: usize,
    pub doubled: usize,
    pub brought: usize,
    /// Those that were brought after one that was taken later.
    pub overtaken: usize,
}

/// Carries the packets for as long as it lives.
pub struct Relay {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    tun: File,
    stop: OwnedFd,
    shared: Mutex<(Way, Counts)>,
    changed: Condvar,
}

impl Relay {
    /// Its choices follow from RELAY_SEED, which is printed.
    pub fn new(way: Way) -> Relay {
        let tun = tun("way");
        ip("addr add 10.7.0.1/32 dev way");
        ip("link set way up");
        // Retransmission fit for a way that may be short; and soon, when a bad one is good again,
        // where the kernel can be told so.
        ip("route add 10.7.0.2/32 dev way src 10.7.0.1 rto_min 5ms");
        fs::write("/proc/sys/net/ipv4/tcp_rto_max_ms", "1000").ok();
        let state = Arc::new(State {
            tun,
            stop: eventfd(0, EventfdFlags::empty()).unwrap(),
            shared: Mutex::new((way, Counts::default())),
            changed: Condvar::new(),
        });
        let dice = Dice::of("RELAY_SEED");
        let carrier = Arc::clone(&state);
        let thread = Some(thread::spawn(move || carrier.carry(dice)));
        Relay { state, thread }
    }

    /// Changes what happens to packets from now on; those on the way stay there.
    pub fn set(&self, way: Way) {
        self.state.shared.lock().unwrap().0 = way;
    }

    pub fn counts(&self) -> Counts {
        self.state.shared.lock().unwrap().1
    }

    /// Waits until so many packets were taken and nothing is on the way any more. What was brought
    /// is with the sockets then: a TUN device hands it on within the write.
    pub fn until_through(&self, taken: usize) -> Counts {
        let under_way = |(_, counts): &mut (Way, Counts)| {
            counts.taken < taken || counts.taken + counts.doubled > counts.lost + counts.brought
        };
        let shared = self.state.shared.lock().unwrap();
        let limit = Duration::from_secs(60); // packets that never came to the device
        let waited = self
            .state
            .changed
            .wait_timeout_while(shared, limit, under_way);
        let (shared, late) = waited.unwrap();
        assert!(!late.timed_out(), "{taken} packets awaited: {:?}", shared.1);
        shared.1
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        rustix::io::write(&self.state.stop, &1_u64.to_ne_bytes()).unwrap();
        let ended = self.thread.take().unwrap().join();
        if !thread::panicking() {
            ended.unwrap();
            println!("{:?}", self.counts());
        }
    }
}

impl State {
    fn carry(&self, mut dice: Dice) {
        // By the time at which each is due, its number, and which copy it is.
        let mut on_the_way = BTreeMap::<(Instant, usize, usize), Vec<u8>>::new();
        let (mut taken, mut latest) = (0, 0);
        let mut buffer = [0; 1500];
        loop {
            let now = Instant::now();
            let due = on_the_way.first_entry();
            if let Some(first) = due.filter(|first| first.key().0 <= now) {
                let ((_, number, _), packet) = first.remove_entry();
                (&self.tun).write_all(&packet).unwrap();
                let counts = &mut self.shared.lock().unwrap().1;
                counts.brought += 1;
                counts.overtaken += usize::from(number < latest);
                latest = latest.max(number);
                self.changed.notify_all();
                continue;
            }
            let next = on_the_way.first_key_value();
            let next = next.map(|((due, ..), _)| *due - now);
            let next = next.map(|left| Timespec::try_from(left).unwrap());
            let mut fds = [
                PollFd::new(&self.tun, PollFlags::IN),
                PollFd::new(&self.stop, PollFlags::IN),
            ];
            poll(&mut fds, next.as_ref()).unwrap();
            if !fds[1].revents().is_empty() {
                return;
            }
            let packet = match (&self.tun).read(&mut buffer) {
                Ok(length) => &mut buffer[..length],
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => panic!("{error}"),
            };
            // IPv6 says hello on each new device, to nobody here.
            if packet[0] >> 4 != 4 {
                continue;
            }
            let (from, to) = packet[12..20].split_at_mut(4);
            from.swap_with_slice(to);

            taken += 1;
            let arrived = Instant::now();
            let (way, counts) = &mut *self.shared.lock().unwrap();
            let jitter = way.jitter.as_micros() as usize + 1;
            // As many throws for each packet, whatever becomes of it.
            let lost = dice.below(100) < way.lost;
            let doubled = dice.below(100) < way.doubled;
            let delays = [dice.below(jitter), dice.below(jitter)];
            let copies = match lost || on_the_way.len() + 2 > ROOM {
                true => 0,
                false => 1 + usize::from(doubled),
            };
            counts.taken += 1;
            counts.lost += usize::from(copies == 0);
            counts.doubled += usize::from(copies == 2);
            self.changed.notify_all();
            for (copy, more) in delays[..copies].iter().enumerate() {
                let due = arrived + way.delay + Duration::from_micros(*more as u64);
                on_the_way.insert((due, taken, copy), packet.to_vec());
            }
        }
    }
}

/// A new TUN device: what is written to the file arrives in this network, and what is sent to the
/// device can be read. It ends with the file.
fn tun(name: &str) -> File {
    /// struct ifreq of netdevice(7).
    #[repr(C)]
    struct Request {
        name: [u8; 16],
        flags: libc::c_short,
        rest: [u8; 22],
    }
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/net/tun");
    let device = device.expect("/dev/net/tun");
    let mut request = Request {
        name: [0; 16],
        flags: (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short,
        rest: [0; 22],
    };
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    // SAFETY: TUNSETIFF reads one struct ifreq, and writes back its name. No safe crate among the
    // dependencies makes this call.
    let made = unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &mut request) };
    assert_eq!(made, 0, "TUNSETIFF: {}", io::Error::last_os_error());
    device
}
