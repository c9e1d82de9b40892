use crate::properties::Property;

/// The words of a protocol that fault triggers and requirements may use: names, by kind number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    /// Message kinds.
    pub messages: &'static [&'static str],
    /// Timer kinds.
    pub timers: &'static [&'static str],
    /// Record kinds.
    pub records: &'static [&'static str],
    /// Note kinds.
    pub notes: &'static [&'static str],
}

/// A protocol family, as listings show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Family {
    /// Its name in scenarios.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Its broken variants: name, what is wrong, the property that it loses.
    pub broken: &'static [(&'static str, &'static str, &'static str)],
    /// What it is judged by if a scenario does not say, as far as that can come to be judged
    /// there.
    pub properties: &'static [Property],
    /// What it can be judged by as well, if a scenario asks for it. Of all else its notes say
    /// nothing, or something that means another thing there.
    pub by_request: &'static [Property],
}
