//! Values that hold others: lists, maps, fields.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::names::{all_of, nearest, quoted};
use crate::syntax::{Body, Kind, Node, Word};

use super::reader::{Reader, describe};

/// The fields that something has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// What it is, as in `a service has no field ..`.
    pub(super) what: &'static str,
    /// Its fields.
    pub(super) names: &'static [&'static str],
}

/// The fields of a value, by name.
#[derive(Debug)]
pub(super) struct Record<'n, 't> {
    what: &'static str,
    head: &'n Range<usize>,
    fields: Vec<(&'n Word<'t>, &'n Node<'t>)>,
    /// What those that it does not have must have been meant for: they are not missing as well.
    misspelt: Vec<&'static str>,
}

/// An entry of a map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'n, 't> {
    pub(super) key: &'n Node<'t>,
    pub(super) value: &'n Node<'t>,
}

impl Reader {
    pub(super) fn list<'n, 't>(&mut self, node: &'n Node<'t>) -> Option<&'n [Node<'t>]> {
        let Kind::List(items) = &node.kind else {
            self.expected(node, "a list `[..]`");
            return None;
        };
        Some(items)
    }

    /// Reports a list or a map that is empty.
    pub(super) fn filled(&mut self, node: &Node<'_>, wrong: &str) {
        let empty = match &node.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            Kind::Number(_) | Kind::Text(_) | Kind::Useless | Kind::Shape(..) => false,
        };
        if empty {
            self.report(Diagnostic::at(&node.span, wrong));
        }
    }

    /// The entries of a map whose keys are names; each name once, and the first counts.
    pub(super) fn entries<'n, 't>(&mut self, node: &'n Node<'t>) -> Vec<(&'n str, Entry<'n, 't>)> {
        let Kind::Map(entries) = &node.kind else {
            self.expected(node, "a map `{\"name\": ..}`");
            return Vec::new();
        };
        let mut seen = BTreeMap::new();
        let mut named = Vec::new();
        for (key, value) in entries {
            let Some(name) = self.name(key) else { continue };
            if self.is_first(&mut seen, name, &key.span) {
                named.push((name, Entry { key, value }));
            }
        }
        named
    }

    /// Whether a name is new; if not, that is reported.
    pub(super) fn is_first<'n>(
        &mut self,
        seen: &mut BTreeMap<&'n str, &'n Range<usize>>,
        name: &'n str,
        span: &'n Range<usize>,
    ) -> bool {
        if let Some(first) = seen.get(name) {
            let message = format!("{} is there twice", quoted(name));
            self.report(Diagnostic::at(span, message).related(first, "first here"));
            return false;
        }
        seen.insert(name, span);
        true
    }

    /// The fields of `(..)` or `name(..)`; those that it does not have are reported.
    pub(super) fn record<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        Fields { what, names }: Fields,
    ) -> Option<Record<'n, 't>> {
        let none: &[(Word<'t>, Node<'t>)] = &[];
        let fields = match &node.kind {
            Kind::Shape(_, Body::Fields(fields)) => fields,
            Kind::Shape(Some(_), Body::Nothing) => none,
            Kind::Shape(_, Body::Items(items)) if items.is_empty() => none,
            Kind::Shape(..)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Useless
            | Kind::List(_)
            | Kind::Map(_) => {
                self.not_a_record(node, Fields { what, names });
                return None;
            }
        };
        let mut record =
            Record { what, head: &node.head, fields: Vec::new(), misspelt: Vec::new() };
        let mut seen = BTreeMap::new();
        for (word, value) in fields {
            if !names.contains(&word.text) {
                let sentence = format!("{what} has no field");
                self.unknown(&word.span, (&sentence, word.text), names.iter().copied());
                record.misspelt.extend(nearest(word.text, names));
            } else if self.is_first(&mut seen, word.text, &word.span) {
                record.fields.push((word, value));
            }
        }
        Some(record)
    }

    /// As [`Reader::record`], of something that has no name in front.
    pub(super) fn anonymous<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        fields: Fields,
    ) -> Option<Record<'n, 't>> {
        if node.word().is_some() {
            self.not_a_record(node, fields);
            return None;
        }
        self.record(node, fields)
    }

    fn not_a_record(&mut self, node: &Node<'_>, Fields { what, names }: Fields) {
        let message = format!("expected {what} with named fields, found {}", describe(node));
        let mut diagnostic = Diagnostic::at(&node.head, message);
        if let (Some(word), Kind::Shape(_, Body::Fields(_))) = (node.word(), &node.kind) {
            diagnostic = diagnostic.help(format!("remove {} before the `(`", quoted(word.text)));
        } else if names.len() <= 8 {
            diagnostic = diagnostic.help(format!("its fields are {}", all_of(names)));
        } else {
            let first = names.first().copied().unwrap_or_default();
            diagnostic = diagnostic.help(format!("write `({first}: .., ..)`"));
        }
        self.report(diagnostic);
    }

    /// Exactly so many values in parentheses, without names.
    pub(super) fn tuple<'n, 't, const N: usize>(
        &mut self,
        node: &'n Node<'t>,
        what: &str,
    ) -> Option<&'n [Node<'t>; N]> {
        if let Kind::Shape(_, Body::Items(items)) = &node.kind
            && let Ok(items) = <&[Node<'t>; N]>::try_from(items.as_slice())
        {
            return Some(items);
        }
        if let Kind::Shape(_, Body::Items(items)) = &node.kind {
            let values = if items.len() == 1 { "value" } else { "values" };
            let message = format!("expected {what}, found {} {values}", items.len());
            self.report(Diagnostic::at(&node.span, message));
        } else {
            self.expected(node, what);
        }
        None
    }
}

impl<'n, 't> Record<'n, 't> {
    /// The value of a field that may be missing. `Some(x)` is `x`, and `None` is missing.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node<'t>> {
        let (_, node) = self.fields.iter().find(|(word, _)| word.text == name)?;
        match (&node.kind, node.word().map(|word| word.text)) {
            (Kind::Shape(_, Body::Nothing), Some("None")) => None,
            (Kind::Shape(_, Body::Items(items)), Some("Some")) => match items.as_slice() {
                [only] => Some(only),
                _ => Some(node),
            },
            (_, _) => Some(node),
        }
    }

    /// The place of a field's name.
    pub(super) fn word(&self, name: &str) -> Option<&'n Range<usize>> {
        self.fields.iter().find(|(word, _)| word.text == name).map(|(word, _)| &word.span)
    }

    /// The place that stands for it all.
    pub(super) fn head(&self) -> &'n Range<usize> {
        self.head
    }

    /// The value of a field that must be there.
    pub(super) fn require(&self, reader: &mut Reader, name: &str) -> Option<&'n Node<'t>> {
        let node = self.get(name);
        if node.is_none() && !self.misspelt.contains(&name) {
            let message = format!("{} needs a field `{name}`", self.what);
            reader.report(Diagnostic::at(self.head, message));
        }
        node
    }
}
