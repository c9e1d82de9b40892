//! Seata AT.

use dtxsim_protocols::Choice;
use dtxsim_protocols::seata_at::{Flaw, GlobalLock, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::syntax::Node;

use super::{repetition, timeout};

const KNOBS: Fields =
    Fields { what: "`seata_at`", names: &["reads", "local", "retries", "broken"] };

const TIMEOUTS: Fields = Fields { what: "`timeouts`", names: &["resend", "resend_most"] };

const LOCKS: [(&str, GlobalLock); 2] =
    [("unlocked", GlobalLock::Unlocked), ("global_lock", GlobalLock::Asked)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::SeataAt(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let reads = lock(reader, &record, "reads", standard.reads);
    let local = lock(reader, &record, "local", standard.local);
    let retries = match record.get("retries") {
        None => Some(standard.retries),
        Some(node) => {
            let retries = reader.integer(node, "`retries`", (0, Knobs::RETRIES.into()));
            retries.and_then(|retries| u8::try_from(retries).ok())
        }
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs {
        reads: reads?,
        local: local?,
        retries: retries?,
        broken: broken?,
        timeouts: standard.timeouts,
    })
}

fn lock(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    name: &str,
    standard: GlobalLock,
) -> Option<GlobalLock> {
    match record.get(name) {
        None => Some(standard),
        Some(node) => reader.choice(node, "way with the global lock", &LOCKS),
    }
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let timeouts = Timeouts { resend: resend?, resend_most: resend_most? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
