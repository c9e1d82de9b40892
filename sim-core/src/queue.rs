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

/// `(time, sequence, ticket)`, the last two packed so that a key is 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    time: u64,
    sequence_ticket: u64,
}

#[derive(Clone, Debug)]
struct Slot<T> {
    place: u32,
    payload: Option<T>,
}

const TICKET_BITS: u32 = 24;
const ARITY: usize = 4;

impl Key {
    fn ticket(self) -> Ticket {
        (self.sequence_ticket & ((1 << TICKET_BITS) - 1)) as Ticket
    }
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
        let key = Key { time, sequence_ticket: self.sequence << TICKET_BITS | u64::from(ticket) };
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
        Some((first.time, first.ticket(), self.take(first.ticket())))
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
        self.slots[key.ticket() as usize].place = place as u32;
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
        loop {
            let first = place * ARITY + 1;
            if first >= self.heap.len() {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + ARITY).min(self.heap.len()) {
                if self.heap[child] < self.heap[least] {
                    least = child;
                }
            }
            if key < self.heap[least] {
                break;
            }
            self.put(place, self.heap[least]);
            place = least;
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
