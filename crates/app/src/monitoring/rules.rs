//! Rule ids of the live part's own checks; their texts are in `data/rules/live.json`. The rules of warnings are data:
//! `data/warnings`.

domain::rule_ids! {
    /// The content is no picture of a kind that is taken.
    NOT_A_PICTURE = "MON-101";
    /// The picture was not uploaded by the caller.
    UNKNOWN_PHOTO = "MON-102";
    /// Too many pictures.
    TOO_MANY_PHOTOS = "MON-103";
    /// A place off the planet.
    PLACE = "MON-104";
    /// A word that is not offered.
    WORD = "MON-105";
    /// A note that is too long or holds control characters.
    NOTE = "MON-106";
    /// A note is needed.
    NOTE_NEEDED = "MON-107";
    /// A time in the future.
    FUTURE = "MON-108";
    /// A period that is empty or too long.
    PERIOD = "MON-109";
    /// The assignee cannot take warnings.
    ASSIGNEE = "MON-110";
    /// A purpose is needed.
    PURPOSE = "MON-111";
    /// The plate or number cannot be one.
    LOOK_UP = "MON-112";
    /// The camera is unknown.
    CAMERA = "MON-113";
    /// A certainty outside of its range.
    CONFIDENCE = "MON-120";
    /// The id of another system is missing or cannot be kept.
    EXTERNAL_ID = "MON-121";
    /// A person decided already.
    DECIDED = "MON-122";
    /// Too many rows for a file.
    EXPORT_LIMIT = "MON-114";
}
