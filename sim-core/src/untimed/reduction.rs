/// What of a world an exploration may leave out, for it would tell nothing new.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Reductions {
    /// Of states that differ only by which of some processes that are alike is which, one.
    pub symmetry: bool,
    /// Of orders of steps that do not depend on each other, some. Every state is found all the
    /// same, at its depth; steps are fewer. Breadth first, and of the collapsed space.
    pub partial_order: bool,
}

impl Reductions {
    /// Their names in scenarios, and what each stands for.
    pub const NAMED: [(&'static str, Reductions); 2] = [
        ("symmetry", Reductions { symmetry: true, partial_order: false }),
        ("partial_order", Reductions { symmetry: false, partial_order: true }),
    ];

    /// These and those.
    #[must_use]
    pub fn and(self, others: Reductions) -> Reductions {
        Reductions {
            symmetry: self.symmetry || others.symmetry,
            partial_order: self.partial_order || others.partial_order,
        }
    }

    /// The names of those that are wanted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Reductions::NAMED.into_iter().filter(move |(_, one)| self.and(*one) == self).map(|(n, _)| n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_what_it_stands_for() {
        for (name, reductions) in Reductions::NAMED {
            assert_eq!(reductions.names().collect::<Vec<_>>(), [name]);
        }
        assert_eq!(Reductions::default().names().count(), 0);
    }
}
