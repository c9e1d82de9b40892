use std::marker::PhantomData;

use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Data, ProcessId, Topology};

use super::Property;
use super::deeds::Ruling;
use super::recent::Recent;
use super::waits::{needing_person, waiting};
use crate::common::{Deed, Note, Outcome, Processes, Standing, Transaction, TxId, Work};

/// Who has done something how often, as far as it matters: three times at most.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Tally {
    /// The lower bit of the number.
    ones: Processes,
    /// The higher.
    twos: Processes,
}

impl Tally {
    fn of(self, who: ProcessId) -> u8 {
        u8::from(self.ones.contains(who)) + 2 * u8::from(self.twos.contains(who))
    }

    fn count(&mut self, who: ProcessId) {
        match self.of(who) {
            0 => drop(self.ones.insert(who)),
            1 => {
                self.ones.remove(who);
                self.twos.insert(who);
            }
            2 => drop(self.ones.insert(who)),
            3.. => {}
        }
    }

    fn count_up_to(&mut self, who: ProcessId, times: u8) {
        while self.of(who) < times.min(3) {
            self.count(who);
        }
    }
}

/// All that is known of one transaction.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Account {
    work: Option<Work>,
    deeds: [Tally; Deed::ALL.len()],
    /// Somebody was told, or has decided for good, that it commits.
    pub(super) commit: bool,
    /// That it aborts.
    pub(super) abort: bool,
    /// Its source has decided so, where that is minded.
    pub(super) source_aborts: bool,
    /// For whom its event is published, where that is minded.
    pub(super) published: Processes,
    needs_person: bool,
}

impl Account {
    /// Whether somebody has aborted it and nobody says that it commits: what it has not done, or
    /// has undone, it need not do.
    pub(super) fn is_aborted(&self) -> bool {
        self.abort && !self.commit
    }

    /// How often a process has carried out a deed; three is three or more.
    pub(super) fn times(&self, who: ProcessId, deed: Deed) -> u8 {
        self.deeds[deed as usize].of(who)
    }

    /// Whether a process has had its branch's effect, undone or not.
    pub(super) fn took_effect(&self, who: ProcessId) -> bool {
        Deed::ALL.into_iter().any(|deed| deed.takes_effect() && self.times(who, deed) > 0)
    }

    /// Those other than its source that write, and so hear of it by its event.
    pub(super) fn receivers(work: &Transaction) -> impl Iterator<Item = ProcessId> {
        let source = work.source();
        work.updaters().iter().copied().filter(move |&process| process != source)
    }

    fn ends(&mut self, outcome: Outcome, by_source: bool) {
        match outcome {
            Outcome::Commit => self.commit = true,
            Outcome::Abort => {
                self.abort = true;
                self.source_aborts |= by_source;
            }
        }
    }
}

impl Renamed for Account {
    fn renamed(&self, by: &Renaming) -> Account {
        let renamed = |&Tally { ones, twos }: &Tally| Tally {
            ones: ones.renamed(by),
            twos: twos.renamed(by),
        };
        Account {
            work: self.work.as_ref().map(|work| work.renamed(by)),
            deeds: self.deeds.each_ref().map(renamed),
            published: self.published.renamed(by),
            ..self.clone()
        }
    }
}

/// Where a judgement is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    down: &'a [bool],
    pub(super) topology: &'a Topology,
}

impl<'a> Scene<'a> {
    /// Whether a process is down for good: what it has done nobody can say.
    pub(super) fn is_down(&self, process: ProcessId) -> bool {
        self.down.get(process.index()).copied().unwrap_or(false)
    }

    pub(super) fn name(&self, process: ProcessId) -> &'a str {
        self.topology.name(process)
    }
}

/// A property of each transaction at rest, given all that happened of it. Transactions that need a
/// person are not judged, nor those on which somebody still waits: that is for
/// [`super::Termination`].
pub(super) trait Rule: Data {
    /// Which.
    const PROPERTY: Property;
    /// Whether it minds who is the source and what is published.
    const MINDS_SOURCE: bool;

    /// Judges a transaction as it is at rest.
    fn judge(account: &Account, work: &Transaction, scene: Scene<'_>) -> Ruling;

    /// What is wrong already, whatever comes.
    fn wrong_now(account: &Account, work: &Transaction, scene: Scene<'_>) -> Option<String>;
}

/// The monitor of such a property. Premise: at rest, a transaction on which its rule is not moot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Accounts<R: Rule> {
    accounts: Recent<Account>,
    /// Premises of those that were judged and forgotten.
    judged: Aside<u64>,
    premises: Aside<u64>,
    rule: PhantomData<R>,
}

impl<R: Rule> Default for Accounts<R> {
    fn default() -> Self {
        let (accounts, rule) = (Recent::default(), PhantomData);
        Accounts { accounts, judged: Aside(0), premises: Aside(0), rule }
    }
}

impl<R: Rule> Accounts<R> {
    fn begin(&mut self, tx: TxId, work: &Work, scene: Scene<'_>) {
        let mut judged = 0;
        self.accounts.begin(tx, work, |_, account| {
            let Some(Work(work)) = &account.work else { return true };
            let ruling = R::judge(account, work, scene);
            judged += u64::from(ruling == Ruling::Observed);
            !matches!(ruling, Ruling::Broken(_))
        });
        self.judged.0 += judged;
        if let Some(account) = self.accounts.entry(tx) {
            account.work = Some(work.clone());
        }
    }

    fn note(&mut self, by: ProcessId, note: &Note, scene: Scene<'_>) -> Option<TxId> {
        let minds = R::MINDS_SOURCE;
        let ends = |account: &mut Account, outcome| {
            let is_source = account.work.as_ref().is_some_and(|work| work.0.source() == by);
            account.ends(outcome, minds && is_source);
        };
        match note {
            Note::Began { tx, work } => {
                self.begin(*tx, work, scene);
                Some(*tx)
            }
            Note::Did { tx, deed, changed: true } => {
                self.accounts.entry(*tx)?.deeds[*deed as usize].count(by);
                Some(*tx)
            }
            Note::Recalled { tx, deed, times } => {
                self.accounts.entry(*tx)?.deeds[*deed as usize].count_up_to(by, *times);
                Some(*tx)
            }
            Note::Decided { tx, outcome, forced: true }
            | Note::Restored { tx, standing: Standing::Decided(outcome) } => {
                ends(self.accounts.entry(*tx)?, *outcome);
                Some(*tx)
            }
            Note::Answered { tx, outcome } => {
                self.accounts.entry(*tx)?.ends(*outcome, false);
                Some(*tx)
            }
            Note::Published { tx, to } => {
                if minds {
                    self.accounts.entry(*tx)?.published.insert(*to);
                }
                Some(*tx)
            }
            Note::NeedsPerson { tx } => {
                self.accounts.entry(*tx)?.needs_person = true;
                None
            }
            Note::Did { changed: false, .. }
            | Note::Decided { forced: false, .. }
            | Note::Restored { standing: Standing::InDoubt, .. }
            | Note::Voted { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => None,
        }
    }

    fn found(&self, tx: TxId, what: &str) -> Finding {
        Finding::new(format!("{}: {what}", self.accounts.called(tx)))
    }
}

impl<R: Rule> Monitor<Note> for Accounts<R> {
    fn name(&self) -> &'static str {
        R::PROPERTY.name()
    }

    fn interest(&self) -> u64 {
        let common = Note::BEGAN
            | Note::DID
            | Note::RECALLED
            | Note::DECIDED
            | Note::RESTORED
            | Note::ANSWERED
            | Note::NEEDS_PERSON;
        if R::MINDS_SOURCE { common | Note::PUBLISHED } else { common }
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note } = *seen else { return None };
        let scene = Scene { down: &[], topology };
        let tx = self.note(by, note, scene)?;
        let account = self.accounts.entry(tx)?;
        let Work(work) = account.work.as_ref()?;
        let wrong = R::wrong_now(account, work, scene)?;
        Some(self.found(tx, &wrong))
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if let Some(judgement) = rest.cut_off() {
            return judgement;
        }
        let (waiting, needing) = (waiting(rest), needing_person(rest));
        let scene = Scene { down: rest.down, topology: rest.topology };
        self.premises = self.judged;
        for (tx, account) in self.accounts.iter() {
            let Some(Work(work)) = &account.work else { continue };
            let excused = account.needs_person || needing.contains(&tx);
            if excused || waiting.iter().any(|waiting| waiting.tx == tx) {
                continue;
            }
            match R::judge(account, work, scene) {
                Ruling::Moot => {}
                Ruling::Observed => self.premises.0 += 1,
                Ruling::Broken(how) => {
                    self.premises.0 += 1;
                    return Judgement::Violated(self.found(tx, &how));
                }
            }
        }
        Judgement::Fine
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        if R::MINDS_SOURCE {
            return None;
        }
        Some(Box::new(Accounts { accounts: self.accounts.renamed(by), ..self.clone() }))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = Accounts::default();
    }
}
