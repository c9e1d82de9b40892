/// The number of an event in the queue, until it is popped or removed.
pub(crate) type Ticket = u32;

/// A priority queue of events by time, first come first served among equals.
///
/// A four-ary heap of 16-byte keys beside a slab of payloads; it knows where each event stands, so
/// a timer that is cancelled leaves at once and the queue is never longer than what is due.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    heap: Vec<Key>,
    slots: Vec<Slot<T>>,
    free: Vec<Ticket>,
    sequence: u64,
}

/// `(time, sequence, ticket)` in one word of 64 + 40 + 24 bits, so that one comparison orders two.
type Key = u128;

#[derive(Clone, Debug)]
struct Slot<T> {
    place: u32,
    payload: Option<T>,
}

const TICKET_BITS: u32 = 24;
const ARITY: usize = 4;

fn ticket_of(key: Key) -> Ticket {
    key as Ticket & ((1 << TICKET_BITS) - 1)
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Queue { heap: Vec::new(), slots: Vec::new(), free: Vec::new(), sequence: 0 }
    }

    /// Empties it, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.heap.clear();
        self.slots.clear();
        self.free.clear();
        self.sequence = 0;
    }

    /// # Panics
    /// With 2^24 events waiting, or after 2^40 events: both are limits of a run.
    pub(crate) fn push(&mut self, time: u64, payload: T) -> Ticket {
        let ticket = match self.free.pop() {
            Some(ticket) => {
                self.slots[ticket as usize].payload = Some(payload);
                ticket
            }
            None => {
                self.slots.push(Slot { place: 0, payload: Some(payload) });
                (self.slots.len() - 1) as Ticket
            }
        };
        assert!(ticket < 1 << TICKET_BITS, "more than 2^24 events are waiting at once");
        assert!(self.sequence < 1 << (64 - TICKET_BITS), "more than 2^40 events in one run");
        let low = self.sequence << TICKET_BITS | u64::from(ticket);
        let key = Key::from(time) << 64 | Key::from(low);
        self.sequence += 1;
        self.heap.push(key);
        self.sift_up(self.heap.len() - 1, key);
        ticket
    }

    /// The earliest event and its time.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, Ticket, T)> {
        let first = *self.heap.first()?;
        let last = self.heap.pop().expect("it has a first");
        if !self.heap.is_empty() {
            self.sift_down(0, last);
        }
        let ticket = ticket_of(first);
        Some(((first >> 64) as u64, ticket, self.take(ticket)))
    }

    /// Takes an event out before its time.
    ///
    /// # Panics
    /// If that ticket is not waiting.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> T {
        let place = self.slots[ticket as usize].place as usize;
        let last = self.heap.pop().expect("the ticket is waiting");
        if place < self.heap.len() {
            if place > 0 && last < self.heap[(place - 1) / ARITY] {
                self.sift_up(place, last);
            } else {
                self.sift_down(place, last);
            }
        }
        self.take(ticket)
    }

    fn take(&mut self, ticket: Ticket) -> T {
        self.free.push(ticket);
        self.slots[ticket as usize].payload.take().expect("a ticket stands for a payload")
    }

    fn put(&mut self, place: usize, key: Key) {
        self.heap[place] = key;
        self.slots[ticket_of(key) as usize].place = place as u32;
    }

    fn sift_up(&mut self, mut place: usize, key: Key) {
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if self.heap[parent] < key {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, key);
    }

    fn sift_down(&mut self, mut place: usize, key: Key) {
        let len = self.heap.len();
        loop {
            let first = place * ARITY + 1;
            if first >= len {
                break;
            }
            let children = &self.heap[first..len.min(first + ARITY)];
            let (mut least, mut least_key) = (0, children[0]);
            for (n, &child) in children.iter().enumerate().skip(1) {
                // Without a branch: which child is least cannot be predicted.
                let less = child < least_key;
                least = if less { n } else { least };
                least_key = if less { child } else { least_key };
            }
            if key < least_key {
                break;
            }
            self.put(place, least_key);
            place = first + least;
        }
        self.put(place, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pops_in_order_of_time_then_arrival(
            steps in prop::collection::vec((0u8..4, 0u64..50), 1..300)
        ) {
            let mut queue = Queue::new();
            let mut model: Vec<(u64, usize, Ticket)> = Vec::new();
            for (n, (verb, time)) in steps.into_iter().enumerate() {
                match verb {
                    0 | 1 => model.push((time, n, queue.push(time, n))),
                    2 if !model.is_empty() => {
                        let (_, payload, ticket) = model.remove(time as usize % model.len());
                        prop_assert_eq!(queue.remove(ticket), payload);
                    }
                    _ => {
                        model.sort_unstable();
                        let expected = (!model.is_empty()).then(|| model.remove(0));
                        let got = queue.pop().map(|(time, ticket, n)| (time, n, ticket));
                        prop_assert_eq!(got, expected);
                    }
                }
                prop_assert_eq!(queue.heap.len(), model.len());
            }
        }
    }
}
