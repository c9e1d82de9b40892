//! Transactions over several services as transactions over one.

use dtxsim_core::client::Workload;
use dtxsim_core::random::Stream;
use dtxsim_core::{ProcessId, RequestId};

use std::sync::Arc;

use crate::common::transaction::Branch;
use crate::common::{Business, Key, Op, Transaction, Work};

/// The work of a business, every transaction folded into one branch.
pub(super) struct Folded {
    /// Of services, as if each were a process of its own.
    work: Box<dyn Workload<Work>>,
    /// Where the data of each service begin among those of all.
    begins: Vec<u16>,
}

impl Folded {
    pub(super) fn new(business: &Business) -> Folded {
        let services: Vec<ProcessId> = (0..business.services.len()).map(process).collect();
        let mut next = 0;
        let begins = business.services.iter().map(|service| {
            let begin = next;
            next += service.keys.len();
            begin as u16
        });
        let begins = begins.collect();
        Folded { work: business.work(&services), begins }
    }

    fn ops<'a>(&'a self, branch: &'a Branch) -> impl Iterator<Item = Op> + 'a {
        let begin = self.begins[branch.process.index()];
        branch.ops.iter().map(move |op| op.of(Key(op.key().0 + begin)))
    }
}

fn process(service: usize) -> ProcessId {
    ProcessId(service as u16)
}

impl Workload<Work> for Folded {
    fn len(&self) -> u32 {
        self.work.len()
    }

    fn request(&self, id: RequestId, stream: &mut Stream) -> Work {
        let Work(whole) = self.work.request(id, stream);
        let ops = whole.branches().iter().flat_map(|branch| self.ops(branch)).collect();
        let branch = Branch { process: process(0), ops };
        Work(Arc::new(Transaction::new(whole.name(), [branch])))
    }
}
