//! The fixed words of a transfer document: statuses, signatures, opinions. Stored in tables and events as
//! they stand here, so a word is never renamed.

use crate::access::word_enum;

word_enum! {
    /// Where the document stands. Written by `evolve` only.
    Status {
        /// Being prepared by the consignor.
        Draft = "draft",
        /// Signed by the consignor; a carrier is expected.
        AwaitingCarrier = "awaiting_carrier",
        /// A carrier has the waste.
        InTransit = "in_transit",
        /// At the receiver, not yet confirmed.
        Arrived = "arrived",
        /// Everything accepted.
        Accepted = "accepted",
        /// Some containers refused.
        PartiallyRefused = "partially_refused",
        /// Everything refused.
        Refused = "refused",
        /// The consignor has the refused containers back.
        Returned = "returned",
        /// Given up before departure.
        Voided = "voided",
    }
}

impl Status {
    /// Nothing more can happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Status::Accepted | Status::Returned | Status::Voided)
    }

    /// The document holds its containers: no other document may list them.
    pub const fn holds_lots(self) -> bool {
        matches!(self, Status::AwaitingCarrier | Status::InTransit | Status::Arrived)
    }
}

word_enum! {
    /// A signature, in the order of the procedure.
    Step {
        /// 移出人确认.
        Consignor = "consignor",
        /// 承运人接单、起运; repeated by each carrier.
        Carrier = "carrier",
        /// The present carrier hands over to the next (联运交接, Art. 17).
        Handover = "handover",
        /// 运抵.
        Arrival = "arrival",
        /// 接受人确认 (Art. 18).
        Receiver = "receiver",
        /// The consignor confirms that refused containers are back.
        Return = "return",
        /// Given up before departure.
        Void = "void",
    }
}

word_enum! {
    /// The class of waste; each has its own rule pack.
    WasteClass {
        /// Hazardous waste.
        Hazardous = "hazardous",
    }
}

word_enum! {
    /// What the document's number is worth.
    NumberStatus {
        /// Minted by the State's or province's system.
        Official = "official",
        /// From a demonstration range: prints 非法定联单.
        Demo = "demo",
        /// No number yet: prints 非法定联单 and the internal number.
        None = "none",
    }
}

word_enum! {
    /// 接受人处理意见.
    Opinion {
        /// 接受.
        Accept = "accept",
        /// 部分接受.
        Partial = "partial",
        /// 拒收.
        Refuse = "refuse",
    }
}

word_enum! {
    /// What a quota use draws on.
    QuotaKind {
        /// Transfer quota of a management plan's line.
        Plan = "plan",
        /// Yearly quantity of a licence's line.
        Licence = "licence",
        /// Quantity of a cross-province approval's line.
        Approval = "approval",
    }
}
