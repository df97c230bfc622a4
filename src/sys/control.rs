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

/// The same with the padding after it, up to where the next one can start.
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
    use super::*;
    use crate::dice::made_up;

    #[test]
    fn what_is_written_is_read() {
        made_up(256, |dice| {
            let given = dice.many(0..8, |dice| {
                let [level, kind] = [(); 2].map(|()| dice.below(usize::MAX) as i32);
                (level, kind, dice.bytes(40))
            });
            let mut control = Vec::new();
            for (level, kind, data) in &given {
                let (level, kind) = (*level, *kind);
                push(&mut control, Item { level, kind, data });
            }
            let space: usize = given
                .iter()
                .map(|(_, _, data)| item_space(data.len()))
                .sum();
            assert_eq!(control.len(), space);
            control.resize(space + dice.below(64), 0);
            let read: Vec<_> = items(&control)
                .map(|item| (item.level, item.kind, item.data.to_vec()))
                .collect();
            assert_eq!(read, given);
        });
    }

    #[test]
    fn a_cut_one_keeps_its_beginning() {
        made_up(256, |dice| {
            let (data, room) = (dice.bytes(40), dice.below(80));
            let mut control = Vec::new();
            let (level, kind) = (1, 2);
            push(
                &mut control,
                Item {
                    level,
                    kind,
                    data: &data,
                },
            );
            control.truncate(room);
            let read = items(&control).next();
            if room < HEADER {
                assert_eq!(read, None);
            } else {
                let left = &data[..data.len().min(room - HEADER)];
                assert_eq!(read.map(|item| item.data), Some(left));
            }
        });
    }

    #[test]
    fn any_bytes_are_read_to_an_end() {
        made_up(256, |dice| {
            let control = dice.bytes(300);
            let read: Vec<_> = items(&control).collect();
            let used: usize = read.iter().map(|item| item_len(item.data.len())).sum();
            assert!(used <= control.len());
        });
    }

    /// Lengths near the one that is right, which random bytes never have.
    #[test]
    fn any_length_is_read_to_an_end() {
        made_up(256, |dice| {
            let lens = [dice.below(100), usize::MAX, usize::MAX - 1 - dice.below(20)];
            let len = dice.pick(&lens);
            let control = [&len.to_ne_bytes()[..], &dice.bytes(100)].concat();
            for item in items(&control) {
                assert!(item.data.len() <= control.len() - HEADER);
            }
        });
    }
}
