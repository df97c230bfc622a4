//! How ancillary data lies in memory, as
//! [cmsg(3)](https://man7.org/linux/man-pages/man3/cmsg.3.html) has it: items one after another,
//! each a header (length, level, type) and its data, each on a boundary of a machine word.

/// One item that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub(crate) level: i32,
    pub(crate) kind: i32,
    pub(crate) data: &'a [u8],
}

/// The length is a `size_t`, to the kernel, on all machines.
const WORD: usize = size_of::<usize>();
const HEADER: usize = WORD + 4 + 4;

/// The length of an item with `len` bytes of data.
#[inline]
pub(crate) const fn item_len(len: usize) -> usize {
    HEADER.saturating_add(len)
}

/// The same with what is left free behind it, up to where the next one can begin.
#[inline]
pub(crate) const fn item_space(len: usize) -> usize {
    item_len(len).saturating_add(WORD - 1) & !(WORD - 1)
}

/// Adds an item to those that are there.
pub(crate) fn push(control: &mut Vec<u8>, item: Item<'_>) {
    let parts = item.data.iter().map(|byte| [*byte]);
    push_parts(control, item.level, item.kind, parts);
}

/// Adds an item whose data comes in parts of one size.
pub(crate) fn push_parts<const SIZE: usize>(
    control: &mut Vec<u8>,
    level: i32,
    kind: i32,
    parts: impl ExactSizeIterator<Item = [u8; SIZE]>,
) {
    let len = SIZE * parts.len();
    let end = control.len() + item_space(len);
    control.reserve_exact(item_space(len));
    control.extend_from_slice(&item_len(len).to_ne_bytes());
    control.extend_from_slice(&level.to_ne_bytes());
    control.extend_from_slice(&kind.to_ne_bytes());
    parts.for_each(|part| control.extend_from_slice(&part));
    control.resize(end, 0);
}

/// The items in what a receive wrote over zeros: a length of zero is the end. One that was cut, or
/// whose length is not possible, ends with the memory.
pub(crate) fn items(mut control: &[u8]) -> impl Iterator<Item = Item<'_>> {
    std::iter::from_fn(move || {
        let (len, rest) = control.split_first_chunk::<WORD>()?;
        let (level, rest) = rest.split_first_chunk::<4>()?;
        let (kind, _) = rest.split_first_chunk::<4>()?;
        let len = usize::from_ne_bytes(*len).min(control.len());
        let data = control.get(HEADER..len)?;
        let item = Item {
            level: i32::from_ne_bytes(*level),
            kind: i32::from_ne_bytes(*kind),
            data,
        };
        control = control.get(item_space(data.len())..).unwrap_or_default();
        Some(item)
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            given in vec((any::<i32>(), any::<i32>(), vec(any::<u8>(), 0..40)), 0..8),
            free in 0..64_usize,
        ) {
            let mut control = Vec::new();
            for (level, kind, data) in &given {
                push(&mut control, Item { level: *level, kind: *kind, data });
            }
            let space: usize = given.iter().map(|(_, _, data)| item_space(data.len())).sum();
            prop_assert_eq!(control.len(), space);
            control.resize(space + free, 0);
            let read: Vec<_> = items(&control)
                .map(|item| (item.level, item.kind, item.data.to_vec()))
                .collect();
            prop_assert_eq!(read, given);
        }

        #[test]
        fn a_cut_one_keeps_its_beginning(
            data in vec(any::<u8>(), 0..40),
            room in 0..80_usize,
        ) {
            let mut control = Vec::new();
            push(&mut control, Item { level: 1, kind: 2, data: &data });
            control.truncate(room);
            let read = items(&control).next();
            if room < HEADER {
                prop_assert_eq!(read, None);
            } else {
                let left = &data[..data.len().min(room - HEADER)];
                prop_assert_eq!(read.map(|item| item.data), Some(left));
            }
        }

        #[test]
        fn any_bytes_are_read_to_an_end(control in vec(any::<u8>(), 0..300)) {
            let read: Vec<_> = items(&control).collect();
            let used: usize = read.iter().map(|item| item_len(item.data.len())).sum();
            prop_assert!(used <= control.len());
        }

        /// Lengths near the one that is right, which random bytes never have.
        #[test]
        fn any_length_is_read_to_an_end(
            len in prop_oneof![0..100_usize, Just(usize::MAX), usize::MAX - 20..usize::MAX],
            rest in vec(any::<u8>(), 0..100),
        ) {
            let control = [&len.to_ne_bytes()[..], &rest].concat();
            for item in items(&control) {
                prop_assert!(item.data.len() <= control.len() - HEADER);
            }
        }
    }
}
