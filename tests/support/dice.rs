//! Choices at random, which a seed makes again.

use std::env;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::SystemTime;

/// Xorshift: enough to choose calls and packets by.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// From the seed in this variable of the environment, else from one of this moment. It is
    /// printed as it has to be given.
    pub fn of(variable: &str) -> Dice {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = match env::var(variable) {
            Ok(text) => text.parse().unwrap(),
            Err(_) => now.unwrap().as_nanos() as u64,
        };
        println!("{variable}={seed}");
        Dice(seed | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// So many of them, at least the first number and less than the second.
    pub fn many<T>(&mut self, count: Range<usize>, mut one: impl FnMut(&mut Dice) -> T) -> Vec<T> {
        let count = count.start + self.below(count.len());
        (0..count).map(|_| one(self)).collect()
    }

    /// Fewer bytes than this.
    pub fn bytes(&mut self, longest: usize) -> Vec<u8> {
        self.many(0..longest, |dice| dice.below(256) as u8)
    }

    /// A text of any characters, of those that mean something more often, and shorter than this.
    pub fn text(&mut self, longest: usize) -> String {
        const SPECIAL: [char; 16] = [
            '\n', '\r', '\0', '\x1b', ' ', '\\', '"', ':', '.', '[', ']', '@', '/', '%', '0', '1',
        ];
        let char = |dice: &mut Dice| match dice.below(3) {
            0 => dice.pick(&SPECIAL),
            1 => char::from(dice.below(128) as u8),
            _ => char::from_u32(dice.below(0x11_0000) as u32).unwrap_or('喂'),
        };
        self.many(0..longest, char).into_iter().collect()
    }

    /// Others that follow from these.
    pub fn split(&mut self, number: u64) -> Dice {
        self.below(2);
        Dice((self.0 ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1)
    }
}

/// Holds a property against so many made-up cases. One that fails prints its seed, and with that in
/// the environment it is the only one.
pub fn made_up(cases: u64, property: impl Fn(&mut Dice)) {
    if let Ok(seed) = env::var("CASE_SEED") {
        return property(&mut Dice(seed.parse().unwrap()));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut first = Dice(now.unwrap().as_nanos() as u64 | 1);
    for number in 0..cases {
        let mut case = first.split(number);
        let seed = case.0;
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| property(&mut case))) {
            println!("CASE_SEED={seed}");
            resume_unwind(failure);
        }
    }
}
