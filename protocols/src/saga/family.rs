//! What listings say of sagas.

use super::knobs::Flaw;
use crate::properties::Property;
use crate::setup::Family;

/// What listings say.
pub const FAMILY: Family = Family {
    name: "saga",
    summary: "orchestrated: local transactions one after the other, compensated in reverse",
    broken: &[
        (
            Flaw::ForwardCompensation.name(),
            "compensations run in the order of the steps",
            "compensation-order",
        ),
        (
            Flaw::ParallelCompensation.name(),
            "all compensations run at once, whatever came after what",
            "compensation-order",
        ),
        (
            Flaw::LateRegistration.name(),
            "a step whose outcome is unknown is not compensated",
            "compensation-complete",
        ),
        (
            Flaw::UndoForgotten.name(),
            "a service with nothing to undo does not remember that it was asked",
            "no-hang",
        ),
        (
            Flaw::UndoInMemory.name(),
            "a service with nothing to undo remembers it until it crashes",
            "no-hang",
        ),
        (Flaw::BlindUndo.name(), "a service undoes what it has not done", "null-safe"),
        (
            Flaw::NotIdempotent.name(),
            "a service does again what it is asked again",
            "exactly-once-effect",
        ),
        (
            Flaw::FailedUndoPassedOver.name(),
            "a compensation that was refused is recorded as done",
            "compensation-complete",
        ),
        (
            Flaw::UnforcedStart.name(),
            "the start of a saga is not forced before its first call",
            "saga-outcome",
        ),
        (
            Flaw::UnforcedStep.name(),
            "a step is called before it is durable that it may have to be undone",
            "compensation-complete",
        ),
        (Flaw::UnloggedTurn.name(), "the turn to backward recovery is not logged", "saga-outcome"),
        (
            Flaw::AnswersBeforeEnd.name(),
            "the client is told before the end of the saga is durable",
            "saga-outcome",
        ),
        (
            Flaw::StateUnchecked.name(),
            "a worker writes a saga's state as if it were still what it has read",
            "saga-outcome",
        ),
    ],
    properties: &[
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::ExactlyOnceEffect,
        Property::NoHang,
        Property::NullSafe,
        Property::CompensationOrder,
        Property::CompensationComplete,
        Property::SagaOutcome,
    ],
    by_request: &[Property::NoDirtyRead, Property::NoLostUpdate, Property::ReadYourWrites],
};
