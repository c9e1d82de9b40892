use std::collections::{BTreeMap, BTreeSet};

use crate::common::TxId;

/// How a transaction has ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum End {
    /// What it wrote is there.
    Committed,
    /// What it wrote never was.
    Aborted,
    /// Nobody knows yet: it is neither in the graph, nor does it spoil what others read.
    Open,
}

/// A version of a datum other than the one that was there at first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// Who wrote it.
    pub writer: TxId,
    /// Which of those that this writer made of the datum, counted from zero.
    pub nth: u32,
}

/// What transactions have read and written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    ends: BTreeMap<TxId, End>,
    /// The versions of each datum, in their order.
    versions: BTreeMap<String, Vec<Version>>,
    /// Datum, version, reader; `None` is what was there at first.
    reads: BTreeSet<(String, Option<Version>, TxId)>,
}

impl History {
    /// A transaction writes a datum: the newest version of it.
    pub fn write(&mut self, tx: TxId, datum: &str) -> Version {
        self.ends.entry(tx).or_insert(End::Open);
        let versions = self.versions.entry(datum.to_owned()).or_default();
        let before = versions.iter().filter(|version| version.writer == tx).count();
        let version = Version { writer: tx, nth: before as u32 };
        versions.push(version);
        version
    }

    /// A transaction reads a version of a datum; `None` is what was there at first.
    pub fn read(&mut self, tx: TxId, datum: &str, version: Option<Version>) {
        self.ends.entry(tx).or_insert(End::Open);
        self.reads.insert((datum.to_owned(), version, tx));
    }

    /// Says how a transaction has ended.
    pub fn end(&mut self, tx: TxId, end: End) {
        self.ends.insert(tx, end);
    }

    pub(super) fn is(&self, tx: TxId, end: End) -> bool {
        self.ends.get(&tx) == Some(&end)
    }

    pub(super) fn committed(&self) -> impl Iterator<Item = TxId> + '_ {
        self.ends.iter().filter(|(_, end)| **end == End::Committed).map(|(&tx, _)| tx)
    }

    /// The versions of each datum, in their order.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&str, &[Version])> {
        self.versions.iter().map(|(datum, versions)| (datum.as_str(), versions.as_slice()))
    }

    fn of(&self, datum: &str) -> &[Version] {
        self.versions.get(datum).map_or(&[], |versions| versions)
    }

    /// What those who committed have read of others: datum, version, reader.
    pub(super) fn reads(&self) -> impl Iterator<Item = (&str, Option<Version>, TxId)> {
        let mine = |version: Option<Version>, tx| version.is_some_and(|v| v.writer == tx);
        let reads = self.reads.iter();
        let reads = reads
            .filter(move |(_, version, tx)| self.is(*tx, End::Committed) && !mine(*version, *tx));
        reads.map(|(datum, version, tx)| (datum.as_str(), *version, *tx))
    }

    /// Whether its writer has made no later one of the datum.
    pub(super) fn is_final(&self, datum: &str, version: Version) -> bool {
        let last = self.of(datum).iter().rfind(|other| other.writer == version.writer);
        last.is_none_or(|last| last.nth <= version.nth)
    }

    pub(super) fn is_installed(&self, datum: &str, version: Version) -> bool {
        self.is(version.writer, End::Committed) && self.is_final(datum, version)
    }

    /// The first version after that one that is installed, of another writer.
    pub(super) fn next_installed(&self, datum: &str, version: Option<Version>) -> Option<Version> {
        let versions = self.of(datum);
        let place = versions.iter().position(|other| Some(*other) == version);
        let after = place.map_or(0, |place| place + 1);
        let other = |next: &&Version| version.is_none_or(|version| version.writer != next.writer);
        let installed = |next: &&Version| other(next) && self.is_installed(datum, **next);
        versions[after..].iter().find(installed).copied()
    }

    pub(super) fn writes(&self, tx: TxId, datum: &str) -> bool {
        self.of(datum).iter().any(|version| version.writer == tx)
    }
}
