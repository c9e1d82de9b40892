//! Everything that is computed once about one process: its local states, what may be in flight to
//! it, and both together.

use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::collapsed::coverage::Done;
use crate::untimed::collapsed::step::What;
use crate::untimed::intern::Interner;
use crate::untimed::local::Local;
use crate::untimed::mail::{LetterId, Mail};
use crate::untimed::world::Untimed;

/// Not computed yet.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Some neighbours in a table, such as all reactions to one input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Run {
    pub(crate) const UNKNOWN: Run = Run { first: UNKNOWN, count: 0 };

    #[inline]
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + self.count as usize
    }

    #[inline]
    pub(crate) fn is_known(self) -> bool {
        self.first != UNKNOWN
    }
}

/// What is known of one local state.
#[derive(Clone, Debug)]
pub(crate) struct LocalRow {
    pub(crate) down: bool,
    pub(crate) dead: bool,
    pub(crate) idle: bool,
    /// Reactions to letters, by number.
    pub(crate) letters: Vec<Run>,
    /// Reactions to requests, by number.
    pub(crate) requests: Vec<Run>,
    /// The ways to die at rest.
    pub(crate) deaths: Run,
}

/// What is known of what may be in flight.
#[derive(Clone, Debug)]
pub(crate) struct MailRow {
    /// The letters that may arrive next.
    pub(crate) next: Vec<LetterId>,
    /// When the process' host has crashed.
    buried: u32,
}

/// What is known of a situation: a local state, and what is in flight to it.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    pub(crate) local: u32,
    pub(crate) mail: u32,
    pub(crate) down: bool,
    pub(crate) dead: bool,
    pub(crate) idle: bool,
    /// Steps without a fault that change nothing.
    pub(crate) stutters: Run,
    /// Steps that it dies on.
    pub(crate) deaths: Run,
    /// Steps to which a message is doubled, to the end and not.
    pub(crate) copies: Run,
    pub(crate) copied_deaths: Run,
    /// Messages to it are dropped.
    pub(crate) drops: Run,
    /// It dies at rest.
    pub(crate) crashes: Run,
    /// When timers wait: each with what it has left to run, to the end and not.
    pub(crate) clocked: Vec<(Nanos, Run, Run)>,
    /// With one more letter.
    with: Vec<u32>,
    /// What it becomes when time passes.
    waited: Vec<(Nanos, u32)>,
}

/// What is asked of a situation at every state that it is in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Brief {
    /// Steps without a fault that change something.
    pub(crate) free: Run,
    /// How many there are that change nothing.
    pub(crate) stutters: u32,
    /// What might still go wrong in the states that it is in, a bit each: see
    /// [`super::coverage::Left`]. Zero as long as what follows is not known.
    pub(crate) seen: u16,
    /// Whether it can do anything for which timers wait.
    pub(crate) hurry: bool,
}

/// What the agents of a process may do in a situation, as far as it matters to others: first
/// without faults, then with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    /// Whether some monitor sees something of it.
    pub(crate) loud: [bool; 2],
    /// What it is, without faults.
    pub(crate) sights: Vec<u32>,
    /// To whom it may send, a bit each.
    pub(crate) receivers: [u64; 2],
    /// Whose letters are in flight to it, a bit each.
    pub(crate) senders: u64,
}

/// A step out of a situation: what comes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    /// What it becomes; of a death it is buried if it is alone on its host.
    pub(crate) situation: u32,
    pub(crate) sights: u32,
    /// In [`super::shared::Shared::sends`].
    pub(crate) sends: Run,
}

/// A step out of a situation: what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) what: What,
    /// Whose letter is taken, if one is.
    pub(crate) from: Option<ProcessId>,
}

/// The tables of one process.
pub(crate) struct Tables<P: Protocol> {
    pub(crate) me: ProcessId,
    pub(crate) locals: Interner<Local<P>>,
    pub(crate) local_rows: Vec<LocalRow>,
    pub(crate) letters: Interner<(ProcessId, P::Message)>,
    pub(crate) mails: Interner<Mail>,
    pub(crate) mail_rows: Vec<MailRow>,
    pairs: Interner<(u32, u32)>,
    pub(crate) situations: Vec<Situation>,
    pub(crate) briefs: Vec<Brief>,
    /// Of the same numbers, where they are known.
    pub(crate) habits: Vec<Habits>,
    pub(crate) moves: Vec<Move>,
    /// Of the same numbers.
    pub(crate) origins: Vec<Origin>,
    /// What else is to be known of what was done.
    pub(crate) done: Done,
}

impl<P: Protocol> Tables<P> {
    pub(crate) fn new(me: ProcessId) -> Tables<P> {
        Tables {
            me,
            locals: Interner::default(),
            local_rows: Vec::new(),
            letters: Interner::default(),
            mails: Interner::default(),
            mail_rows: Vec::new(),
            pairs: Interner::default(),
            situations: Vec::new(),
            briefs: Vec::new(),
            habits: Vec::new(),
            moves: Vec::new(),
            origins: Vec::new(),
            done: Done::default(),
        }
    }

    /// The number of a local state.
    pub(crate) fn local(&mut self, world: &Untimed<P>, local: Local<P>) -> u32 {
        let (number, is_new) = self.locals.intern(local);
        if is_new {
            let local = self.locals.get(number);
            self.local_rows.push(LocalRow {
                down: local.is_down(),
                dead: local.dead,
                idle: local.node.idle(),
                letters: Vec::new(),
                requests: vec![Run::UNKNOWN; world.requests.len()],
                deaths: Run::UNKNOWN,
            });
        }
        number
    }

    /// The number of a mail.
    pub(crate) fn mail(&mut self, world: &Untimed<P>, mail: Mail) -> u32 {
        let (number, is_new) = self.mails.intern(mail);
        if is_new {
            let sender = |letter| self.letters.get(letter).0;
            let next = self.mails.get(number).next(world.bounds.network, sender);
            self.mail_rows.push(MailRow { next, buried: UNKNOWN });
        }
        number
    }

    /// The number of a situation.
    pub(crate) fn situation(&mut self, local: u32, mail: u32) -> u32 {
        let (number, is_new) = self.pairs.intern((local, mail));
        if is_new {
            let row = &self.local_rows[local as usize];
            self.briefs.push(Brief::default());
            self.habits.push(Habits::default());
            self.situations.push(Situation {
                local,
                mail,
                down: row.down,
                dead: row.dead,
                idle: row.idle,
                stutters: Run::default(),
                deaths: Run::default(),
                copies: Run::default(),
                copied_deaths: Run::default(),
                drops: Run::default(),
                crashes: Run::default(),
                clocked: Vec::new(),
                with: Vec::new(),
                waited: Vec::new(),
            });
        }
        number
    }

    /// A situation with one more letter in flight.
    #[inline]
    pub(crate) fn with(&mut self, world: &Untimed<P>, situation: u32, letter: LetterId) -> u32 {
        match self.situations[situation as usize].with.get(letter as usize) {
            Some(&known) if known != UNKNOWN => known,
            Some(_) | None => self.with_new(world, situation, letter),
        }
    }

    #[cold]
    fn with_new(&mut self, world: &Untimed<P>, situation: u32, letter: LetterId) -> u32 {
        let Situation { local, mail, .. } = self.situations[situation as usize];
        let mut more = self.mails.get(mail).clone();
        more.add(world.bounds.network, letter, |letter| self.letters.get(letter).0);
        let more = self.mail(world, more);
        let more = self.situation(local, more);
        let with = &mut self.situations[situation as usize].with;
        if with.len() <= letter as usize {
            with.resize(letter as usize + 1, UNKNOWN);
        }
        with[letter as usize] = more;
        more
    }

    /// A mail with one letter less.
    pub(crate) fn without(&mut self, world: &Untimed<P>, mail: u32, letter: LetterId) -> u32 {
        let mut less = self.mails.get(mail).clone();
        less.remove(letter);
        self.mail(world, less)
    }

    /// A mail after the crash of the process' host.
    pub(crate) fn buried(&mut self, world: &Untimed<P>, mail: u32) -> u32 {
        let known = self.mail_rows[mail as usize].buried;
        if known != UNKNOWN {
            return known;
        }
        let mut rest = self.mails.get(mail).clone();
        let travels = |letter| !world.local(self.letters.get(letter).0, self.me);
        rest.retain(|letter| world.bounds.restarts && travels(letter));
        let rest = self.mail(world, rest);
        self.mail_rows[mail as usize].buried = rest;
        rest
    }

    /// What a situation becomes when that much time passes.
    pub(crate) fn waited(&mut self, world: &Untimed<P>, situation: u32, span: Nanos) -> u32 {
        let row = &self.situations[situation as usize];
        if span == Nanos::ZERO {
            return situation;
        }
        if let Some((_, waited)) = row.waited.iter().find(|(known, _)| *known == span) {
            return *waited;
        }
        let (local, mail) = (row.local, row.mail);
        let mut later = self.locals.get(local).clone();
        later.wait(span);
        let later = self.local(world, later);
        let waited = self.situation(later, mail);
        self.situations[situation as usize].waited.push((span, waited));
        waited
    }

    pub(crate) fn bytes(&self) -> usize {
        let letters: usize = self.local_rows.iter().map(|row| row.letters.len()).sum();
        self.locals.bytes()
            + self.letters.bytes()
            + self.mails.bytes()
            + self.pairs.bytes()
            + self.local_rows.len() * size_of::<LocalRow>()
            + letters * size_of::<Run>()
            + self.mail_rows.len() * size_of::<MailRow>()
            + self.situations.len() * (size_of::<Situation>() + self.letters.len() * 4)
            + self.moves.len() * (size_of::<Move>() + size_of::<Origin>())
            + self.briefs.len() * size_of::<Brief>()
    }
}
