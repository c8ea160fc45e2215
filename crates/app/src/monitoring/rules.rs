//! Rule ids of the live part's own checks; their texts are in `data/rules/live.json`. The rules of warnings are data:
//! `data/warnings`.

domain::rule_ids! {
    /// The content is no picture of a kind that is taken.
    NOT_A_PICTURE = "LIVE-101";
    /// The picture was not uploaded by the caller.
    UNKNOWN_PHOTO = "LIVE-102";
    /// Too many pictures.
    TOO_MANY_PHOTOS = "LIVE-103";
    /// A place off the planet.
    PLACE = "LIVE-104";
    /// A word that is not offered.
    WORD = "LIVE-105";
    /// A note that is too long or holds control characters.
    NOTE = "LIVE-106";
    /// A note is needed.
    NOTE_NEEDED = "LIVE-107";
    /// A time in the future.
    FUTURE = "LIVE-108";
    /// A period that is empty or too long.
    PERIOD = "LIVE-109";
    /// The assignee cannot take warnings.
    ASSIGNEE = "LIVE-110";
    /// A purpose is needed.
    PURPOSE = "LIVE-111";
    /// The plate or number cannot be one.
    LOOK_UP = "LIVE-112";
    /// The camera is unknown.
    CAMERA = "LIVE-113";
    /// A certainty outside of its range.
    CONFIDENCE = "LIVE-120";
    /// The id of another system is missing or cannot be kept.
    EXTERNAL_ID = "LIVE-121";
    /// A person decided already.
    DECIDED = "LIVE-122";
    /// Too many rows for a file.
    EXPORT_LIMIT = "LIVE-114";
}
