use std::fmt;

/// A map kept as a sorted vector: ordered by key, dense in memory, free of allocation once grown.
///
/// The collection for what is small at any one time and must iterate in one order everywhere:
/// transactions in progress, locks held. Insertion in the middle costs linear time.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Table<K, V> {
    rows: Vec<(K, V)>,
}

impl<K: Ord, V> Table<K, V> {
    /// An empty table.
    pub const fn new() -> Self {
        Table { rows: Vec::new() }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn seek(&self, key: &K) -> Result<usize, usize> {
        // The newest key is the one that is asked for most often: transactions come in order.
        match self.rows.last() {
            None => Err(0),
            Some((last, _)) if last < key => Err(self.rows.len()),
            Some((last, _)) if last == key => Ok(self.rows.len() - 1),
            Some(_) => self.rows.binary_search_by(|(k, _)| k.cmp(key)),
        }
    }

    /// The row of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.seek(key).ok().map(|at| &self.rows[at].1)
    }

    /// The row of `key`, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.seek(key).ok().map(|at| &mut self.rows[at].1)
    }

    /// Whether there is a row of `key`.
    pub fn contains(&self, key: &K) -> bool {
        self.seek(key).is_ok()
    }

    /// Puts a row in; gives back the one that it replaces.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.seek(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.rows[at].1, value)),
            Err(at) => {
                self.rows.insert(at, (key, value));
                None
            }
        }
    }

    /// The row of `key`, made by `make` if there is none.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.seek(&key) {
            Ok(at) => at,
            Err(at) => {
                self.rows.insert(at, (key, make()));
                at
            }
        };
        &mut self.rows[at].1
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.seek(key).ok().map(|at| self.rows.remove(at).1)
    }

    /// Keeps only the rows that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.rows.retain_mut(|(k, v)| keep(k, v));
    }

    /// Takes all rows out, keeping the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// The first row in order.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.rows.first().map(|(k, v)| (k, v))
    }

    /// All rows in order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().map(|(k, v)| (k, v))
    }

    /// All keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.rows.iter().map(|(k, _)| k)
    }

    /// All rows in order of their keys, their values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.rows.iter_mut().map(|(k, v)| (&*k, v))
    }
}

impl<K: Ord, V> std::ops::Index<&K> for Table<K, V> {
    type Output = V;

    /// # Panics
    /// If there is no such row.
    fn index(&self, key: &K) -> &V {
        self.get(key).expect("the table has a row of that key")
    }
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Table::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.rows.iter().map(|(k, v)| (k, v))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn behaves_as_a_map(
            steps in prop::collection::vec((0u8..3, 0u8..20, any::<u8>()), 0..200)
        ) {
            let (mut table, mut model) = (Table::new(), BTreeMap::new());
            for (verb, key, value) in steps {
                match verb {
                    0 => prop_assert_eq!(table.insert(key, value), model.insert(key, value)),
                    1 => prop_assert_eq!(table.remove(&key), model.remove(&key)),
                    _ => prop_assert_eq!(
                        *table.entry(key, || value), *model.entry(key).or_insert(value)
                    ),
                }
                prop_assert_eq!(table.get(&key), model.get(&key));
                prop_assert!(table.iter().eq(model.iter()));
            }
        }
    }
}
