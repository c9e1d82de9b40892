//! The values that many fields share: times, ratios, distributions.

use dtxsim_core::Nanos;
use dtxsim_core::latency::{LONGEST, Latency};
use dtxsim_core::ratio::Ratio;

use crate::diagnostic::Diagnostic;
use crate::syntax::{Kind, Node};

use super::reader::Reader;
use super::shapes::Fields;

/// Units of time, in nanoseconds.
const UNITS: [(&str, u64); 4] = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];

/// Units of memory, in bytes.
const SIZES: [(&str, u64); 6] = [
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

/// An amount of memory such as `mb(512)`, not zero; `what` begins sentences about it.
pub(super) fn bytes(reader: &mut Reader, node: &Node<'_>, what: &str) -> Option<u64> {
    if let Kind::Number(number) = node.kind {
        let diagnostic = Diagnostic::at(&node.span, format!("{what} needs a unit"));
        let help = format!("write `mb({number})`, or use `kb`, `gb`, `kib`, `mib` or `gib`");
        reader.report(diagnostic.help(help));
        return None;
    }
    let unit = reader.variant(node, "unit of memory", &SIZES)?;
    let [number] = reader.tuple(node, "an amount of memory such as `mb(512)`")?;
    let most = u64::MAX / unit;
    u64::try_from(reader.integer(number, what, (1, most.into()))?).ok().map(|count| count * unit)
}

/// A time such as `ms(5)`; at most an hour.
pub(super) fn time(reader: &mut Reader, node: &Node<'_>) -> Option<Nanos> {
    if let Kind::Number(number) = node.kind {
        let diagnostic = Diagnostic::at(&node.span, "a time needs a unit");
        reader.report(diagnostic.help(format!("write `ms({number})`, or use `ns`, `us` or `s`")));
        return None;
    }
    let unit = reader.variant(node, "unit of time", &UNITS)?;
    let [number] = reader.tuple(node, "a time such as `ms(5)`")?;
    let count = reader.integer(number, "a time", (0, u64::MAX.into()))?;
    let time = u64::try_from(count).ok().and_then(|count| count.checked_mul(unit)).map(Nanos);
    if time.is_none_or(|time| time > LONGEST) {
        reader.report(Diagnostic::at(&node.span, "a time must be at most an hour"));
        return None;
    }
    time
}

/// A time that is not zero; `what` begins the sentence that says so.
pub(super) fn span(reader: &mut Reader, node: &Node<'_>, what: &str) -> Option<Nanos> {
    let time = time(reader, node)?;
    if time == Nanos::ZERO {
        reader.report(Diagnostic::at(&node.span, format!("{what} must be more than no time")));
        return None;
    }
    Some(time)
}

/// A ratio such as `(1, 100)`.
pub(super) fn ratio(reader: &mut Reader, node: &Node<'_>) -> Option<Ratio> {
    let [num, den] = reader.tuple(node, "a ratio such as `(1, 100)`")?;
    let num = reader.count(num, "a ratio's first number", 0);
    let den = reader.count(den, "a ratio's second number", 1);
    Ratio::new(num?, den?)
}

/// A ratio that is at most one.
pub(super) fn chance(reader: &mut Reader, node: &Node<'_>) -> Option<Ratio> {
    let ratio = ratio(reader, node)?;
    if !ratio.is_probability() {
        let message = format!("a chance of {ratio} is more than always");
        reader.report(Diagnostic::at(&node.span, message).help("always is `(1, 1)`"));
        return None;
    }
    Some(ratio)
}

/// A ratio above zero that is a whole number of thousandths.
fn thousandths(reader: &mut Reader, node: &Node<'_>, what: &str) -> Option<u32> {
    let Ratio { num, den } = ratio(reader, node)?;
    let (scaled, den) = (u64::from(num) * 1000, u64::from(den));
    let wrong = if num == 0 {
        format!("{what} must not be zero")
    } else if !scaled.is_multiple_of(den) {
        format!("{what} must be a whole number of thousandths, such as `(1500, 1000)`")
    } else {
        match u32::try_from(scaled / den) {
            Ok(thousandths) => return Some(thousandths),
            Err(_) => format!("{what} is too large"),
        }
    };
    reader.report(Diagnostic::at(&node.span, wrong));
    None
}

#[derive(Clone, Copy)]
enum Shape {
    Constant,
    Uniform,
    Exponential,
    LogNormal,
    Pareto,
    Plain,
}

const SHAPES: [(&str, Shape); 9] = [
    ("constant", Shape::Constant),
    ("uniform", Shape::Uniform),
    ("exponential", Shape::Exponential),
    ("log_normal", Shape::LogNormal),
    ("pareto", Shape::Pareto),
    ("ns", Shape::Plain),
    ("us", Shape::Plain),
    ("ms", Shape::Plain),
    ("s", Shape::Plain),
];

const EXPONENTIAL: Fields = Fields { what: "`exponential`", names: &["min", "mean"] };
const LOG_NORMAL: Fields = Fields { what: "`log_normal`", names: &["median", "sigma"] };
const PARETO: Fields = Fields { what: "`pareto`", names: &["min", "shape"] };

/// A time, or a distribution of times.
pub(super) fn latency(reader: &mut Reader, node: &Node<'_>) -> Option<Latency> {
    if let Kind::Number(_) = node.kind {
        return time(reader, node).map(Latency::Constant);
    }
    match reader.variant(node, "distribution of times", &SHAPES)? {
        Shape::Plain => time(reader, node).map(Latency::Constant),
        Shape::Constant => {
            let [always] = reader.tuple(node, "`constant(<time>)`")?;
            time(reader, always).map(Latency::Constant)
        }
        Shape::Uniform => {
            let [low, high] = reader.tuple(node, "`uniform(<time>, <time>)`")?;
            let (low, high_time) = (time(reader, low), time(reader, high));
            let (low, high_time) = (low?, high_time?);
            if low > high_time {
                let message = "the longest time is less than the shortest";
                reader.report(Diagnostic::at(&high.span, message));
                return None;
            }
            Some(Latency::Uniform { low, high: high_time })
        }
        Shape::Exponential => {
            let record = reader.record(node, EXPONENTIAL)?;
            let min = record.get("min").map_or(Some(Nanos::ZERO), |node| time(reader, node));
            let mean = record.require(reader, "mean")?;
            let mean = span(reader, mean, "the mean");
            Some(Latency::Exponential { min: min?, mean: mean? })
        }
        Shape::LogNormal => {
            let record = reader.record(node, LOG_NORMAL)?;
            let median = record.require(reader, "median");
            let median = median.and_then(|node| span(reader, node, "the median"));
            let sigma = record.require(reader, "sigma")?;
            let sigma_milli = thousandths(reader, sigma, "sigma");
            Some(Latency::LogNormal { median: median?, sigma_milli: sigma_milli? })
        }
        Shape::Pareto => {
            let record = reader.record(node, PARETO)?;
            let min = record.require(reader, "min");
            let min = min.and_then(|node| span(reader, node, "the shortest time"));
            let shape = record.require(reader, "shape")?;
            let shape_milli = thousandths(reader, shape, "the shape");
            Some(Latency::Pareto { min: min?, shape_milli: shape_milli? })
        }
    }
}
