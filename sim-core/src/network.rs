//! The network between hosts: latency, loss, duplication, reordering, fifo links, partitions.
//!
//! Fault contract: a message may be lost, doubled, delayed without bound and overtaken, unless its
//! link says otherwise; it is never altered, invented or sent to another. A message crosses a
//! partition only if the link is open both when it leaves and when it would arrive, so a cut also
//! hits what is in flight. What was sent before a crash may arrive after the restart.

use crate::fault::FaultKind;
use crate::latency::Latency;
use crate::random::Streams;
use crate::ratio::Ratio;
use crate::time::Nanos;
use crate::topology::HostId;

/// How a link behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Link {
    /// How long a message takes.
    pub latency: Latency,
    /// How often a message is lost.
    pub loss: Ratio,
    /// How often a message arrives twice; the copy draws its own latency.
    pub duplication: Ratio,
    /// How often a message is held back, and for how long, so that later ones overtake it.
    pub reorder: Option<(Ratio, Latency)>,
    /// Whether messages arrive in the order in which they were sent.
    pub fifo: bool,
}

impl Link {
    /// A perfect link with that latency.
    pub const fn reliable(latency: Latency) -> Link {
        Link { latency, loss: Ratio::ZERO, duplication: Ratio::ZERO, reorder: None, fifo: false }
    }

    /// Whether this link can lose, double or hold back a message of its own accord.
    pub fn is_faulty(&self) -> bool {
        !self.loss.is_zero() || !self.duplication.is_zero() || self.reorder.is_some()
    }
}

/// The links of a world.
#[derive(Clone, PartialEq, Debug)]
pub struct Network {
    /// Every link that is not named below.
    pub default: Link,
    /// Exceptions: from, to, link. One direction each.
    pub links: Vec<(HostId, HostId, Link)>,
}

impl Network {
    /// The same link between all hosts.
    pub const fn uniform(default: Link) -> Network {
        Network { default, links: Vec::new() }
    }

    /// What the links do to messages of their own accord.
    pub fn fault_kinds(&self) -> Vec<FaultKind> {
        let links = || std::iter::once(&self.default).chain(self.links.iter().map(|(_, _, l)| l));
        let mut kinds = Vec::new();
        if links().any(|link| !link.loss.is_zero()) {
            kinds.push(FaultKind::Loss);
        }
        if links().any(|link| !link.duplication.is_zero()) {
            kinds.push(FaultKind::Duplication);
        }
        if links().any(|link| link.reorder.is_some_and(|(chance, _)| !chance.is_zero())) {
            kinds.push(FaultKind::Delay);
        }
        kinds
    }

    /// Whether any link is faulty of its own accord.
    pub fn is_faulty(&self) -> bool {
        self.default.is_faulty() || self.links.iter().any(|(_, _, link)| link.is_faulty())
    }
}

/// What becomes of a message that leaves its host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Lost,
    Cut,
    Arrives { at: Nanos, held_back: bool, copy: Option<Nanos> },
}

/// Chances that a seed adds to those of every link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Weather {
    pub(crate) loss: Ratio,
    pub(crate) duplication: Ratio,
    pub(crate) reorder: Ratio,
    pub(crate) hold: Nanos,
}

impl Weather {
    pub(crate) const FAIR: Weather = Weather {
        loss: Ratio::ZERO,
        duplication: Ratio::ZERO,
        reorder: Ratio::ZERO,
        hold: Nanos::ZERO,
    };
}

/// The network during a run.
#[derive(Clone, Debug)]
pub(crate) struct Wires {
    hosts: usize,
    links: Vec<Link>,
    cuts: Vec<u16>,
    latest: Vec<Nanos>,
    weather: Weather,
    /// Whether any message needs more than its latency: the common, quiet case is one draw.
    rough: bool,
}

impl Wires {
    pub(crate) fn new(hosts: usize, network: &Network) -> Wires {
        let mut links = vec![network.default; hosts * hosts];
        for &(from, to, link) in &network.links {
            links[from.index() * hosts + to.index()] = link;
        }
        let (cuts, latest) = (vec![0; hosts * hosts], vec![Nanos::ZERO; hosts * hosts]);
        let mut wires = Wires { hosts, links, cuts, latest, weather: Weather::FAIR, rough: false };
        wires.reset(Weather::FAIR);
        wires
    }

    pub(crate) fn reset(&mut self, weather: Weather) {
        self.cuts.fill(0);
        self.latest.fill(Nanos::ZERO);
        self.weather = weather;
        self.rough =
            weather != Weather::FAIR || self.links.iter().any(|link| link.is_faulty() || link.fifo);
    }

    /// Ends every fault: links keep their latency and order, and nothing else goes wrong.
    pub(crate) fn heal(&mut self) {
        self.cuts.fill(0);
        self.weather = Weather::FAIR;
        for link in &mut self.links {
            *link = Link { fifo: link.fifo, ..Link::reliable(link.latency) };
        }
        self.rough = self.links.iter().any(|link| link.fifo);
    }

    /// Restores the links that [`Wires::heal`] mended, for the next run.
    pub(crate) fn restore(&mut self, network: &Network) {
        self.links.fill(network.default);
        for &(from, to, link) in &network.links {
            self.links[from.index() * self.hosts + to.index()] = link;
        }
    }

    pub(crate) fn cut(&mut self, from: HostId, to: HostId) {
        self.cuts[from.index() * self.hosts + to.index()] += 1;
    }

    pub(crate) fn mend(&mut self, from: HostId, to: HostId) {
        let cuts = &mut self.cuts[from.index() * self.hosts + to.index()];
        *cuts = cuts.saturating_sub(1);
    }

    #[inline]
    pub(crate) fn is_cut(&self, from: HostId, to: HostId) -> bool {
        self.cuts[from.index() * self.hosts + to.index()] != 0
    }

    /// Decides what becomes of a message sent now, the order of its link aside.
    #[inline]
    pub(crate) fn send(
        &mut self,
        now: Nanos,
        from: HostId,
        to: HostId,
        streams: &mut Streams,
    ) -> Fate {
        let wire = from.index() * self.hosts + to.index();
        if self.cuts[wire] != 0 {
            return Fate::Cut;
        }
        if self.rough {
            return self.send_in_rough_weather(now, wire, streams);
        }
        let at = now + self.links[wire].latency.draw(&mut streams.latency);
        Fate::Arrives { at, held_back: false, copy: None }
    }

    fn send_in_rough_weather(&mut self, now: Nanos, wire: usize, streams: &mut Streams) -> Fate {
        let link = &self.links[wire];
        let chance = &mut streams.loss;
        if chance.chance(link.loss) || chance.chance(self.weather.loss) {
            return Fate::Lost;
        }
        let mut at = now + link.latency.draw(&mut streams.latency);
        let mut held_back = false;
        if let Some((ratio, hold)) = link.reorder
            && chance.chance(ratio)
        {
            at = at + hold.draw(&mut streams.latency);
            held_back = true;
        }
        if chance.chance(self.weather.reorder) {
            at = at + Nanos(chance.between(0, self.weather.hold.0));
            held_back = true;
        }
        let doubled = chance.chance(link.duplication) || chance.chance(self.weather.duplication);
        let copy = doubled.then(|| now + link.latency.draw(&mut streams.latency));
        Fate::Arrives { at, held_back, copy }
    }

    /// On a fifo link nothing arrives before what was sent before it, whatever delayed that.
    pub(crate) fn in_order(&mut self, from: HostId, to: HostId, fate: Fate) -> Fate {
        let wire = from.index() * self.hosts + to.index();
        match fate {
            Fate::Arrives { at, held_back, copy } if self.rough && self.links[wire].fifo => {
                let at = at.max(self.latest[wire]);
                let copy = copy.map(|copy| copy.max(at));
                self.latest[wire] = copy.unwrap_or(at);
                Fate::Arrives { at, held_back, copy }
            }
            Fate::Arrives { .. } | Fate::Lost | Fate::Cut => fate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = Nanos::from_millis(1);
    const A: HostId = HostId(0);
    const B: HostId = HostId(1);

    fn wires(link: Link) -> (Wires, Streams) {
        (Wires::new(2, &Network::uniform(link)), Streams::new(3))
    }

    fn arrivals(link: Link, count: u64) -> Vec<Fate> {
        let (mut wires, mut streams) = wires(link);
        let mut send = |n: u64| {
            let fate = wires.send(Nanos(n * 1000), A, B, &mut streams);
            wires.in_order(A, B, fate)
        };
        (0..count).map(&mut send).collect()
    }

    #[test]
    fn a_fifo_link_never_lets_a_message_overtake() {
        let wide = Latency::Uniform { low: Nanos::ZERO, high: MS };
        let times = |fifo| -> Vec<Nanos> {
            let half = Ratio { num: 1, den: 2 };
            let link = Link { fifo, duplication: half, ..Link::reliable(wide) };
            arrivals(link, 200)
                .into_iter()
                .flat_map(|fate| match fate {
                    Fate::Arrives { at, copy, .. } => [Some(at), copy],
                    Fate::Lost | Fate::Cut => panic!("a link without loss lost a message"),
                })
                .flatten()
                .collect()
        };
        assert!(times(true).is_sorted());
        assert!(!times(false).is_sorted(), "without fifo, some message overtakes another");
    }

    #[test]
    fn loss_and_duplication_follow_their_ratios() {
        let tenth = Ratio { num: 1, den: 10 };
        let link = Link { loss: tenth, duplication: tenth, ..Link::reliable(Latency::ZERO) };
        let fates = arrivals(link, 10_000);
        let lost = fates.iter().filter(|&&fate| fate == Fate::Lost).count();
        let doubled =
            fates.iter().filter(|fate| matches!(fate, Fate::Arrives { copy: Some(_), .. })).count();
        assert!((850..1150).contains(&lost), "{lost} of 10000 lost");
        assert!((750..1050).contains(&doubled), "{doubled} of 10000 doubled");
    }

    #[test]
    fn cuts_have_a_direction_and_nest() {
        let (mut wires, mut streams) = wires(Link::reliable(Latency::Constant(MS)));
        wires.cut(A, B);
        wires.cut(A, B);
        wires.mend(A, B);
        assert_eq!(wires.send(Nanos::ZERO, A, B, &mut streams), Fate::Cut);
        assert!(matches!(wires.send(Nanos::ZERO, B, A, &mut streams), Fate::Arrives { .. }));
        wires.heal();
        assert!(!wires.is_cut(A, B));
    }

    #[test]
    fn healing_ends_loss_and_restore_brings_it_back() {
        let always = Link { loss: Ratio::ONE, ..Link::reliable(Latency::ZERO) };
        let (mut wires, mut streams) = wires(always);
        assert_eq!(wires.send(Nanos::ZERO, A, B, &mut streams), Fate::Lost);
        wires.heal();
        assert!(matches!(wires.send(Nanos::ZERO, A, B, &mut streams), Fate::Arrives { .. }));
        wires.restore(&Network::uniform(always));
        wires.reset(Weather::FAIR);
        assert_eq!(wires.send(Nanos::ZERO, A, B, &mut streams), Fate::Lost);
    }
}
