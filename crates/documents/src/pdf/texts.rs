//! The words on the documents, as data. One struct per document, read from `data/texts/documents.LANG.json`;
//! a missing or unknown field is an error at start, not a gap on paper. No default may stand here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All words of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentTexts {
    /// Container label.
    pub label: LabelTexts,
    /// Manifest.
    pub manifest: ManifestTexts,
    /// Waybill.
    pub waybill: WaybillTexts,
    /// Result sheet of a roadside check.
    pub check: CheckTexts,
}

impl DocumentTexts {
    /// Reads the file's content.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}

macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($field:ident $doc:literal,)* } $(maps { $($map:ident $map_doc:literal,)* })?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Language tag of these words, e.g. `zh` or `en`: decides where lines break.
            pub lang: String,
            $(#[doc = $doc] pub $field: String,)*
            $($(#[doc = $map_doc] pub $map: BTreeMap<String, String>,)*)?
        }
    };
}

/// Names of the hazard traits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the catalogue's own letters")]
pub struct TraitNames {
    /// Toxic.
    pub T: String,
    /// Corrosive.
    pub C: String,
    /// Ignitable.
    pub I: String,
    /// Reactive.
    pub R: String,
    /// Infectious.
    pub In: String,
}

/// Words on a container label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelTexts {
    /// Language tag of these words.
    pub lang: String,
    /// Headline.
    pub title: String,
    /// What stands between a field's name and its value.
    pub colon: String,
    /// Name of the waste.
    pub name: String,
    /// Category.
    pub category: String,
    /// Code.
    pub code: String,
    /// Physical form.
    pub form: String,
    /// Hazard traits.
    pub traits: String,
    /// Names of the traits.
    pub trait_names: TraitNames,
    /// Main components.
    pub main_components: String,
    /// Hazardous components.
    pub hazardous_components: String,
    /// Precautions.
    pub precautions: String,
    /// Identification code.
    pub container_id: String,
    /// Producing or collecting unit.
    pub producer: String,
    /// Contact.
    pub contact: String,
    /// Date of generation.
    pub generated_on: String,
    /// Mass.
    pub mass: String,
    /// Unit of mass.
    pub mass_unit: String,
    /// Remarks.
    pub remarks: String,
}

texts! {
    /// Words on a manifest.
    ManifestTexts {
        title "Headline.",
        number "Label of an official number.",
        internal_number "Label of an internal number.",
        demo_number "Label of a demonstration number.",
        demo_note "What a demonstration number is worth, in a sentence.",
        not_official "Line shown when the number is not officially assigned (非法定联单).",
        not_official_note "Why it is not, in a sentence.",
        status_at_issue "Label of the status.",
        issued_at "Label of the time of issue.",
        page "Page.",
        yes "Yes.",
        no "No.",
        not_filled "Shown for a part that has not been begun.",
        total "Total.",
        part_consignor "Heading of part one.",
        part_carrier "Heading of part two.",
        part_receiver "Heading of part three.",
        part_containers "Heading of the list of containers.",
        part_signatures "Heading of the signatures.",
        part_attestation "Heading of the attestation.",
        leg "Heading of a leg; `{n}` is its number.",
        unit_name "Name of unit.",
        credit_code "Unified social credit code.",
        emergency_phone "Emergency telephone.",
        address "Address.",
        handler "Person handling.",
        phone "Telephone.",
        handed_over_at "Time of hand-over.",
        intended_receiver "Intended receiver.",
        index "Column: number.",
        waste_name "Column: name of waste.",
        waste_code "Column: code.",
        traits "Column: hazard traits.",
        form "Column: physical form.",
        components "Column: hazardous components.",
        packaging "Column: packaging.",
        container_count "Column: number of containers.",
        mass "Column: mass in tonnes.",
        method "Column: method.",
        carrier_licence "Operating licence.",
        driver "Driver.",
        escort "Escort.",
        vehicle_kind "Kind of vehicle.",
        plate "Plate.",
        origin "Start.",
        departed_at "Departure.",
        via "Via.",
        destination "Destination.",
        arrived_at "Arrival.",
        receiver_licence "Hazardous-waste licence.",
        accepted_at "Time of acceptance.",
        discrepancy "Column: major discrepancy.",
        opinion "Column: opinion.",
        accepted_mass "Column: mass accepted in tonnes.",
        remark "Remark.",
        remarks "Remarks.",
        line "Column: line.",
        container_id "Column: identification code.",
        sent_kg "Column: mass sent in kilograms.",
        received_kg "Column: mass received in kilograms.",
        decision "Column: decision.",
        step "Column: step.",
        organisation "Column: organisation.",
        agent "Said after an organisation for which an agent signed; `{name}` is the agent.",
        person "Column: person.",
        sign_method "Column: method of signing.",
        signed_at "Column: time.",
        version "Version.",
        content_hash "Content hash.",
        rule_pack "Rule pack.",
        journal_position "Position in the journal.",
        key_name "Signing key of the journal.",
        offline_note_zh "What can be proved without connection, in Chinese.",
        offline_note_en "The same in English.",
    }
    maps {
        statuses "Names of the status codes.",
        opinions "Names of the opinion and decision codes.",
        steps "Names of the signature steps.",
        methods "Names of the signature methods.",
    }
}

texts! {
    /// Words on a waybill.
    WaybillTexts {
        title "Headline.",
        number "Number.",
        manifest_number "Number of the manifest.",
        not_official "Said after a manifest number that is not officially assigned.",
        issued_at "Label of the time of issue.",
        page "Page.",
        yes "Yes.",
        no "No.",
        total "Total.",
        consignor "Consignor.",
        receiver "Receiver.",
        loader "Loader.",
        carrier "Carrier.",
        name "Name.",
        phone "Telephone.",
        licence "Operating licence.",
        journey "Heading of the journey.",
        departs_on "Date of departure.",
        origin "Start.",
        destination "Destination.",
        urban_delivery "Urban delivery.",
        vehicle "Vehicle.",
        trailer "Trailer.",
        plate "Plate.",
        vehicle_certificate "Road-transport certificate.",
        tank "Tank.",
        tank_number "Number of tank.",
        tank_volume "Volume.",
        crew "Heading of the crew.",
        driver "Driver.",
        escort "Escort.",
        certificate "Qualification certificate.",
        goods "Heading of the goods.",
        index "Column: number.",
        un_number "Column: UN number.",
        shipping_name "Column: proper shipping name.",
        waste_code "Label of the waste code.",
        exempt "Said of goods carried under an exemption.",
        class "Column: class.",
        packing_group "Column: packing group.",
        packaging "Column: packaging.",
        count "Column: packages.",
        mass "Column: mass in tonnes.",
        remarks "Remarks.",
        dispatcher "Dispatcher.",
        dispatched_on "Date of dispatch.",
        attestation "Heading of the attestation.",
        version "Version.",
        content_hash "Content hash.",
        rule_pack "Rule pack.",
        journal_position "Position in the journal.",
        key_name "Signing key of the journal.",
        offline_note_zh "What can be proved without connection, in Chinese.",
        offline_note_en "The same in English.",
    }
}

texts! {
    /// Words on the result sheet of a roadside check.
    CheckTexts {
        title "Headline.",
        number "Number of the check.",
        issued_at "Label of the time at which the sheet was made.",
        page "Page.",
        result_found "Said large when a document was found.",
        result_none "Said large when none was found.",
        check "Heading of the check.",
        checked_at "Time of the check.",
        place "Place.",
        inspector "Inspector.",
        organisation "Organisation of the inspector.",
        purpose "Purpose.",
        code "Label of what the scanned code proved.",
        vehicle "Heading of the truck.",
        no_vehicle "Shown without a registered truck.",
        plate "Plate.",
        carrier "Carrier.",
        container "Heading of the container.",
        container_id "Identification code.",
        holder "Holder of the container.",
        manifests "Heading of the documents.",
        no_manifest "Shown without a document.",
        manifest_number "Column: number of the document.",
        not_official "Said after a number that is not officially assigned.",
        status "Column: status at the time of the check.",
        consignor "Column: consignor.",
        receiver "Column: receiver.",
        waste "Column: waste codes.",
        containers "Column: packages.",
        mass "Column: mass in tonnes.",
        papers_heading "Heading of licences and certificates.",
        paper "Column: kind of paper.",
        paper_holder "Column: holder.",
        paper_number "Column: number.",
        valid_to "Column: last day.",
        valid "Column: whether it was in force.",
        journal_position "Position in the journal.",
        statement "What this sheet is not, in a sentence.",
        sign_inspector "Line for the inspector's signature.",
        sign_driver "Line for the driver's signature.",
    }
    maps {
        kinds "Names of what was looked up.",
        codes "What a scanned code proved.",
        papers "Names of the papers.",
        validity "Whether a paper was in force.",
    }
}
