//! When everything happens: a system of difference constraints.
//!
//! Each rule says that one moment is at least so much later than another; that a timer runs out
//! exactly when it does is two of them. The earliest times that keep all rules are the longest
//! paths from the beginning; they exist if no way round takes more than no time (Bellman, *On a
//! routing problem*, 1958). If one does, its rules contradict each other, and are what is said.

use crate::time::Nanos;

/// Something that happens in the run, by number; the first is its beginning.
pub(super) type Moment = usize;

/// One moment is so much later than another, or more. Less than nothing: earlier by no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) least: i128,
    pub(super) why: Why,
}

/// Where a rule comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Why {
    /// The order of the path.
    Sequence,
    /// A timer, by number.
    Timer(usize),
    /// A message within a host, by number.
    Local(usize),
}

/// The earliest times that keep all rules, or rules that contradict each other, once around.
pub(super) fn solve(moments: usize, rules: &[Rule]) -> Result<Vec<Nanos>, Vec<Rule>> {
    let mut at = vec![0i128; moments];
    let mut via: Vec<Option<usize>> = vec![None; moments];
    for _ in 0..=moments {
        let mut moved = None;
        for (number, rule) in rules.iter().enumerate() {
            let earliest = at[rule.from] + rule.least;
            if earliest > at[rule.to] {
                at[rule.to] = earliest;
                via[rule.to] = Some(number);
                moved = Some(rule.to);
            }
        }
        let Some(last) = moved else {
            let nanos = |time: i128| Nanos(u64::try_from(time - at[0]).unwrap_or(u64::MAX));
            return Ok(at.iter().map(|&time| nanos(time)).collect());
        };
        if let Some(circle) = circle(rules, &via, last) {
            return Err(circle);
        }
    }
    unreachable!("what still moves after so many rounds goes round")
}

/// The same contradiction by as few timers and messages as it takes.
pub(super) fn essence(moments: usize, rules: &[Rule], circle: Vec<Rule>) -> Vec<Rule> {
    let mut essence = circle.clone();
    for Rule { why, .. } in circle {
        let is_left = |rule: &&Rule| {
            let is_in = essence.iter().any(|other| other.why == rule.why);
            rule.why == Why::Sequence || rule.why != why && is_in
        };
        let fewer: Vec<Rule> = rules.iter().filter(is_left).copied().collect();
        if let Err(smaller) = solve(moments, &fewer) {
            essence = smaller;
        }
    }
    essence
}

/// The rules by which a moment was moved, if they come back to where they were.
fn circle(rules: &[Rule], via: &[Option<usize>], last: Moment) -> Option<Vec<Rule>> {
    let mut seen = vec![false; via.len()];
    let mut at = last;
    while !seen[at] {
        seen[at] = true;
        at = rules[via[at]?].from;
    }
    let start = at;
    let mut circle = Vec::new();
    loop {
        let rule = rules[via[at]?];
        circle.push(rule);
        at = rule.from;
        if at == start {
            circle.reverse();
            return Some(circle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(from: Moment, to: Moment, least: i128) -> Rule {
        Rule { from, to, least, why: Why::Sequence }
    }

    #[test]
    fn times_are_the_earliest_that_keep_every_rule() {
        let rules = [rule(0, 1, 1), rule(1, 2, 1), rule(0, 2, 10), rule(2, 0, -10)];
        assert_eq!(solve(3, &rules), Ok(vec![Nanos(0), Nanos(1), Nanos(10)]));
        let late = [rule(0, 1, 5), rule(1, 2, 1), rule(2, 1, -1)];
        assert_eq!(solve(3, &late), Ok(vec![Nanos(0), Nanos(5), Nanos(6)]));
    }

    #[test]
    fn rules_that_contradict_each_other_are_named() {
        let order = [rule(0, 1, 1), rule(1, 2, 1), rule(2, 3, 1)];
        let slow = rule(1, 2, 10);
        let fast = rule(3, 0, -8);
        let mut rules = order.to_vec();
        rules.extend([slow, fast]);
        let circle = solve(4, &rules).expect_err("ten and two is more than eight");
        assert_eq!(circle.len(), 4);
        assert!(circle.contains(&slow) && circle.contains(&fast), "{circle:?}");
        assert!(circle.iter().map(|rule| rule.least).sum::<i128>() > 0);
        assert!(circle.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn what_is_not_needed_for_a_contradiction_is_left_out() {
        let timer = |number, rule| Rule { why: Why::Timer(number), ..rule };
        let long = [timer(0, rule(0, 1, 9)), timer(1, rule(1, 2, 9)), timer(2, rule(2, 0, -8))];
        let mut rules = vec![rule(0, 1, 0), rule(1, 2, 0)];
        rules.extend(long);
        let circle = solve(3, &rules).expect_err("it takes more than eight");
        let essence = essence(3, &rules, circle);
        let timers: Vec<Why> =
            essence.iter().map(|rule| rule.why).filter(|why| *why != Why::Sequence).collect();
        assert_eq!(timers.len(), 2, "one of the long ones is enough: {essence:?}");
    }
}
