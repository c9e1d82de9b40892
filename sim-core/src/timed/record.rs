use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::trace::{Action, Done, Step, Trace};

/// Records a trace, or does nothing at no cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    trace: Option<Trace>,
}

impl Recorder {
    /// Starts recording.
    pub(crate) fn start<P: Protocol>(&mut self, protocol: &P) {
        self.trace = Some(Trace::of(protocol.topology()));
    }

    /// Stops recording and gives out what was recorded.
    pub(crate) fn finish(&mut self) -> Option<Trace> {
        self.trace.take()
    }

    #[inline]
    pub(crate) fn begin(
        &mut self,
        (index, at, content): (u64, Nanos, u64),
        cause: Option<u64>,
        action: impl FnOnce() -> Action,
    ) {
        if let Some(trace) = &mut self.trace {
            let mark = (content >> 48) as u16;
            let (action, effects) = (action(), Vec::new());
            trace.steps.push(Step { index, at, cause, action, effects, chain: 0, mark });
        }
    }

    #[inline]
    pub(crate) fn effect(&mut self, done: impl FnOnce() -> Done) {
        if let Some(step) = self.trace.as_mut().and_then(|trace| trace.steps.last_mut()) {
            step.effects.push(done());
        }
    }

    #[inline]
    pub(crate) fn end(&mut self, chain: u64) {
        if let Some(step) = self.trace.as_mut().and_then(|trace| trace.steps.last_mut()) {
            step.chain = chain;
        }
    }
}
