use dtxsim_core::untimed::{
    Asymmetry, Bounds, Budgets, Caps, Network, Order, Plan, Reductions, Unlike,
};
use dtxsim_protocols::common::{Business, Transactions};
use dtxsim_protocols::{Choice, Setup};

use crate::walk::Walk;

/// How a world is explored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explore {
    /// How much may happen.
    pub bounds: Bounds,
    /// In which order.
    pub order: Order,
    /// Whether of states only fingerprints are kept.
    pub fingerprints: bool,
    /// Where to give up.
    pub caps: Caps,
    /// What may be left out.
    pub reductions: Reductions,
    /// If it is too large to be explored: the walks to take instead.
    pub walk: Option<Walk>,
}

/// Why something cannot be explored like that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objection {
    /// The field that is to blame.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

impl Default for Explore {
    fn default() -> Self {
        let caps = Caps { states: Plan::STATES_MAX, memory: Explore::MEMORY };
        Explore {
            bounds: Bounds::default(),
            order: Order::default(),
            fingerprints: false,
            caps,
            reductions: Reductions::default(),
            walk: None,
        }
    }
}

impl Explore {
    /// The cap on memory of those who do not say: four gigabytes.
    pub const MEMORY: u64 = 4_000_000_000;

    /// What speaks against making use of the symmetry of a world, if that is wanted. A world that
    /// cannot be built is for others to object to.
    pub fn asymmetry(&self, setup: &Setup) -> Option<Objection> {
        if !self.reductions.symmetry {
            return None;
        }
        let why = setup.clone().build().ok()?.alike(self.bounds).err()?;
        let help = match &why {
            Asymmetry::Protocol | Asymmetry::Property(_) => "explore it without `symmetry`",
            Asymmetry::Alone => "symmetry is for services with equal data; without, leave it out",
            Asymmetry::Unlike { why: Unlike::Host, .. } => "place them apart, or leave it out",
            Asymmetry::Unlike { why: Unlike::Request(_), .. } => {
                "give every branch the same operations, services in their order, or leave it out"
            }
            Asymmetry::Unlike { why: Unlike::Door(_) | Unlike::Start, .. } => "leave it out",
            Asymmetry::Sends => {
                "write `sends: unordered` (`--sends unordered`), or leave it out (`--no-reduce`)"
            }
        };
        let message = format!("there is no symmetry to make use of: {why}");
        Some(Objection { field: "reduce", message, help })
    }

    /// All that speaks against exploring a protocol at work on a business like this.
    pub fn objections(
        &self,
        choice: &Choice,
        business: &Business,
        placement: &[(String, String)],
    ) -> Vec<Objection> {
        let Budgets { crashes, drops, duplicates, partitions } = self.bounds.budgets;
        let mut all = Vec::new();
        let mut object = |field, message: String, help| {
            all.push(Objection { field, message, help });
        };
        if crashes > 0 && !choice.can_crash() {
            let message = format!("`{}` knows no crashes", choice.family());
            object("crashes", message, "leave `crashes` out");
        }
        let of_set = self.bounds.network == Network::Set;
        for (field, budget) in [("drops", drops), ("duplicates", duplicates)] {
            if budget > 0 && of_set {
                let message = "where messages are a set, none need ever arrive and each may arrive \
                               again: a budget of these adds nothing";
                let help = "leave it out, or choose the network `bag` or `fifo`";
                object(field, message.to_owned(), help);
            }
        }
        let hosts = choice.topology(business, placement).hosts.len();
        let between = [("drops", drops), ("duplicates", duplicates), ("partitions", partitions)];
        for (field, budget) in between {
            if budget > 0 && hosts < 2 {
                let message = "all processes share one host, and what passes within it is neither \
                               lost, nor doubled, nor cut off";
                object(field, message.to_owned(), "leave it out, or place processes apart");
            }
        }
        let most = Plan::PARTED_HOSTS_MAX;
        if partitions > 0 && hosts > most {
            let message = format!(
                "{hosts} hosts can be parted in too many ways to explore: at most {most} hosts"
            );
            let help = "leave `partitions` out, or explore fewer services, or place some together";
            object("partitions", message, help);
        }
        let (field, requests) = match &business.transactions {
            Transactions::Listed(listed) => ("transactions", listed.len()),
            Transactions::Generated(generator) => ("generate", generator.count as usize),
        };
        let most = Plan::REQUESTS_MAX;
        if requests > most as usize {
            let message =
                format!("{requests} transactions are too many to explore: at most {most}");
            object(field, message, "explore a few, or run seeds");
        }
        let row = business.services.len() * requests.max(1);
        if self.bounds.any_sends && crashes > 0 && row > Bounds::ROW_MAX {
            let most = Bounds::ROW_MAX;
            let message = format!(
                "of {row} messages in a row, one a service and transaction, there are too many \
                 ways to let any get out: at most {most}"
            );
            object("sends", message, "take fewer, or leave it out");
        }
        let processes = choice.topology(business, placement).processes.len();
        all.extend(self.unordered(processes));
        all.extend(self.printless());
        all.extend(self.walkless(choice));
        all
    }

    /// What speaks against walking through a protocol instead.
    fn walkless(&self, choice: &Choice) -> Option<Objection> {
        let idle = matches!(choice, Choice::TwoPhaseTla(_));
        let message = format!(
            "a walk ends when everybody is idle, and in `{}` they are from the start",
            choice.family()
        );
        let help = "leave it out, and explore every interleaving";
        (self.walk.is_some() && idle).then_some(Objection { field: "walk", message, help })
    }

    /// What speaks against keeping fingerprints only.
    fn printless(&self) -> Option<Objection> {
        let message = "depth first any state may be gone back to: a fingerprint is not enough";
        let help = "leave out `fingerprints`, or `order`, or choose the order `deepening`";
        (self.fingerprints && self.order == Order::Depth).then(|| Objection {
            field: "fingerprints",
            message: message.to_owned(),
            help,
        })
    }

    /// What speaks against leaving out orders of steps among so many processes.
    fn unordered(&self, processes: usize) -> Option<Objection> {
        let most = Plan::AGENTS_MAX;
        if !self.reductions.partial_order {
            return None;
        }
        if self.order != Order::Breadth {
            let message = "which orders of steps may be left out is known breadth first only";
            let help = "leave out `partial_order`, or `order`";
            return Some(Objection { field: "reduce", message: message.to_owned(), help });
        }
        let message =
            format!("`partial_order` knows at most {most} processes, and here are {processes}");
        let help = "leave out `partial_order`, or explore fewer services";
        (processes > most).then_some(Objection { field: "reduce", message, help })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtxsim_protocols::common::Service;
    use dtxsim_protocols::common::business::Listed;

    #[test]
    fn what_makes_no_sense_is_objected_to() {
        let service = |name: &str| Service { name: name.to_owned(), keys: Vec::new() };
        let listed = Listed { name: "t".to_owned(), branches: Vec::new() };
        let business = Business {
            services: vec![service("a")],
            transactions: Transactions::Listed(vec![listed; 65]),
        };
        let mut explore = Explore::default();
        explore.bounds.network = Network::Set;
        explore.bounds.budgets = Budgets { crashes: 1, drops: 1, duplicates: 1, partitions: 1 };
        let tla = Choice::TwoPhaseTla(Default::default());
        let fields = |placement: &[(String, String)]| {
            let objections = explore.objections(&tla, &business, placement);
            objections.iter().map(|objection| objection.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&[]), ["crashes", "drops", "duplicates", "transactions"]);
        let together = [("transaction_manager".to_owned(), "a".to_owned())];
        let again = ["drops", "duplicates", "partitions"];
        let wanted = ["crashes", "drops", "duplicates"].into_iter().chain(again);
        assert!(fields(&together).into_iter().eq(wanted.chain(["transactions"])));
        let sound = Choice::TwoPhaseCommit(Default::default());
        let one = Business { transactions: Transactions::Listed(Vec::new()), ..business.clone() };
        assert_eq!(Explore::default().objections(&sound, &one, &[]), []);
        let mut rows = Explore::default();
        (rows.bounds.any_sends, rows.bounds.budgets.crashes) = (true, 1);
        let fields = |services| {
            let many = Business { services: vec![service("a"); services], ..one.clone() };
            let objections = rows.objections(&sound, &many, &[]);
            objections.iter().map(|objection| objection.field).collect::<Vec<_>>()
        };
        assert_eq!((fields(16), fields(17)), (vec![], vec!["sends"]));
    }
}
