//! Which processes of a world can change places: the automorphisms that are made use of.
//!
//! A protocol says which of its processes are alike as far as it can tell. Two of them can change
//! places in a world if that changes nothing of what is asked, of where who runs, and of the state
//! in which everything begins. What follows from a renamed state is then what follows from the
//! state, renamed; so it is with all permutations that such changes make up.

use std::fmt;

use crate::protocol::Protocol;
use crate::symmetry::{Renaming, Symmetry};
use crate::timed::World;
use crate::topology::ProcessId;
use crate::untimed::bounds::Bounds;
use crate::untimed::mail::Mail;
use crate::untimed::plain::{Plain, State};
use crate::untimed::tally::Tally;
use crate::untimed::world::Untimed;

/// Why a world cannot be explored up to symmetry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asymmetry {
    /// The protocol tells its processes apart, or cannot say that it does not.
    Protocol,
    /// No two processes are alike as far as the protocol knows: by their data, say.
    Alone,
    /// Two are, but are not in this world. If there are several such pairs, the first.
    Unlike {
        /// One.
        one: String,
        /// The other.
        other: String,
        /// What they differ in.
        why: Unlike,
    },
    /// A property tells processes apart, or cannot say that it does not.
    Property(&'static str),
    /// Hosts may crash amid sends, of which the first get out: who is first is told from others.
    Sends,
}

/// What two processes differ in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unlike {
    /// One of them shares its host.
    Host,
    /// One of them takes this request.
    Door(u32),
    /// This request is another one when they change places: it asks other things of them, or names
    /// them in another order than that of the processes.
    Request(u32),
    /// They do not start alike.
    Start,
}

/// The groups of processes, two or more each, that can change places among themselves.
///
/// # Errors
/// If there are none, or what is to be explored is not symmetric.
pub fn alike<P: Protocol>(
    world: &World<P>,
    bounds: Bounds,
) -> Result<Vec<Vec<ProcessId>>, Asymmetry> {
    Group::of(&Untimed::new(world, bounds)).map(|group| group.alike)
}

/// All permutations that change nothing.
pub(crate) struct Group<P: Protocol> {
    pub(crate) symmetry: Symmetry<P>,
    pub(crate) alike: Vec<Vec<ProcessId>>,
}

impl<P: Protocol> Group<P> {
    /// Those of a world.
    pub(crate) fn of(world: &Untimed<P>) -> Result<Group<P>, Asymmetry> {
        let symmetry = world.protocol.symmetry().ok_or(Asymmetry::Protocol)?;
        assert!(P::SYMMETRIC, "a protocol that has a symmetry says so: see `Protocol::SYMMETRIC`");
        let mut alike: Vec<Vec<ProcessId>> = Vec::new();
        let mut first = None;
        let mut seeker = Seeker::new(world, &symmetry);
        for candidates in &symmetry.alike {
            let mut groups: Vec<Vec<ProcessId>> = Vec::new();
            for &process in candidates {
                let mut home = None;
                for (at, group) in groups.iter().enumerate() {
                    match seeker.compare(group[0], process)? {
                        None => home = Some(at),
                        Some(why) => drop(first.get_or_insert((group[0], process, why))),
                    }
                }
                match home {
                    Some(at) => groups[at].push(process),
                    None => groups.push(vec![process]),
                }
            }
            alike.extend(groups.into_iter().filter(|group| group.len() > 1));
        }
        if alike.is_empty() {
            let Some((one, other, why)) = first else { return Err(Asymmetry::Alone) };
            let name = |process| world.topology().name(process).to_owned();
            return Err(Asymmetry::Unlike { one: name(one), other: name(other), why });
        }
        if world.bounds.budgets.crashes > 0 && !world.bounds.any_sends {
            return Err(Asymmetry::Sends);
        }
        Ok(Group { symmetry, alike })
    }

    /// Changes of places of neighbours, which make up all others.
    pub(crate) fn generators(&self) -> Vec<(ProcessId, ProcessId)> {
        let pairs = self.alike.iter().flat_map(|group| group.windows(2));
        pairs.map(|pair| (pair[0], pair[1])).collect()
    }
}

/// Compares processes.
struct Seeker<'a, 'u, P: Protocol> {
    plain: Plain<'u, P>,
    first: State<P>,
    symmetry: &'a Symmetry<P>,
}

impl<'a, 'u, P: Protocol> Seeker<'a, 'u, P> {
    fn new(world: &'u Untimed<P>, symmetry: &'a Symmetry<P>) -> Self {
        let mut plain = Plain::new(world);
        let first = plain.first().0;
        Seeker { plain, first, symmetry }
    }

    /// What two processes differ in, if they do.
    fn compare(&mut self, a: ProcessId, b: ProcessId) -> Result<Option<Unlike>, Asymmetry> {
        let world = self.plain.world;
        let swap = Renaming::swap(a, b);
        let shares =
            |process: ProcessId| world.residents[world.hosts[process.index()].index()].len() > 1;
        if shares(a) || shares(b) {
            return Ok(Some(Unlike::Host));
        }
        for (index, (door, request)) in world.requests.iter().enumerate() {
            if *door == a || *door == b {
                return Ok(Some(Unlike::Door(index as u32)));
            }
            if (self.symmetry.request)(request, &swap) != *request {
                return Ok(Some(Unlike::Request(index as u32)));
            }
        }
        if let Err(monitor) = world.watch.renamed(&swap) {
            return Err(Asymmetry::Property(world.watch.monitors[monitor].name()));
        }
        let renamed = self.plain.renamed(&self.first, self.symmetry, &swap);
        Ok((renamed != self.first).then_some(Unlike::Start))
    }
}

impl<P: Protocol> Plain<'_, P> {
    /// A state when processes are called otherwise.
    pub(crate) fn renamed(
        &mut self,
        state: &State<P>,
        symmetry: &Symmetry<P>,
        by: &Renaming,
    ) -> State<P> {
        let mut renamed = state.clone();
        for process in self.world.topology().ids() {
            let (from, to) = (process.index(), by.of(process).index());
            renamed.locals[to] = state.locals[from].renamed(symmetry, by);
            let mut mail = Mail::default();
            for &letter in state.mail[from].letters() {
                let (sender, message) = self.letters[from].get(letter);
                let letter = (by.of(*sender), (symmetry.message)(message, by));
                let letter = self.letters[to].intern(letter).0;
                let sender = |letter| self.letters[to].get(letter).0;
                mail.add(self.world.bounds.network, letter, sender);
            }
            renamed.mail[to] = mail;
        }
        renamed.tally = self.world.renamed(state.tally, by);
        renamed.watch = state.watch.renamed(by).expect("all monitors said that they can");
        renamed
    }
}

impl<P: Protocol> Untimed<P> {
    /// A tally when processes are called otherwise: of who runs on a host of its own, the host.
    pub(crate) fn renamed(&self, tally: Tally, by: &Renaming) -> Tally {
        let host = |host: usize| match &self.residents[host][..] {
            &[process] => self.hosts[by.of(process).index()].index(),
            _ => host,
        };
        let cut = tally.cut.map(|cut| self.cuts.renamed(cut, self.residents.len(), host));
        Tally { cut, ..tally }
    }
}

impl fmt::Display for Asymmetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asymmetry::Protocol => f.write_str("the protocol tells its processes apart"),
            Asymmetry::Alone => f.write_str("no two processes are alike"),
            Asymmetry::Unlike { one, other, why } => match why {
                Unlike::Host => write!(f, "of `{one}` and `{other}` one shares its host"),
                Unlike::Door(request) => {
                    write!(f, "of `{one}` and `{other}` one takes request {request}")
                }
                Unlike::Request(request) => write!(
                    f,
                    "request {request} asks other things of `{one}` than of `{other}`, or names \
                     them in another order than the services"
                ),
                Unlike::Start => write!(f, "`{one}` and `{other}` do not start alike"),
            },
            Asymmetry::Property(name) => write!(f, "`{name}` tells processes apart"),
            Asymmetry::Sends => f.write_str(
                "who crashes amid sends has sent the first of them, which tells the first \
                 receiver from the others",
            ),
        }
    }
}
