//! What rules may know, subject by subject. A fact is defined here once, with its unit and its source; its label
//! is in `data/warnings/facts.json`. Whoever makes facts leaves out what is not known: a missing fact makes a
//! rule "not computable", a zero would make it wrong.

use crate::access::word_enum;
use crate::condition::{FactDef, FactType, Schema};

word_enum! {
    /// What a rule looks at.
    SubjectKind {
        /// A manifest that has departed, with the truck of its current leg.
        Transit = "transit",
        /// A truck for hazardous waste, whether it carries a manifest or not.
        Vehicle = "vehicle",
        /// Weights of one manifest at both ends.
        Receipt = "receipt",
        /// A container in storage.
        Lot = "lot",
        /// A storage facility.
        Facility = "facility",
        /// A manifest that has arrived and waits for the receiver.
        Confirmation = "confirmation",
        /// An event of a camera, confirmed by a person.
        Camera = "camera",
    }
}

impl SubjectKind {
    /// The word that the interface uses for the thing itself: `vehicle`, `manifest`, `lot`, `facility`, `camera`.
    pub const fn thing(self) -> &'static str {
        match self {
            SubjectKind::Transit | SubjectKind::Receipt | SubjectKind::Confirmation => "manifest",
            SubjectKind::Vehicle => "vehicle",
            SubjectKind::Lot => "lot",
            SubjectKind::Facility => "facility",
            SubjectKind::Camera => "camera",
        }
    }

    /// The names that a rule about this subject may use.
    pub fn schema(self) -> Schema {
        Schema::new(facts(self).iter().map(|(name, kind, unit)| FactDef::new(name, *kind, unit)).collect())
    }
}

/// A fact: name, type, unit (empty for none).
type Fact = (&'static str, FactType, &'static str);

/// Names of facts, so that whoever makes them cannot misspell one.
pub mod names {
    macro_rules! names {
        ($( $(#[$doc:meta])* $name:ident = $text:literal; )+) => {
            $( $(#[$doc])* pub const $name: &str = $text; )+
        };
    }
    names! {
        /// The carrier signed for departure. Source: manifest.
        DEPARTED = "departed";
        /// Arrival is recorded. Source: manifest.
        ARRIVED = "arrived";
        /// Whole minutes since the departure that the carrier signed. Source: manifest.
        MINUTES_SINCE_DEPARTURE = "minutes_since_departure";
        /// At least one sound position of the truck since departure. Source: terminal.
        POSITION_KNOWN = "position_known";
        /// Whole minutes since the last sound position; missing while there is none. Source: terminal.
        SILENT_MINUTES = "silent_minutes";
        /// Whole minutes that the truck has stood, 0 while it moves. Source: terminal.
        STOPPED_MINUTES = "stopped_minutes";
        /// Speed in km/h. Source: terminal.
        SPEED_KMH = "speed_kmh";
        /// Metres along the track: since departure (transit), since leaving the site (vehicle). Source: terminal.
        MOVED_M = "moved_m";
        /// Inside a restricted zone in force. Source: terminal, zones.
        IN_RESTRICTED_ZONE = "in_restricted_zone";
        /// The police approved this entry (Art. 8); missing when nothing is registered. Source: registry.
        ZONE_APPROVED = "zone_approved";
        /// On the receiver's site. Source: terminal, sites.
        AT_RECEIVER_SITE = "at_receiver_site";
        /// On the consignor's site. Source: terminal, sites.
        AT_CONSIGNOR_SITE = "at_consignor_site";
        /// On a registered site of somebody else. Source: terminal, sites.
        AT_OTHER_SITE = "at_other_site";
        /// In a parking zone of the city. Source: terminal, zones.
        PERMITTED_STOP = "permitted_stop";
        /// Metres from the truck to the border of the receiver's site, 0 inside. Source: terminal, sites.
        DISTANCE_TO_RECEIVER_M = "distance_to_receiver_m";
        /// The same at the moment when arrival was recorded; missing before, and without a position then.
        ARRIVAL_DISTANCE_M = "arrival_distance_m";
        /// A sensor or a confirmed video event says that unloading goes on. Source: sensors, video.
        UNLOADING_SIGNAL = "unloading_signal";
        /// Metres from the truck to the planned route; missing without a plan. Source: terminal, roads.
        DEVIATION_M = "deviation_m";
        /// The last site that the truck stood on is a generator's. Source: terminal, sites.
        LEFT_GENERATOR_SITE = "left_generator_site";
        /// Whole minutes that it stood there. Source: terminal, sites.
        SITE_MINUTES = "site_minutes";
        /// Whole minutes of moving since it left. Source: terminal.
        MOVING_MINUTES = "moving_minutes";
        /// A manifest names the truck and is signed by the consignor or in transit. Source: manifests.
        HAS_OPEN_MANIFEST = "has_open_manifest";
        /// Mass that the consignor signed, g. Source: manifest.
        SENT_G = "sent_g";
        /// Mass that the receiver signed, refused containers left out on both sides, g. Source: manifest.
        RECEIVED_G = "received_g";
        /// Received minus sent, g.
        DIFFERENCE_G = "difference_g";
        /// Received minus sent in permille of sent; missing when nothing was sent.
        DIFFERENCE_PERMILLE = "difference_permille";
        /// Tolerance of the city, g: no law gives one. Source: city profile.
        TOLERANCE_G = "tolerance_g";
        /// Tolerance of the city, permille of sent. Source: city profile.
        TOLERANCE_PERMILLE = "tolerance_permille";
        /// Whole days since the container was taken into storage. Source: ledger.
        STORED_DAYS = "stored_days";
        /// Limit of the plan or the city for this waste, days; missing when none is set. Source: configuration.
        LIMIT_DAYS = "limit_days";
        /// The holder stores under an operating licence. Source: registry.
        LICENSED_OPERATOR = "licensed_operator";
        /// The first anniversary of storing has passed. Source: ledger; see `storage_year_over`.
        OVER_ONE_YEAR = "over_one_year";
        /// The licensing authority approved a longer time (Art. 81); missing when nothing is registered.
        EXTENSION_APPROVED = "extension_approved";
        /// Mass in storage, g. Source: ledger.
        STOCK_G = "stock_g";
        /// Registered capacity, g; missing when none is registered. Source: registry.
        CAPACITY_G = "capacity_g";
        /// Mass in storage in permille of the capacity. Source: ledger, registry.
        STOCK_PERMILLE = "stock_permille";
        /// The facility is a storage point (贮存点). Source: registry.
        STORAGE_POINT = "storage_point";
        /// The receiver has signed acceptance or refusal. Source: manifest.
        CONFIRMED = "confirmed";
        /// Whole working days since the day of arrival; missing when the calendar does not cover it.
        WORKING_DAYS_SINCE_ARRIVAL = "working_days_since_arrival";
        /// A person confirmed the event. Source: verification.
        VERIFIED = "verified";
        /// What the camera's system saw, a word. Source: video system.
        EVENT = "event";
        /// How sure that system was, permille. Source: video system.
        CONFIDENCE_PERMILLE = "confidence_permille";
    }
}

/// The facts of a subject.
fn facts(subject: SubjectKind) -> &'static [Fact] {
    use FactType::{Bool, Decimal, Int, Text};
    use names as n;
    match subject {
        SubjectKind::Transit => &[
            (n::DEPARTED, Bool, ""),
            (n::ARRIVED, Bool, ""),
            (n::MINUTES_SINCE_DEPARTURE, Int, "min"),
            (n::POSITION_KNOWN, Bool, ""),
            (n::SILENT_MINUTES, Int, "min"),
            (n::STOPPED_MINUTES, Int, "min"),
            (n::SPEED_KMH, Decimal, "km/h"),
            (n::MOVED_M, Int, "m"),
            (n::IN_RESTRICTED_ZONE, Bool, ""),
            (n::ZONE_APPROVED, Bool, ""),
            (n::AT_RECEIVER_SITE, Bool, ""),
            (n::AT_CONSIGNOR_SITE, Bool, ""),
            (n::AT_OTHER_SITE, Bool, ""),
            (n::PERMITTED_STOP, Bool, ""),
            (n::DISTANCE_TO_RECEIVER_M, Int, "m"),
            (n::ARRIVAL_DISTANCE_M, Int, "m"),
            (n::UNLOADING_SIGNAL, Bool, ""),
            (n::DEVIATION_M, Int, "m"),
        ],
        SubjectKind::Vehicle => &[
            (n::LEFT_GENERATOR_SITE, Bool, ""),
            (n::SITE_MINUTES, Int, "min"),
            (n::MOVING_MINUTES, Int, "min"),
            (n::MOVED_M, Int, "m"),
            (n::SPEED_KMH, Decimal, "km/h"),
            (n::SILENT_MINUTES, Int, "min"),
            (n::HAS_OPEN_MANIFEST, Bool, ""),
            (n::IN_RESTRICTED_ZONE, Bool, ""),
            (n::ZONE_APPROVED, Bool, ""),
        ],
        SubjectKind::Receipt => &[
            (n::SENT_G, Int, "g"),
            (n::RECEIVED_G, Int, "g"),
            (n::DIFFERENCE_G, Int, "g"),
            (n::DIFFERENCE_PERMILLE, Decimal, "permille"),
            (n::TOLERANCE_G, Int, "g"),
            (n::TOLERANCE_PERMILLE, Int, "permille"),
        ],
        SubjectKind::Lot => &[
            (n::STORED_DAYS, Int, "d"),
            (n::LIMIT_DAYS, Int, "d"),
            (n::LICENSED_OPERATOR, Bool, ""),
            (n::OVER_ONE_YEAR, Bool, ""),
            (n::EXTENSION_APPROVED, Bool, ""),
        ],
        SubjectKind::Facility => &[
            (n::STOCK_G, Int, "g"),
            (n::CAPACITY_G, Int, "g"),
            (n::STOCK_PERMILLE, Decimal, "permille"),
            (n::STORAGE_POINT, Bool, ""),
        ],
        SubjectKind::Confirmation => {
            &[(n::ARRIVED, Bool, ""), (n::CONFIRMED, Bool, ""), (n::WORKING_DAYS_SINCE_ARRIVAL, Int, "wd")]
        }
        SubjectKind::Camera => {
            &[(n::VERIFIED, Bool, ""), (n::EVENT, Text, ""), (n::CONFIDENCE_PERMILLE, Int, "permille")]
        }
    }
}

/// Whether what was stored on `since` has been kept for more than one year on `today`: the anniversary itself is
/// still within the year (solid waste law Art. 81; 29 February counts until 28 February).
pub fn storage_year_over(since: crate::time::Date, today: crate::time::Date) -> bool {
    since.checked_add(jiff::Span::new().years(1)).is_ok_and(|end| today > end)
}
