use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The number of an event in the queue, until it is popped or removed.
pub(crate) type Ticket = u32;

/// A priority queue of events by time, first come first served among equals.
///
/// Keys of 16 bytes beside a slab of payloads, in two lanes of one order: for what will happen,
/// and for what will most likely be taken out before, such as timers. What is taken out leaves at
/// once, so the queue is never longer than what is due.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    certain: Certain,
    tentative: Vec<Key>,
    slots: Vec<Slot<T>>,
    free: Vec<Ticket>,
    sequence: u64,
}

/// `(time, sequence, ticket)` in one word of 64 + 40 + 24 bits, so that one comparison orders two.
type Key = u128;

#[derive(Clone, Debug)]
struct Slot<T> {
    /// Where its key stands in the tentative lane.
    place: u32,
    payload: Option<T>,
}

const TICKET_BITS: u32 = 24;

/// Far below what tickets can tell apart, so that no single step gets there from here.
const CROWD: usize = 1 << 22;

fn ticket_of(key: Key) -> Ticket {
    key as Ticket & ((1 << TICKET_BITS) - 1)
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Queue {
            certain: Certain::new(),
            tentative: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }

    /// Empties it, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.certain.clear();
        self.tentative.clear();
        self.slots.clear();
        self.free.clear();
        self.sequence = 0;
    }

    /// An event that will happen.
    ///
    /// # Panics
    /// With 2^24 events waiting, or after 2^40 events: both are limits of a run.
    #[inline]
    pub(crate) fn push(&mut self, time: u64, payload: T) {
        let key = self.key(time, payload);
        self.certain.push(key);
    }

    /// An event that may be taken out again with [`Queue::remove`].
    ///
    /// # Panics
    /// As [`Queue::push`].
    pub(crate) fn push_tentative(&mut self, time: u64, payload: T) -> Ticket {
        let key = self.key(time, payload);
        self.tentative.push(key);
        let place = self.tentative.len() - 1;
        heap::sift_up(&mut self.tentative, &mut self.slots, place, key);
        ticket_of(key)
    }

    #[inline]
    fn key(&mut self, time: u64, payload: T) -> Key {
        let slot = Slot { place: 0, payload: Some(payload) };
        let ticket = match self.free.pop() {
            Some(ticket) => {
                self.slots[ticket as usize] = slot;
                ticket
            }
            None => self.grow(slot),
        };
        assert!(self.sequence < 1 << (64 - TICKET_BITS), "more than 2^40 events in one run");
        let low = self.sequence << TICKET_BITS | u64::from(ticket);
        self.sequence += 1;
        Key::from(time) << 64 | Key::from(low)
    }

    #[cold]
    fn grow(&mut self, slot: Slot<T>) -> Ticket {
        let ticket = self.slots.len();
        assert!(ticket < 1 << TICKET_BITS, "more than 2^24 events are waiting at once");
        self.slots.push(slot);
        ticket as Ticket
    }

    /// The earliest event and its time.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        let key = match (self.certain.first(), self.tentative.first()) {
            (None, None) => return None,
            (Some(certain), tentative) if tentative.is_none_or(|&t| certain < t) => {
                self.certain.pop();
                certain
            }
            (_, tentative) => {
                let first = *tentative?;
                heap::pop(&mut self.tentative, &mut self.slots);
                first
            }
        };
        Some(((key >> 64) as u64, self.take(ticket_of(key))))
    }

    /// Takes a tentative event out before its time.
    ///
    /// # Panics
    /// If that ticket is not waiting.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> T {
        let place = self.slots[ticket as usize].place as usize;
        heap::remove(&mut self.tentative, &mut self.slots, place);
        self.take(ticket)
    }

    /// Whether more events wait than any sensible world has under way.
    pub(crate) fn is_crowded(&self) -> bool {
        self.slots.len() - self.free.len() > CROWD
    }

    /// All that waits, in no particular order.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.payload.as_ref())
    }

    fn take(&mut self, ticket: Ticket) -> T {
        self.free.push(ticket);
        self.slots[ticket as usize].payload.take().expect("a ticket stands for a payload")
    }
}

/// Keys that only ever leave in order. The nearest few are a sorted array, which is all there is in
/// most runs; the others a heap.
#[derive(Clone, Debug)]
struct Certain {
    /// Descending, so that the first to come is the last; none is greater than any of `far`.
    near: Vec<Key>,
    far: BinaryHeap<Reverse<Key>>,
}

impl Certain {
    const NEAR: usize = 48;

    const fn new() -> Certain {
        Certain { near: Vec::new(), far: BinaryHeap::new() }
    }

    fn clear(&mut self) {
        self.near.clear();
        self.far.clear();
    }

    #[inline]
    fn push(&mut self, key: Key) {
        let beyond = self.near.first().is_none_or(|&last| last < key);
        if beyond && (self.near.len() >= Certain::NEAR || !self.far.is_empty()) {
            self.far.push(Reverse(key));
            return;
        }
        let place = self.near.partition_point(|&other| other > key);
        self.near.insert(place, key);
        if self.near.len() > Certain::NEAR {
            self.far.push(Reverse(self.near.remove(0)));
        }
    }

    #[inline]
    fn first(&mut self) -> Option<Key> {
        if self.near.is_empty() && !self.far.is_empty() {
            let nearest = std::iter::from_fn(|| self.far.pop().map(|Reverse(key)| key));
            self.near.extend(nearest.take(Certain::NEAR / 2));
            self.near.reverse();
        }
        self.near.last().copied()
    }

    fn pop(&mut self) {
        self.near.pop();
    }
}

/// A four-ary heap whose members know their places.
mod heap {
    use super::{Key, Slot, ticket_of};

    const ARITY: usize = 4;

    fn put<T>(heap: &mut [Key], slots: &mut [Slot<T>], place: usize, key: Key) {
        heap[place] = key;
        slots[ticket_of(key) as usize].place = place as u32;
    }

    pub(super) fn pop<T>(heap: &mut Vec<Key>, slots: &mut [Slot<T>]) {
        remove(heap, slots, 0);
    }

    /// # Panics
    /// If there is nothing in that place.
    pub(super) fn remove<T>(heap: &mut Vec<Key>, slots: &mut [Slot<T>], place: usize) {
        let last = heap.pop().expect("something stands in that place");
        if place < heap.len() {
            if place > 0 && last < heap[(place - 1) / ARITY] {
                sift_up(heap, slots, place, last);
            } else {
                sift_down(heap, slots, place, last);
            }
        }
    }

    pub(super) fn sift_up<T>(heap: &mut [Key], slots: &mut [Slot<T>], mut place: usize, key: Key) {
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if heap[parent] < key {
                break;
            }
            put(heap, slots, place, heap[parent]);
            place = parent;
        }
        put(heap, slots, place, key);
    }

    fn sift_down<T>(heap: &mut [Key], slots: &mut [Slot<T>], mut place: usize, key: Key) {
        loop {
            let first = place * ARITY + 1;
            let children = first..heap.len().min(first + ARITY);
            let Some(least) = children.min_by_key(|&child| heap[child]) else { break };
            if key < heap[least] {
                break;
            }
            put(heap, slots, place, heap[least]);
            place = least;
        }
        put(heap, slots, place, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pops_in_order_of_time_then_arrival(
            steps in prop::collection::vec((0u8..8, 0u64..50), 1..800)
        ) {
            let mut queue = Queue::new();
            let mut certain: Vec<(u64, usize)> = Vec::new();
            let mut tentative: Vec<(u64, usize, Ticket)> = Vec::new();
            for (n, (verb, time)) in steps.into_iter().enumerate() {
                match verb {
                    0..=3 => {
                        queue.push(time, n);
                        certain.push((time, n));
                    }
                    4 | 5 => tentative.push((time, n, queue.push_tentative(time, n))),
                    6 if !tentative.is_empty() => {
                        let (_, n, ticket) = tentative.remove(time as usize % tentative.len());
                        prop_assert_eq!(queue.remove(ticket), n);
                    }
                    _ => {
                        let tentative_keys = tentative.iter().map(|&(time, n, _)| (time, n));
                        let first = certain.iter().copied().chain(tentative_keys).min();
                        certain.retain(|&key| Some(key) != first);
                        tentative.retain(|&(time, n, _)| Some((time, n)) != first);
                        prop_assert_eq!(queue.pop(), first);
                    }
                }
            }
            let mut rest: Vec<(u64, usize)> =
                tentative.iter().map(|&(time, n, _)| (time, n)).chain(certain).collect();
            rest.sort_unstable();
            prop_assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), rest);
        }
    }
}
