//! The client: who asks for what, and when.

use crate::latency::Latency;
use crate::protocol::RequestId;
use crate::random::Stream;
use crate::time::Nanos;

/// What clients ask for, one request after the other.
pub trait Workload<R>: Send + Sync {
    /// How many requests there are.
    fn len(&self) -> u32;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The request with that number. Called once for each, in order; random contents come from
    /// `stream` alone.
    fn request(&self, id: RequestId, stream: &mut Stream) -> R;
}

impl<R: Clone + Send + Sync> Workload<R> for Vec<R> {
    fn len(&self) -> u32 {
        u32::try_from(self.as_slice().len()).unwrap_or(u32::MAX)
    }

    fn request(&self, id: RequestId, _: &mut Stream) -> R {
        self[id.0 as usize].clone()
    }
}

/// When requests are made. Requests are made in the order of their numbers; one that finds its
/// process down is refused and not repeated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arrival {
    /// All at time zero.
    AtOnce,
    /// One after each span of this distribution, the first at time zero.
    Spaced(Latency),
    /// Each when the one before has been answered.
    Sequential {
        /// The next is made anyway, so long after the last.
        patience: Nanos,
    },
}
