use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dtxsim_core::ProcessId;

use crate::common::{Key, KeySpec};

/// The data of every process, for properties that speak of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Catalog(Arc<[Vec<KeySpec>]>);

impl Catalog {
    pub(super) fn new(keys: Arc<[Vec<KeySpec>]>) -> Catalog {
        Catalog(keys)
    }

    pub(super) fn spec(&self, process: ProcessId, key: Key) -> &KeySpec {
        &self.0[process.index()][usize::from(key.0)]
    }

    /// The data of all processes but that one, in order.
    pub(super) fn all_but(&self, process: ProcessId) -> impl Iterator<Item = (ProcessId, Key)> {
        let others = self.0.iter().enumerate().map(|(n, keys)| (ProcessId(n as u16), keys.len()));
        let others = others.filter(move |(other, _)| *other != process);
        others.flat_map(|(other, len)| (0..len).map(move |key| (other, Key(key as u16))))
    }

    pub(super) fn name(&self, process: ProcessId, key: Key) -> String {
        self.spec(process, key).name.clone()
    }
}

/// Hashes as nothing: all monitors of a world have the same.
impl Hash for Catalog {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
impl Catalog {
    /// Keys and first values, by process.
    pub(super) fn of(processes: &[&[(&str, i64)]]) -> Catalog {
        let key = |&(name, initial): &(&str, i64)| KeySpec {
            name: name.to_owned(),
            initial,
            min: None,
            max: None,
        };
        Catalog(processes.iter().map(|keys| keys.iter().map(key).collect()).collect())
    }

    /// The same, all keys with these constraints.
    pub(super) fn constrained(self, min: Option<i64>, max: Option<i64>) -> Catalog {
        let constrain = |keys: &Vec<KeySpec>| -> Vec<KeySpec> {
            keys.iter().map(|key| KeySpec { min, max, ..key.clone() }).collect()
        };
        Catalog(self.0.iter().map(constrain).collect())
    }
}
