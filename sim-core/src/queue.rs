/// The number of an event in the queue, until it is popped or removed.
pub(crate) type Ticket = u32;

/// A priority queue of events by time, first come first served among equals.
///
/// Four-ary heaps of 16-byte keys beside a slab of payloads; an event's place in its heap is
/// known, so a timer that is cancelled leaves at once and the queue is never longer than what is
/// due. There are two heaps in one order, for what happens soon and for what is likely to be
/// cancelled: the common pop then works on the shorter one.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    lanes: [Vec<Key>; 2],
    slots: Vec<Slot<T>>,
    free: Vec<Ticket>,
    sequence: u64,
}

/// Which heap an event waits in; of no consequence but for speed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    /// It will most likely happen.
    Soon = 0,
    /// It will most likely be removed.
    Later = 1,
}

/// `(time, sequence, ticket)` in one word of 64 + 40 + 24 bits, so that one comparison orders two.
type Key = u128;

#[derive(Clone, Debug)]
struct Slot<T> {
    lane: Lane,
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
        let lanes = [Vec::new(), Vec::new()];
        Queue { lanes, slots: Vec::new(), free: Vec::new(), sequence: 0 }
    }

    /// Empties it, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.lanes.iter_mut().for_each(Vec::clear);
        self.slots.clear();
        self.free.clear();
        self.sequence = 0;
    }

    /// # Panics
    /// With 2^24 events waiting, or after 2^40 events: both are limits of a run.
    pub(crate) fn push(&mut self, lane: Lane, time: u64, payload: T) -> Ticket {
        let slot = Slot { lane, place: 0, payload: Some(payload) };
        let ticket = match self.free.pop() {
            Some(ticket) => {
                self.slots[ticket as usize] = slot;
                ticket
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as Ticket
            }
        };
        assert!(ticket < 1 << TICKET_BITS, "more than 2^24 events are waiting at once");
        assert!(self.sequence < 1 << (64 - TICKET_BITS), "more than 2^40 events in one run");
        let low = self.sequence << TICKET_BITS | u64::from(ticket);
        let key = Key::from(time) << 64 | Key::from(low);
        self.sequence += 1;
        let heap = &mut self.lanes[lane as usize];
        heap.push(key);
        let place = heap.len() - 1;
        sift_up(heap, &mut self.slots, place, key);
        ticket
    }

    /// The earliest event, its time and its ticket.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, Ticket, T)> {
        let lane = match (self.lanes[0].first(), self.lanes[1].first()) {
            (None, None) => return None,
            (Some(_), None) => Lane::Soon,
            (None, Some(_)) => Lane::Later,
            (Some(soon), Some(later)) => {
                if soon < later {
                    Lane::Soon
                } else {
                    Lane::Later
                }
            }
        };
        let heap = &mut self.lanes[lane as usize];
        let last = heap.pop()?;
        let first = heap.first().copied().unwrap_or(last);
        if !heap.is_empty() {
            sift_down(heap, &mut self.slots, 0, last);
        }
        let ticket = ticket_of(first);
        Some(((first >> 64) as u64, ticket, self.take(ticket)))
    }

    /// Takes an event out before its time.
    ///
    /// # Panics
    /// If that ticket is not waiting.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> T {
        let Slot { lane, place, .. } = self.slots[ticket as usize];
        let (heap, place) = (&mut self.lanes[lane as usize], place as usize);
        let last = heap.pop().expect("the ticket is waiting");
        if place < heap.len() {
            if place > 0 && last < heap[(place - 1) / ARITY] {
                sift_up(heap, &mut self.slots, place, last);
            } else {
                sift_down(heap, &mut self.slots, place, last);
            }
        }
        self.take(ticket)
    }

    fn take(&mut self, ticket: Ticket) -> T {
        self.free.push(ticket);
        self.slots[ticket as usize].payload.take().expect("a ticket stands for a payload")
    }
}

fn put<T>(heap: &mut [Key], slots: &mut [Slot<T>], place: usize, key: Key) {
    heap[place] = key;
    slots[ticket_of(key) as usize].place = place as u32;
}

fn sift_up<T>(heap: &mut [Key], slots: &mut [Slot<T>], mut place: usize, key: Key) {
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
        if first >= heap.len() {
            break;
        }
        let children = &heap[first..heap.len().min(first + ARITY)];
        let (mut least, mut least_key) = (0, children[0]);
        for (n, &child) in children.iter().enumerate().skip(1) {
            if child < least_key {
                (least, least_key) = (n, child);
            }
        }
        if key < least_key {
            break;
        }
        put(heap, slots, place, least_key);
        place = first + least;
    }
    put(heap, slots, place, key);
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
                    0 | 1 => model.push((time, n, queue.push(if n % 3 == 0 { Lane::Later } else { Lane::Soon }, time, n))),
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
                prop_assert_eq!(queue.lanes.iter().map(Vec::len).sum::<usize>(), model.len());
            }
        }
    }
}
