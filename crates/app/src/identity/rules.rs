//! Rule ids of identity; their texts are in `data/rules/identity.json`.

domain::rule_ids! {
    /// No role of the caller grants the operation, or the client did not hand it over.
    PERMISSION = "ID-PERMISSION";
    /// Login or password is wrong, or the account cannot be used.
    CREDENTIALS = "ID-CREDENTIALS";
    /// Too many wrong attempts.
    LOCKED = "ID-LOCKED";
    /// Too many requests.
    RATE = "ID-RATE";
    /// The one-time code is missing.
    CODE_NEEDED = "ID-CODE-NEEDED";
    /// The one-time code is wrong.
    CODE_WRONG = "ID-CODE-WRONG";
    /// The one-time code was used already.
    CODE_USED = "ID-CODE-USED";
    /// There is no second factor to confirm.
    NO_FACTOR = "ID-FACTOR-NONE";
    /// A confirmed second factor exists already.
    FACTOR_EXISTS = "ID-FACTOR-EXISTS";
    /// The role demands a second factor.
    FACTOR_KEEP = "ID-FACTOR-KEEP";
    /// The role demands a second factor that is not set up.
    FACTOR_MISSING = "ID-FACTOR-MISSING";
    /// A one-time password must be changed first.
    MUST_CHANGE = "ID-PASSWORD-CHANGE";
    /// Length of a password.
    PASSWORD_LENGTH = "ID-PASSWORD-001";
    /// Classes of characters of a password.
    PASSWORD_CLASSES = "ID-PASSWORD-002";
    /// The login in the password.
    PASSWORD_LOGIN = "ID-PASSWORD-003";
    /// The new password is the old one.
    PASSWORD_SAME = "ID-PASSWORD-004";
    /// Shape of a login.
    LOGIN_SHAPE = "ID-ACCOUNT-001";
    /// The login is taken.
    LOGIN_TAKEN = "ID-ACCOUNT-002";
    /// Shape of a person's name.
    NAME = "ID-ACCOUNT-003";
    /// Shape of a telephone number.
    PHONE = "ID-ACCOUNT-004";
    /// No such organisation, or it is inactive.
    ORG = "ID-ACCOUNT-005";
    /// Nobody changes the own roles or status.
    SELF = "ID-ACCOUNT-006";
    /// The last active security administrator stays.
    LAST_ADMIN = "ID-ACCOUNT-007";
    /// The organisation has no delegation of this client today.
    NO_DELEGATION = "ID-DELEG-003";
    /// First and last day of a delegation.
    DELEGATION_TERM = "ID-DELEG-004";
    /// Agent and client are the same.
    DELEGATION_SELF = "ID-DELEG-005";
    /// It has ended already.
    DELEGATION_ENDED = "ID-DELEG-006";
    /// A reason is needed.
    REASON = "ID-REASON";
    /// Purpose of a read of personal data.
    PURPOSE = "ID-PURPOSE";
    /// A filter has an unknown word.
    FILTER = "ID-FILTER";
    /// Name of a device.
    KEY_NAME = "ID-KEY-001";
    /// Shape of a public key.
    KEY_SHAPE = "ID-KEY-002";
    /// Too many keys.
    KEY_COUNT = "ID-KEY-003";
    /// The moment of a signature lies too far from now.
    KEY_TIME = "ID-KEY-004";
    /// The signature does not fit an active key of the caller.
    KEY_SIGNATURE = "ID-KEY-005";
    /// A signature needs a password or a key.
    PROOF_NEEDED = "ID-KEY-006";
    /// The request comes from another site.
    CROSS_SITE = "ID-CROSS-SITE";
}
