//! Choices at random, which a seed makes again.

use std::env;
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

    /// Others that follow from these.
    pub fn split(&mut self, number: u64) -> Dice {
        self.below(2);
        Dice((self.0 ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1)
    }
}
