//! Each thing that can happen is as likely as any other.

use super::{Strategy, View};
use crate::protocol::Protocol;
use crate::random::Stream;

/// Chooses evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uniform;

/// One of what is open, each as likely.
pub(super) fn any<P: Protocol>(view: &View<'_, P>, stream: &mut Stream) -> usize {
    view.open[stream.below(view.open.len() as u64) as usize]
}

impl<P: Protocol> Strategy<P> for Uniform {
    fn begin(&mut self, _: &mut Stream, _: u32) {}

    fn choose(&mut self, view: &View<'_, P>, stream: &mut Stream) -> usize {
        any(view, stream)
    }
}
