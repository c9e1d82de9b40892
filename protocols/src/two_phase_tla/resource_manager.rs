use dtxsim_core::{Event, Outbox};

use super::message::{Message, Timer};
use super::{TM, TX, TwoPhaseTla};
use crate::common::{Note, Outcome};

type Out = Outbox<TwoPhaseTla>;

/// `rmState[rm]`: all that a resource manager knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResourceManager {
    /// It has yet to make up its mind.
    Working,
    /// It can commit, and has told the transaction manager.
    Prepared,
    /// It has committed.
    Committed,
    /// It has aborted.
    Aborted,
}

impl ResourceManager {
    pub(super) fn boot(out: &mut Out) -> ResourceManager {
        out.set_timer(Timer::Prepare);
        out.set_timer(Timer::Abort);
        ResourceManager::Working
    }

    pub(super) fn step(&mut self, event: Event<TwoPhaseTla>, out: &mut Out) {
        match event {
            // RMPrepare(rm); its timers are set only while it is working.
            Event::Timer(Timer::Prepare) => {
                self.turn(ResourceManager::Prepared, out);
                out.send(TM, Message::Prepared);
            }
            // RMChooseToAbort(rm)
            Event::Timer(Timer::Abort) => self.turn(ResourceManager::Aborted, out),
            // RMRcvCommitMsg(rm) and RMRcvAbortMsg(rm), which ask for no state of it.
            Event::Message { message: Message::Commit, .. } => {
                self.turn(ResourceManager::Committed, out);
            }
            Event::Message { message: Message::Abort, .. } => {
                self.turn(ResourceManager::Aborted, out);
            }
            // The transaction manager's business; and nobody asks for anything here.
            Event::Message { message: Message::Prepared, .. }
            | Event::Timer(Timer::Commit)
            | Event::Request { .. }
            | Event::Chosen(_) => {}
        }
    }

    fn turn(&mut self, next: ResourceManager, out: &mut Out) {
        if *self == next {
            return;
        }
        if *self == ResourceManager::Working {
            out.cancel_timer(Timer::Prepare);
            out.cancel_timer(Timer::Abort);
        }
        *self = next;
        let outcome = match next {
            ResourceManager::Working | ResourceManager::Prepared => return,
            ResourceManager::Committed => Outcome::Commit,
            ResourceManager::Aborted => Outcome::Abort,
        };
        out.note(Note::Decided { tx: TX, outcome, forced: true });
    }

    pub(super) fn report(self, say: &mut Vec<Note>) {
        match self {
            ResourceManager::Prepared => {
                say.push(Note::Waiting { tx: TX, waits_for: [TM].into(), holding: [].into() })
            }
            // Who is working may abort at any moment.
            ResourceManager::Working | ResourceManager::Committed | ResourceManager::Aborted => {}
        }
    }
}
