//! What is checked where a file does not say.

use std::collections::BTreeSet;

use dtxsim_core::fault::Swarm;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, Op, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::saga::Graph;

use crate::scenario::Mode;

/// What a file that does not say has checked: of what its protocol is judged by, whatever can come
/// to be judged in it.
pub(crate) fn checked_by_default(
    of_protocol: &[Property],
    (business, order): (&Business, Option<&Graph>),
    swarm: Option<&Swarm>,
    mode: Option<&Mode>,
) -> Vec<Property> {
    let recovering = match mode {
        None | Some(Mode::Seeds(_)) => swarm.is_some_and(|swarm| swarm.crashes > 0),
        Some(Mode::Explore(explore)) => {
            explore.bounds.budgets.crashes > 0 && explore.bounds.restarts
        }
    };
    let undisturbed = matches!(mode, Some(Mode::Explore(_)));
    let any = |is_so: fn(&Outlook) -> bool| any((business, order), is_so);
    let is_any_listed_possible = any(|outlook| outlook.is_possible);
    // Of those that are generated, some are done sooner or later.
    let is_generated = matches!(business.transactions, Transactions::Generated(_));
    let is_any_possible = is_generated || is_any_listed_possible;
    let is_any_undone =
        |by: Property| of_protocol.contains(&by) && any(|outlook| outlook.undone >= 1);
    let judged = |property: &Property| match property {
        Property::Agreement
        | Property::Stability
        | Property::Termination
        | Property::Conservation
        | Property::NoLockLeft
        | Property::Consistent
        | Property::SagaOutcome
        | Property::NoReservationLeft
        | Property::PublishedIffCommitted
        | Property::NoDirtyRead
        | Property::NoLostUpdate
        | Property::NoReadSkew
        | Property::ReadYourWrites => true,
        Property::CommitValidity | Property::AtLeastOnce | Property::Convergence => is_any_possible,
        // Where there is something to undo, it had its effect before.
        Property::ExactlyOnceEffect => {
            is_any_possible || is_any_undone(Property::CompensationComplete)
        }
        Property::NoNegativeBalance => {
            let mut keys = business.services.iter().flat_map(|service| &service.keys);
            let is_bound = keys.any(|key| key.min.is_some() || key.max.is_some());
            // A reservation that is given back has changed nothing.
            is_bound && (is_any_possible || is_any_undone(Property::CompensationOrder))
        }
        Property::Durability => recovering,
        // Needs runs in which nothing goes wrong and nobody refuses. An exploration has them, if
        // any transaction can be done; of seeds only the author knows.
        Property::NonTriviality => undisturbed && is_any_listed_possible,
        Property::NoHang | Property::NullSafe | Property::CompensationComplete => {
            any(|outlook| outlook.undone >= 1)
        }
        Property::CompensationOrder => any(|outlook| outlook.is_ordered),
        Property::PerKeyOrder => shares_a_source_key(business),
    };
    Property::ALL.into_iter().filter(|p| of_protocol.contains(p)).filter(judged).collect()
}

/// What becomes of a transaction, if it is the first.
struct Outlook {
    /// Whether nobody refuses it.
    is_possible: bool,
    /// If somebody does, how many branches that write are done before, or may be.
    undone: usize,
    /// Whether one of those comes after another.
    is_ordered: bool,
}

/// Whether there is a listed transaction with such an outlook.
fn any((business, order): (&Business, Option<&Graph>), is_so: impl Fn(&Outlook) -> bool) -> bool {
    match &business.transactions {
        Transactions::Listed(listed) => {
            listed.iter().any(|listed| is_so(&outlook(business, order, listed)))
        }
        Transactions::Generated(_) => false,
    }
}

fn outlook(
    business: &Business,
    order: Option<&Graph>,
    Listed { branches, .. }: &Listed,
) -> Outlook {
    let name = |place: usize| business.services[branches[place].0].name.as_str();
    let is_before = |earlier: usize, later: usize| match order {
        None => earlier < later,
        Some(graph) => graph.is_before(name(earlier), name(later)),
    };
    let (done, refused): (Vec<usize>, Vec<usize>) =
        (0..branches.len()).partition(|&place| is_done(business, &branches[place]));
    let writes = |place: usize| branches[place].1.iter().any(|op| op.writes());
    let is_called = |place: usize| !refused.iter().any(|&refused| is_before(refused, place));
    let undone: Vec<usize> = match refused.is_empty() {
        true => Vec::new(),
        false => done.into_iter().filter(|&place| writes(place) && is_called(place)).collect(),
    };
    let later = |place: usize| undone.iter().any(|&other| is_before(place, other));
    Outlook {
        is_possible: refused.is_empty(),
        undone: undone.len(),
        is_ordered: undone.iter().any(|&place| later(place)),
    }
}

/// Whether a service does not refuse a branch if it is the first.
fn is_done(business: &Business, (service, ops): &(usize, Vec<Op>)) -> bool {
    let keys = &business.services[*service].keys;
    let mut values: Vec<i64> = keys.iter().map(|key| key.initial).collect();
    ops.iter().all(|op| match *op {
        Op::Read(_) => true,
        Op::Add(key, amount) => {
            let at = usize::from(key.0);
            // What is wrong with a file is said elsewhere.
            let Some(spec) = keys.get(at) else { return true };
            let allowed = |sum: &i64| {
                spec.min.is_none_or(|min| *sum >= min) && spec.max.is_none_or(|max| *sum <= max)
            };
            let sum = values[at].checked_add(amount).filter(allowed);
            values[at] = sum.unwrap_or(values[at]);
            sum.is_some()
        }
    })
}

/// Whether two transactions change a datum of their common first service; those that are generated
/// sooner or later do.
fn shares_a_source_key(business: &Business) -> bool {
    let Transactions::Listed(listed) = &business.transactions else { return true };
    let possible = listed.iter().filter(|listed| outlook(business, None, listed).is_possible);
    let mut seen = BTreeSet::new();
    let mut keys = possible.filter_map(|listed| listed.branches.first()).flat_map(branch_keys);
    keys.any(|key| !seen.insert(key))
}

/// What a branch changes, each datum once.
fn branch_keys((service, ops): &(usize, Vec<Op>)) -> BTreeSet<(usize, Key)> {
    ops.iter().filter(|op| op.writes()).map(|op| (*service, op.key())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtxsim_protocols::common::{KeySpec, Service};

    /// Three services with ten each, of which none may go below zero.
    fn business(transactions: &[&[(usize, i64)]]) -> Business {
        let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
        let service = |n| Service { name: format!("s{n}"), keys: vec![key.clone()] };
        let branch = |&(service, amount): &(usize, i64)| (service, vec![Op::Add(Key(0), amount)]);
        let listed = |branches: &&[(usize, i64)]| Listed {
            name: "t".into(),
            branches: branches.iter().map(branch).collect(),
        };
        Business {
            services: (0..3).map(service).collect(),
            transactions: Transactions::Listed(transactions.iter().map(listed).collect()),
        }
    }

    fn checked(transactions: &[&[(usize, i64)]]) -> Vec<Property> {
        let of_protocol = [
            Property::SagaOutcome,
            Property::NullSafe,
            Property::CompensationOrder,
            Property::PerKeyOrder,
        ];
        checked_by_default(&of_protocol, (&business(transactions), None), None, None)
    }

    #[test]
    fn a_protocol_is_judged_by_its_own_properties_only() {
        let business = business(&[&[(0, 1), (1, 1)]]);
        let checked = |of| checked_by_default(of, (&business, None), None, None);
        assert_eq!(checked(&[Property::Consistent]), [Property::Consistent]);
        let by_seeds = [Property::Durability, Property::NonTriviality];
        let expected: Vec<_> = Property::OF_ATOMIC_COMMITMENT
            .iter()
            .copied()
            .filter(|property| !by_seeds.contains(property))
            .collect();
        assert_eq!(checked(Property::OF_ATOMIC_COMMITMENT), expected);
    }

    #[test]
    fn undoing_is_judged_where_a_refusal_leaves_something_to_undo() {
        let (outcome, safe) = (Property::SagaOutcome, Property::NullSafe);
        assert_eq!(checked(&[&[(0, -1), (1, -1)]]), [outcome]);
        assert_eq!(checked(&[&[(0, -11), (1, -1)]]), [outcome], "the first refuses");
        assert_eq!(checked(&[&[(0, -1), (1, -11)]]), [safe, outcome]);
        let order = Property::CompensationOrder;
        let third = checked(&[&[(0, -1), (1, -1), (2, -11)]]);
        assert_eq!(third.len(), 3);
        assert!(third.contains(&order));
    }

    #[test]
    fn in_a_graph_what_is_beside_a_refusal_may_be_done_and_has_no_order_of_its_own() {
        let judged = |orders: &[(&'static str, &'static str)]| {
            let graph = Graph::new(orders.iter().copied()).expect("there is no circle");
            let of_protocol = [Property::NullSafe, Property::CompensationOrder];
            let business = business(&[&[(0, -1), (1, -1), (2, -11)]]);
            checked_by_default(&of_protocol, (&business, Some(&graph)), None, None)
        };
        let (safe, order) = (Property::NullSafe, Property::CompensationOrder);
        assert_eq!(judged(&[("s2", "s0"), ("s2", "s1")]), [safe], "neither has to wait");
        assert_eq!(judged(&[("s1", "s0"), ("s2", "s0")]), [safe, order]);
        assert_eq!(judged(&[("s0", "s2"), ("s1", "s2")]), [], "the refusal comes first");
    }

    #[test]
    fn an_order_is_judged_where_two_events_share_a_datum() {
        let keyed = Property::PerKeyOrder;
        assert!(checked(&[&[(0, -1), (1, 1)], &[(0, -1), (2, 1)]]).contains(&keyed));
        assert!(!checked(&[&[(0, -1), (1, 1)], &[(1, -1), (0, 1)]]).contains(&keyed));
        assert!(!checked(&[&[(0, -1), (1, 1)], &[(0, -11), (1, 1)]]).contains(&keyed));
    }
}
